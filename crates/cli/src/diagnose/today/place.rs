//! Whether the line at which nginx found fault still has what it found there.

use std::path::Path;

use acme::mention::Plain;
use model::SourceFile;
use parser::DirectiveId;
use rules::{Diagnostic, Place};

use super::{Compared, Stands, Today, is_of_configuration};
use crate::{diagnose::finding::Finding, report::printable};

/// What these say of a configuration, their rules say whenever it is so.
const EXACT: [&str; 3] = ["listen-twice", "names-too-long", "server-without-certificate"];

/// Words of messages about the shape of a file, which the parser sees as nginx does.
const OF_SHAPE: [&str; 3] = ["unexpected ", " is not terminated by ", " has no opening "];

/// Words of messages about two things of which either may have been mended.
const OF_TWO: [&str; 3] = ["duplicat", "conflict", "already"];

/// Whether the rules of a message find everything that it is said of.
pub(super) fn is_exact(finding: &Finding) -> bool {
    EXACT.contains(&finding.message.id)
}

/// How a word of a message is found in a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// As a part of a word, or as the name of the directive, which may be right.
    Part,
    /// As nginx has read it.
    Whole,
}

impl Compared<'_, '_, '_> {
    /// What is on a line of a file, and what the rules say of it.
    pub(super) fn by_line(&self, finding: &Finding, path: &str, line: u32, today: &mut Today) {
        let shown = printable::words(path);
        let Some(index) = self.file_at(path) else {
            today.because.push(format!("{shown} is no file of this configuration"));
            return;
        };
        let (file, (_, source)) = match self.sources.files().nth(index) {
            Some(source) => (&self.configuration.files[index], source),
            None => return,
        };
        self.add(today, |diagnostic| self.is_on_line(diagnostic, index, line));
        let lines = source.lines();
        let is_past_end = lines.start_of(line).is_none();
        let text = String::from_utf8_lossy(file.line(line));
        let text = printable::words(text.trim()).into_owned();
        today.because.push(match text.as_str() {
            _ if is_past_end => format!("{shown} has no line {line} any more"),
            "" => format!("line {line} of {shown} is empty"),
            text => format!("line {line} of {shown} is `{text}`"),
        });
        if !today.diagnostics.is_empty() {
            today.stands = Stands::Still;
            return;
        }
        let is_read =
            finding.fields.path.as_deref().is_some_and(|path| self.file_at(path).is_some());
        let is_of_shape = OF_SHAPE.iter().any(|words| finding.words.contains(words));
        if file.is_whole && (is_exact(finding) || is_read || is_of_shape) {
            today.stands = Stands::NoMore;
            today.because.push("no rule finds fault with it".to_owned());
            return;
        }
        let Some(word) = quoted(&finding.words) else {
            if is_past_end {
                today.stands = Stands::NoMore;
            } else {
                today.because.push("no rule finds fault with that line".to_owned());
            }
            return;
        };
        let is_unknown_name = finding.words.contains("unknown directive");
        let found = places(source, word, is_unknown_name);
        let here = found.iter().filter(|one| one.lines.contains(&line)).map(|one| one.found).max();
        let word = printable::words(word);
        let is_of_two = OF_TWO.iter().any(|words| finding.words.contains(words));
        let is_certain = !is_of_two && finding.causes().all(is_of_configuration);
        today.because.push(match (here, found.first()) {
            (Some(Match::Whole), _) if is_certain => {
                today.stands = Stands::Still;
                format!("nginx named `{word}`, which is on the line still")
            }
            (Some(_), _) => format!("it has `{word}` still, and no rule finds fault with that"),
            (None, Some(other)) => {
                let line = other.lines.start();
                format!("`{word}` is in line {line} now, and no rule finds fault with that")
            }
            (None, None) if file.is_whole => {
                today.stands = Stands::NoMore;
                format!("nothing in that file has `{word}`")
            }
            (None, None) => format!("`{word}` was not found, and not all of the file is read"),
        });
    }

    /// The number of the file that nginx calls so.
    fn file_at(&self, path: &str) -> Option<usize> {
        let is_it = |file: &Path| {
            file == Path::new(path) || self.settings.shown.path(Path::new(path)) == file
        };
        let mut files = self.configuration.files.iter();
        files.position(|file| is_it(&file.path) || file.target.as_deref().is_some_and(is_it))
    }

    fn is_on_line(&self, diagnostic: &Diagnostic, file: usize, line: u32) -> bool {
        let spans = diagnostic.labels.iter().map(|label| label.span);
        let own = match &diagnostic.place {
            Place::Span(span) => Some(*span),
            Place::Path(_) | Place::Line(..) => None,
        };
        own.into_iter()
            .chain(spans)
            .any(|span| span.file.0 as usize == file && self.configuration.line_of(span) == line)
    }
}

/// A directive that has a word.
struct Found {
    lines: std::ops::RangeInclusive<u32>,
    found: Match,
}

/// The directives of a file that have a word of a message, in order.
fn places(source: &SourceFile, word: &str, is_unknown_name: bool) -> Vec<Found> {
    let (tree, lines) = (&source.tree, source.lines());
    let ids = (0..tree.directives().len() as u32).map(DirectiveId);
    let of_directive = |id: DirectiveId| {
        let words = tree.words(id);
        let found = words.iter().enumerate().filter_map(|(index, own)| {
            let found = matched(&own.value(&source.bytes), word)?;
            Some(if index == 0 && !is_unknown_name { Match::Part } else { found })
        });
        let found = found.max()?;
        let line = |offset| lines.position(offset).line;
        Some(Found { lines: line(words[0].start)..=line(words[words.len() - 1].end), found })
    };
    ids.filter_map(of_directive).collect()
}

/// Whether a word of the configuration is the one that nginx names, or has it.
fn matched(value: &[u8], word: &str) -> Option<Match> {
    // The message has lost its escapes; nothing at the start is taken for the prefix of a log.
    let value = Plain::new(&[b"x", value].concat());
    let value = String::from_utf8_lossy(&value.text()[1..]).to_lowercase();
    let word = word.to_lowercase();
    let bare = value.trim_start_matches(['~', '*', '!', '$', '{']).trim_end_matches('}');
    let is_whole = [&*value, bare].contains(&&*word)
        || value.strip_suffix(&*word).is_some_and(|start| start.ends_with('='))
        || has_variable(&value, &word);
    let is_path = word.starts_with('/')
        && word.strip_suffix(&*value).is_some_and(|start| start.ends_with('/'));
    if is_whole {
        return Some(Match::Whole);
    }
    (value.contains(&*word) || is_path).then_some(Match::Part)
}

fn has_variable(value: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    value.split('$').skip(1).any(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name).is_some_and(|end| !end.starts_with(is_part))
    })
}

/// The first word in quotation marks that is one, and not a sign.
fn quoted(words: &str) -> Option<&str> {
    let is_word = |word: &&str| {
        word.contains(|letter: char| letter.is_alphanumeric())
            && !word.contains("TOKEN")
            && !word.contains('…')
    };
    words.split('"').skip(1).step_by(2).find(is_word)
}
