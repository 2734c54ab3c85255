//! One configuration through the whole pipeline.

use std::{
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use acme::Verdicts;
use evidence::client::{self, Clients, Homes};
use fixer::{Fixed, Outcome, Patch};
use model::{
    Config, FileSystem, Http, LoadProblem, LoadProblemKind, Ports, Prefix, Remembered, SourceFile,
    Sources, name,
};
use rules::{
    Applicability, Diagnostic, ExtraDirective, Facts, Linted, NewFile, Place, Programs, Selection,
    Versions,
};

use crate::{
    arguments::{Client, Machine},
    baseline::{self, Baseline, Met},
    dns::Resolving,
    given::Given,
    installed::{self, Installed},
    probing::{self, Asking},
    reading::Group,
    report::{Configuration, File, FixState, Problem, ShownPaths, Silenced, Silencer},
};

mod several;

pub(crate) use several::lint_all;

/// How to lint.
pub(crate) struct Settings<'a> {
    /// Where everything is read from.
    pub file_system: &'a dyn FileSystem,
    /// `--prefix`.
    pub prefix: Option<PathBuf>,
    /// Whether the disk is this machine's own, rather than a directory that stands for `/`.
    pub is_this_machine: bool,
    /// Whether there is a disk at all, rather than the output of `nginx -T`.
    pub has_disk: bool,
    /// The files to report on, if not on all.
    pub only: Option<Given>,
    /// The time to judge certificates at, in seconds since 1970.
    pub now: i64,
    /// What the user says of the programs.
    pub versions: Versions,
    /// Which rules are asked.
    pub selection: Selection,
    /// The directives that nobody but the user knows.
    pub directives: Vec<ExtraDirective>,
    /// What is known.
    pub baseline: Option<&'a Baseline>,
    /// Whether one configuration is all that is linted.
    pub is_alone: bool,
    /// What the user says of challenges.
    pub challenges: acme::Settings,
    /// Where the user says that ACME clients keep what they know.
    pub homes: Homes,
    /// The clients of the machine, looked for once.
    pub clients: OnceLock<Arc<Clients>>,
    /// How paths are shown.
    pub shown: &'a ShownPaths,
    /// Whether to ask the nginx that runs, and where.
    pub asking: Option<Asking>,
    /// Whom to ask about DNS, if anybody.
    pub dns: Option<&'a Resolving>,
}

impl<'a> Settings<'a> {
    /// As the command line says.
    pub(crate) fn of(
        machine: &Machine,
        client: &Client,
        group: &'a Group,
        shown: &'a ShownPaths,
    ) -> Self {
        Self {
            file_system: &*group.file_system,
            prefix: machine.prefix(),
            is_this_machine: machine.is_this() && !group.is_dump,
            has_disk: !group.is_dump,
            only: None,
            now: client.now.seconds(),
            versions: Versions::default(),
            selection: Selection::default(),
            directives: Vec::new(),
            baseline: None,
            is_alone: true,
            challenges: acme::Settings {
                ports: machine.ports(),
                places: client.token_places(machine),
                ..acme::Settings::default()
            },
            homes: client.homes(machine),
            clients: OnceLock::new(),
            shown,
            asking: None,
            dns: None,
        }
    }

    /// The programs that a configuration is for.
    pub(crate) fn installed(&self, sources: &Sources) -> Installed {
        let directory = self.is_this_machine.then(|| sources.conf_prefix().to_owned());
        Installed::new(self.versions, directory)
    }

    /// Whether a configuration is the one of the machine that the disk belongs to.
    pub(crate) fn is_machine(&self, sources: &Sources) -> bool {
        let is_there = !self.is_this_machine || installed::is_its_own(sources.conf_prefix());
        self.has_disk && is_there
    }

    /// Whether it is known where the ACME clients are that a configuration has to do with.
    fn has_clients(&self, sources: &Sources) -> bool {
        self.is_machine(sources) || self.homes != Homes::default()
    }

    /// The ACME clients that a configuration has to do with: those of its machine, or those that the
    /// user names.
    pub(crate) fn clients(&self, sources: &Sources) -> Arc<Clients> {
        if !self.has_clients(sources) {
            return Arc::default();
        }
        let gather = || Arc::new(client::gather(&self.homes, self.file_system));
        Arc::clone(self.clients.get_or_init(gather))
    }

    /// What is known of the challenges for a configuration: from the user, and from clients.
    pub(crate) fn challenges(&self, clients: &Clients) -> acme::Settings {
        let mut challenges = self.challenges.clone();
        challenges.follow(clients);
        challenges
    }

