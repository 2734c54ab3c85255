//! What is said about a run: for people, for editors and for programs.
//!
//! The reports read plain data, made once from what the other crates found. Paths in it are the
//! ones to show.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use acme::Tally;
use evidence::client::Client;
use fixer::Change;
use model::Mounts;
use parser::{FileId, LineIndex, Position, Span};
use probe::Probed;
use rules::{Diagnostic, Place};

use crate::{
    arguments::Machine,
    baseline::Met,
    dns::Told,
    inputs::Inputs,
    settings::{self, Loaded},
};

pub(crate) mod checkstyle;
#[cfg(test)]
mod example;
#[cfg(test)]
pub(crate) use example::diagnostic as of_nothing;
mod finding;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod json;
pub(crate) mod junit;
mod look;
pub(crate) mod printable;
pub(crate) mod sarif;
pub(crate) mod short;
mod silenced;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod visible_json;
mod written;
mod xml;

pub(crate) use finding::Run;
pub(crate) use look::{Look, Paint};
pub(crate) use silenced::{Baseline, Gone, Silenced, Silencer};
pub(crate) use text::wrap;
pub(crate) use written::Written;

/// A whole run.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    /// The paths that were linted, as they are shown.
    pub inputs: Vec<PathBuf>,
    /// Whether the input was found by the program because none was given.
    pub is_default_input: bool,
    /// The directory that stands for `/`, if one was given.
    pub root: Option<PathBuf>,
    /// The settings file, if there is one, as it is shown.
    pub settings: Option<PathBuf>,
    /// What there is to say about a baseline, if there is one.
    pub baseline: Option<Baseline>,
    /// How paths are shown.
    pub shown: ShownPaths,
    /// What there is to tell about DNS, if it was to be asked.
    pub dns: Option<Told>,
    /// Whether only what was given is reported on.
    pub only_given: bool,
    /// Each main file with all that it includes, or the fragments that were given together.
    pub configurations: Vec<Configuration<'r>>,
    /// The patch, if one was asked for; empty if there is nothing to patch.
    pub patch: Option<Vec<u8>>,
    /// What came of applying the patch, if that was asked for.
    pub written: Option<Written>,
}

/// One configuration and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Configuration<'r> {
    /// The files, by [`FileId`].
    pub files: Vec<File<'r>>,
    /// What was not read.
    pub problems: Vec<Problem>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong, too, and not told.
    pub silenced: Vec<Silenced>,
    /// What of the baseline was met, if there is one.
    pub met: Met,
    /// What becomes of the fix of each diagnostic; as long as `diagnostics`.
    pub fixes: Vec<Option<FixState>>,
    /// By the number of its diagnostic, the request for which a fix is not safe.
    pub changes: BTreeMap<usize, Change>,
    /// How many servers there are.
    pub servers: usize,
    /// The ACME clients of its machine that are there; `None` if nobody looked for any.
    pub clients: Option<BTreeSet<Client>>,
    /// How the names fare.
    pub tally: Tally,
    /// How many diagnostics there are about files that nothing is to be said of.
    pub left_out: usize,
    /// Whether no main file includes these files, so that their context is inferred.
    pub is_fragment: bool,
    /// Whether `nginx -T` has printed them.
    pub is_from_dump: bool,
    /// What the nginx that runs has said, if it was asked.
    pub probed: Option<Arc<Probed>>,
}

/// One file of a configuration.
#[derive(Debug)]
pub(crate) struct File<'r> {
    /// The path that the administrator knows.
    pub path: PathBuf,
    /// The end of the symbolic links, if there are any.
    pub target: Option<PathBuf>,
    /// The bytes, as they are.
    pub bytes: &'r [u8],
    /// Whether nginx's reader takes all of it.
    pub is_whole: bool,
    /// Whether nothing is to be said of it.
    pub is_left_out: bool,
    /// Whether there is anything but blanks and comments in it.
    pub has_directives: bool,
    lines: OnceCell<LineIndex>,
    /// The bytes as they may be shown, if they are others.
    shown: OnceCell<Option<Vec<u8>>>,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file or directory.
    pub path: PathBuf,
    /// Why, in a few words.
    pub reason: String,
    /// The argument of the `include` that named it; `None` if it was given to the program. The
    /// former are diagnostics as well.
    pub at: Option<Span>,
    /// Whether nobody can say if it matters: an include of a fragment, whose start is not known.
    pub is_unresolved: bool,
}

