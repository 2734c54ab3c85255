//! `--probe`: asks the nginx that runs.

use std::{
    io::{self, Write},
    path::{self, Path, PathBuf},
    sync::Arc,
};

use acme::{NameVerdict, Verdicts};
use evidence::Evidence;
use model::Http;
use probe::{Connect, Probed, Question};

use crate::{
    arguments::{Machine, Probe, state_directory},
    lint::Settings,
    reading::Group,
    report::printable,
};

/// Who is to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    connect: Connect,
    /// Where to note down what is put on disk.
    state: Option<PathBuf>,
    /// The directory that stands for `/`.
    root: Option<PathBuf>,
}

impl Asking {
    /// What the arguments want; `None` if nobody is to be asked.
    ///
    /// # Errors
    ///
    /// If there is nobody to ask, or it is not clear who.
    pub(crate) fn of(
        arguments: &Probe,
        machine: &Machine,
        groups: &[Group],
    ) -> Result<Option<Self>, &'static str> {
        if !arguments.is_wanted {
            return Ok(None);
        }
        let connect = arguments.connect(machine.ports());
        if groups.iter().any(|group| group.is_from_dump) {
            return Err(
                "--probe puts files on the disk of the machine, and the output of nginx -T \
                        has none: name the configuration itself",
            );
        }
        if machine.root.is_some() && connect == Connect::default() {
            return Err(
                "--probe asks the nginx of this machine, and --root names another one: say \
                        where it listens with --connect ADDRESS:PORT",
            );
        }
        if groups.iter().map(|group| group.sources.len()).sum::<usize>() > 1 {
            return Err("--probe asks one nginx, and several configurations were given: name one");
        }
        let root = machine.root.as_deref().and_then(|root| path::absolute(root).ok());
        Ok(Some(Self { connect, state: state_directory(), root }))
    }

    /// Asks for these names, and says what an earlier run had left.
    pub(crate) fn ask<'c>(
        &self,
        settings: &Settings<'_>,
        http: &'c Http<'c>,
        (challenges, evidence): (&acme::Settings, &Evidence),
        names: Vec<&NameVerdict<'c>>,
    ) -> Arc<Probed> {
        let on_disk = |path: &Path| match (settings.shown.mounts.on_disk(path), &self.root) {
            (Some(path), _) => path,
            (None, Some(root)) => root.join(path.strip_prefix("/").unwrap_or(path)),
            (None, None) => path.to_owned(),
        };
        let question = Question {
            http,
            file_system: settings.file_system,
            ports: settings.ports(),
            names,
            settings: challenges,
            evidence,
            connect: self.connect,
            state: self.state.as_deref(),
            on_disk: &on_disk,
        };
        let probed = probe::probe(&question);
        for path in &probed.left_before {
            let path = printable::path(path);
            let _ = writeln!(
                io::stderr(),
                "note: an earlier run was killed and had left {path}; it is removed now"
            );
        }
        for (path, journal) in &probed.misplaced {
            let (path, journal) = (printable::path(path), printable::path(journal));
            let _ = writeln!(
                io::stderr(),
                "note: an earlier run was killed and had left {path}; its directory is not where it \
                 was: moved, replaced or not mounted; once it is back, the next run removes the file \
                 (if it never comes back, delete {journal})"
            );
        }
        Arc::new(probed)
    }
}

/// Every name that is judged, those that no server has last.
pub(crate) fn all_of<'v, 'c>(verdicts: &'v Verdicts<'c>) -> Vec<&'v NameVerdict<'c>> {
    verdicts.names.iter().chain(&verdicts.unserved).collect()
}