    /// Where the challenges arrive.
    pub(crate) fn ports(&self) -> Ports {
        self.challenges.ports
    }

    /// Where relative paths of a configuration start.
    pub(crate) fn prefix(&self, sources: &Sources, installed: &Installed) -> Prefix {
        prefix(self.prefix.as_deref(), sources, installed)
    }

    /// What rules need to know about a configuration.
    pub(crate) fn of_rules(
        &self,
        sources: &Sources,
        programs: Arc<dyn Programs>,
    ) -> rules::Settings {
        rules::Settings {
            is_machine: self.is_machine(sources),
            now: self.now,
            programs,
            selection: self.selection.clone(),
            directives: self.directives.clone(),
            is_alone: self.is_alone,
            probed: None,
        }
    }
}

/// Finds what is wrong with a configuration, and the patch that mends it with fixes that can be
/// trusted at least as far as `least`.
pub(crate) fn lint<'s>(
    settings: &Settings<'_>,
    sources: &'s Sources,
    least: Applicability,
) -> (Configuration<'s>, Patch) {
    let config = Config::of(sources);
    // The program ends soon after; taking this apart piece by piece would only cost time.
    let installed = Arc::new(settings.installed(sources));
    let http = ManuallyDrop::new(Http::of(&config, settings.prefix(sources, &installed)));
    let clients = settings.clients(sources);
    let challenges = settings.challenges(&clients);
    let evidence = evidence::gather_beside(clients, &http, settings.file_system);
    // Proofs ask for the files that verdicts have asked for.
    let file_system = &*ManuallyDrop::new(Remembered::new(settings.file_system));
    let mut verdicts = acme::verdicts(&http, file_system, &challenges);
    let renewed =
        evidence.clients.lineages.iter().flat_map(|lineage| lineage.names.iter().flatten());
    let asked = challenges.asked.iter().filter_map(|name| String::from_utf8(name.clone()).ok());
    verdicts.unserved =
        acme::verdicts_on_unserved(&http, file_system, &challenges, renewed.cloned().chain(asked));
    if let Some(resolving) = settings.dns {
        resolving.join(settings, sources, &http, &evidence.clients, &mut verdicts);
    }
    let verdicts = ManuallyDrop::new(verdicts);
    let probed = settings.asking.as_ref().map(|asking| {
        asking.ask(settings, &http, (&challenges, &evidence), probing::all_of(&verdicts))
    });
    let for_rules =
        rules::Settings { probed: probed.clone(), ..settings.of_rules(sources, installed) };
    let facts = Facts::new(&http, &evidence, &verdicts, &for_rules);
    let Linted { diagnostics, allowed } = rules::lint(&facts);
    let looked_at = looked_at(settings, sources, &http, &verdicts);
    let mut silenced: Vec<_> = allowed.into_iter().map(Silenced::from).collect();
    let (mut diagnostics, met) = match settings.baseline {
        Some(baseline) => {
            let told = |diagnostic: &Diagnostic| {
                baseline::told(&baseline.path, &looked_at, settings.shown, diagnostic)
            };
            let (diagnostics, known, met) = baseline.take_known(told, diagnostics);
            let known = known.into_iter();
            silenced
                .extend(known.map(|diagnostic| Silenced { diagnostic, by: Silencer::Baseline }));
            (diagnostics, met)
        }
        None => (diagnostics, Met::default()),
    };
    let found = diagnostics.len();
    if let Some(given) = &settings.only {
        let part = given.part(sources, &http, &verdicts);
        diagnostics.retain(|diagnostic| part.has(diagnostic));
        silenced.retain(|one| part.has(&one.diagnostic));
    }
    let left_out = found - diagnostics.len();
    let Fixed { mut diagnostics, outcomes, changes, patch } =
        fixer::fix(&facts, diagnostics, file_system, least);
    if !settings.shown.mounts.is_empty() {
        for diagnostic in &mut diagnostics {
            name_as_on_disk(diagnostic, settings.shown);
        }
        for one in &mut silenced {
            name_as_on_disk(&mut one.diagnostic, settings.shown);
        }
    }

    let configuration = Configuration {
        diagnostics,
        fixes: outcomes.into_iter().map(|outcome| outcome.map(fix_state)).collect(),
        changes,
        left_out,
        silenced,
        met,
        probed,
        ..looked_at
    };
    (configuration, patch)
}

