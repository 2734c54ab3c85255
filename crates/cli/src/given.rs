//! `--only-given`: what is wrong in the files that were named, and nothing else.

use std::{collections::HashSet, path::PathBuf};

use acme::Verdicts;
use model::{FileSystem, Http, LoadProblem, SourceFile, Sources, real_path};
use parser::FileId;
use rules::{Diagnostic, Place};

/// The files and directories that were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// As they were named, and without links.
    paths: Vec<PathBuf>,
}

/// What was given of one configuration.
pub(crate) struct Part {
    files: HashSet<FileId>,
    /// The names of the servers in these files, as diagnostics have them.
    names: HashSet<String>,
}

impl Given {
    pub(crate) fn new(paths: &[PathBuf], file_system: &dyn FileSystem) -> Self {
        let real = paths.iter().filter_map(|path| real_path(path, file_system).found());
        let mut paths: Vec<_> = paths.iter().cloned().chain(real).collect();
        paths.sort_unstable();
        paths.dedup();
        Self { paths }
    }

    /// Whether a file is one of them, or lies in one of the directories.
    pub(crate) fn has_file(&self, file: &SourceFile) -> bool {
        let is_given =
            |path: &PathBuf| file.path.starts_with(path) || file.edited_path().starts_with(path);
        self.paths.iter().any(is_given)
    }

    /// The part of a configuration that is in these files.
    pub(crate) fn part(&self, sources: &Sources, http: &Http<'_>, verdicts: &Verdicts<'_>) -> Part {
        let files = sources.files().filter(|(_, file)| self.has_file(file));
        let files: HashSet<_> = files.map(|(id, _)| id).collect();
        let names = verdicts.names.iter().map(|verdict| &verdict.name).filter(|name| {
            let mut servers = name.servers.iter().map(|id| http.server(*id).directive);
            servers.any(|server| files.contains(&server.name_span().file))
        });
        let names = names.map(|name| name.text.escape_ascii().to_string()).collect();
        Part { files, names }
    }

    /// Whether what was not read was given, or is named in a file that was.
    pub(crate) fn has_problem(&self, sources: &Sources, problem: &LoadProblem) -> bool {
        problem.at.is_none_or(|at| self.has_file(sources.file(at.file)))
    }
}

impl Part {
    /// Whether a diagnostic points there, or is about the challenge of a server there.
    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        let place = match &diagnostic.place {
            Place::Span(span) => Some(span),
            Place::Path(_) | Place::Line(..) => None,
        };
        let labels = diagnostic.labels.iter().map(|label| &label.span);
        let mut spans = place.into_iter().chain(labels).chain(&diagnostic.reach.also);
        spans.any(|span| self.files.contains(&span.file))
            || diagnostic.names.iter().any(|name| self.names.contains(name))
    }
}