/// What becomes of a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FixState {
    /// It is in the patch that `--fix` prints.
    InPatch,
    /// It may change the answer to other requests, and `--unsafe-fixes` was not given.
    NeedsUnsafe,
    /// It collides with another fix that is in the patch.
    NextRun,
    /// It has a placeholder or is one of several choices: a person has to do it.
    ByHand,
}

/// How paths are shown: as they are, or from the current directory if they were given so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShownPaths {
    /// The current directory, if all inputs were relative to it.
    pub base: Option<PathBuf>,
    /// What the machine has at other paths than this disk.
    pub mounts: Mounts,
}

impl<'r> Report<'r> {
    /// One about nothing so far.
    pub(crate) fn on(inputs: &Inputs, machine: &Machine, settings: &Loaded) -> Self {
        Self {
            inputs: inputs.paths.iter().map(|path| inputs.shown.file(path)).collect(),
            is_default_input: inputs.is_default,
            root: machine.root.clone(),
            settings: settings.path.as_deref().map(settings::shown),
            baseline: None,
            shown: inputs.shown.clone(),
            dns: None,
            only_given: false,
            configurations: Vec::new(),
            patch: None,
            written: None,
        }
    }

    /// Whether every file was read and parsed whole, no nginx.conf is empty, and whatever was to be
    /// asked could be. An include of a
    /// fragment that leads nowhere does not count: the names behind it are not judged, and the rest of
    /// the fragment is.
    pub(crate) fn is_whole(&self) -> bool {
        let is_told = self.dns.as_ref().is_none_or(|told| told.problem.is_none());
        is_told
            && self.configurations.iter().all(|configuration| {
                configuration.problems.iter().all(|problem| problem.is_unresolved)
                    && configuration.files.iter().all(|file| file.is_whole || file.is_left_out)
                    && !configuration.is_empty()
                    && !configuration.probed.as_ref().is_some_and(|probed| probed.is_incomplete())
            })
    }

    /// How the names of all configurations fare.
    pub(crate) fn tally(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.configurations.iter().map(|configuration| &configuration.tally) {
            total.passing += tally.passing;
            total.passing_by_guess += tally.passing_by_guess;
            total.failing += tally.failing;
            total.failing_over_ipv6 += tally.failing_over_ipv6;
            total.not_judged += tally.not_judged;
            total.not_http01 += tally.not_http01;
            if total.first_reason.is_empty() {
                total.first_reason.clone_from(&tally.first_reason);
            }
        }
        total
    }

    /// Every diagnostic, with the configuration it is about.
    fn diagnostics(&self) -> impl Iterator<Item = (&Configuration<'r>, &Diagnostic)> {
        self.configurations.iter().flat_map(|configuration| {
            configuration.diagnostics.iter().map(move |diagnostic| (configuration, diagnostic))
        })
    }

    /// The paths given to the program that could not be read: no diagnostic tells of them.
    fn unread_inputs(&self) -> impl Iterator<Item = &Problem> {
        self.configurations
            .iter()
            .flat_map(|configuration| &configuration.problems)
            .filter(|problem| problem.at.is_none())
    }
}

impl<'r> Configuration<'r> {
    /// Whether there is nothing at all in it; nginx does not start with that.
    fn is_empty(&self) -> bool {
        !self.is_fragment && self.files.first().is_some_and(|main| !main.has_directives)
    }