/// Names the files that are no part of the configuration by where they lie on this disk.
fn name_as_on_disk(diagnostic: &mut Diagnostic, shown: &ShownPaths) {
    if let Place::Path(path) | Place::Line(path, _) = &mut diagnostic.place {
        *path = shown.on_disk(path).into_owned();
    }
    let Some(fix) = &mut diagnostic.fix else { return };
    let of_edits = fix.edits.iter_mut().filter_map(|edit| edit.new_file.as_mut());
    for file in of_edits.chain(&mut fix.files) {
        *file = Arc::new(NewFile {
            path: shown.on_disk(&file.path).into_owned(),
            target: file.target.clone(),
            contents: file.contents.clone(),
            is_executable: file.is_executable,
        });
    }
}

/// What was read of a configuration, and how its names fare.
pub(crate) fn looked_at<'s>(
    settings: &Settings<'_>,
    sources: &'s Sources,
    http: &Http<'_>,
    verdicts: &Verdicts<'_>,
) -> Configuration<'s> {
    Configuration {
        files: sources.files().map(|(_, source)| file(settings, source)).collect(),
        problems: problems(settings, sources),
        servers: http.servers.len(),
        clients: settings.has_clients(sources).then(|| {
            let module = http.level.first(name::ACME_ISSUER).map(|_| client::Client::NginxModule);
            settings.clients(sources).found().into_iter().chain(module).collect()
        }),
        tally: verdicts.tally(),
        is_fragment: sources.roots().iter().any(|root| root.is_fragment),
        is_from_dump: settings.file_system.included().is_some(),
        ..Configuration::default()
    }
}

/// Where relative paths start: as the user says, as the installed nginx says, or a guess.
pub(crate) fn prefix(given: Option<&Path>, sources: &Sources, installed: &Installed) -> Prefix {
    if let Some(path) = given {
        return Prefix { path: path.to_owned(), is_guess: false };
    }
    if has_relative_paths(sources)
        && let Some(path) = installed.prefix()
    {
        return Prefix { path, is_guess: false };
    }
    Prefix { path: sources.conf_prefix().to_owned(), is_guess: true }
}

/// Whether the prefix matters.
fn has_relative_paths(sources: &Sources) -> bool {
    sources.files().any(|(_, file)| {
        let ids = (0..file.tree.directives().len() as u32).map(parser::DirectiveId);
        ids.filter(|id| matches!(&*file.tree.name(*id).value(&file.bytes), b"root" | b"alias")).any(
            |id| {
                let path = file.tree.args(id).first().map(|word| word.value(&file.bytes));
                path.is_some_and(|path| !path.starts_with(b"/") && !path.starts_with(b"$"))
            },
        )
    })
}

fn file<'s>(settings: &Settings<'_>, source: &'s SourceFile) -> File<'s> {
    let path = |path: &Path| settings.shown.file(path);
    let target = source.target.as_deref().map(path);
    let mut file = File::new(path(&source.path), target, &source.bytes);
    file.is_whole = source.tree.errors().is_empty();
    file.has_directives = !source.tree.directives().is_empty();
    file.is_left_out = settings.only.as_ref().is_some_and(|given| !given.has_file(source));
    file
}

/// What was not read of all that is to be reported on.
fn problems(settings: &Settings<'_>, sources: &Sources) -> Vec<Problem> {
    let is_wanted = |one: &&LoadProblem| {
        settings.only.as_ref().is_none_or(|given| given.has_problem(sources, one))
    };
    let wanted = sources.problems().iter().filter(is_wanted);
    wanted.map(|one| problem(settings.shown, one)).collect()
}

/// What was not read, and why.
pub(crate) fn problem(shown: &ShownPaths, problem: &LoadProblem) -> Problem {
    let reason = match &problem.kind {
        LoadProblemKind::Missing => "no such file or directory".to_owned(),
        LoadProblemKind::Unreadable(reason) => reason.to_string(),
        LoadProblemKind::TooMuch => {
            "with what it includes the configuration would hardly come to an end".to_owned()
        }
        LoadProblemKind::Cycle => "it includes itself".to_owned(),
        LoadProblemKind::Unresolved => "where it starts is not known without nginx.conf".to_owned(),
        LoadProblemKind::Foreign(what) => what.clone(),
        LoadProblemKind::NothingFound => "there is no nginx configuration in it".to_owned(),
    };
    Problem {
        path: shown.file(&problem.path),
        reason,
        at: problem.at,
        is_unresolved: problem.kind == LoadProblemKind::Unresolved,
    }
}

fn fix_state(outcome: Outcome) -> FixState {
    match outcome {
        Outcome::InPatch => FixState::InPatch,
        Outcome::NotTrusted(Applicability::Display) => FixState::ByHand,
        Outcome::NotTrusted(_) => FixState::NeedsUnsafe,
        Outcome::Collides => FixState::NextRun,
    }
}