    pub(crate) fn file(&self, id: FileId) -> &File<'r> {
        &self.files[id.0 as usize]
    }

    /// `path:line:column` of a span, or the path alone, fit for a terminal.
    fn place(&self, shown: &ShownPaths, place: &Place) -> String {
        match place {
            Place::Span(span) => self.position(*span),
            Place::Path(path) => printable::path(shown.path(path)),
            Place::Line(path, line) => format!("{}:{line}", printable::path(shown.path(path))),
        }
    }

    /// The line on which a span starts, counted from 1.
    pub(crate) fn line_of(&self, span: Span) -> u32 {
        self.file(span.file).lines().position(span.start).line
    }

    /// What stands in a span, as it may be shown.
    pub(crate) fn words_at(&self, span: Span) -> Cow<'_, str> {
        let bytes = self.file(span.file).shown().get(span.range()).unwrap_or_default();
        String::from_utf8_lossy(bytes)
    }

    /// `path:line:column` of where a span starts, fit for a terminal.
    pub(crate) fn position(&self, span: Span) -> String {
        let file = self.file(span.file);
        let Position { line, column } = file.lines().position(span.start);
        format!("{}:{line}:{column}", printable::path(&file.path))
    }
}

impl<'r> File<'r> {
    pub(crate) fn new(path: PathBuf, target: Option<PathBuf>, bytes: &'r [u8]) -> Self {
        Self {
            path,
            target,
            bytes,
            is_whole: true,
            is_left_out: false,
            has_directives: true,
            lines: OnceCell::new(),
            shown: OnceCell::new(),
        }
    }

    /// Where its lines start; found when first asked for.
    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.bytes))
    }

    /// The bytes as they may be shown: the same with asterisks for the text of private keys.
    fn shown(&self) -> &[u8] {
        let shown = self.shown.get_or_init(|| {
            let mut keys = evidence::private_keys(self.bytes).peekable();
            keys.peek()?;
            let mut shown = self.bytes.to_vec();
            for key in keys {
                let hidden = shown[key].iter_mut().filter(|byte| !byte.is_ascii_whitespace());
                hidden.for_each(|byte| *byte = b'*');
            }
            Some(shown)
        });
        shown.as_deref().unwrap_or(self.bytes)
    }

    /// The bytes of a line as they may be shown, without its end; lines count from 1.
    pub(crate) fn line(&self, number: u32) -> &[u8] {
        let lines = self.lines();
        let Some(start) = lines.start_of(number) else { return &[] };
        let end = lines.start_of(number + 1).map_or(self.bytes.len(), |next| next as usize - 1);
        let line = &self.shown()[start as usize..end];
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

impl FixState {
    /// How to have a fix applied.
    fn how(self, is_patched: bool) -> &'static str {
        match (self, is_patched) {
            (Self::InPatch, true) => "in the patch",
            (Self::InPatch, false) => "`--fix` prints the patch",
            (Self::NeedsUnsafe, _) => {
                "may change other answers, so only with `--fix --unsafe-fixes`"
            }
            (Self::NextRun, _) => "collides with another fix: run again after that one",
            (Self::ByHand, _) => "by hand",
        }
    }
}

impl ShownPaths {
    /// A file of the machine as it is shown: where it lies on this disk, if that is another path.
    pub(crate) fn file(&self, path: &Path) -> PathBuf {
        self.path(&self.on_disk(path)).to_owned()
    }

    /// The same in full.
    pub(crate) fn on_disk<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        self.mounts.on_disk(path).map_or(Cow::Borrowed(path), Cow::Owned)
    }

    /// A path of this disk as it is shown.
    pub(crate) fn path<'p>(&self, path: &'p Path) -> &'p Path {
        let Some(base) = &self.base else { return path };
        match path.strip_prefix(base) {
            Ok(inside) if inside.as_os_str().is_empty() => Path::new("."),
            Ok(inside) => inside,
            Err(_) => path,
        }
    }
}
