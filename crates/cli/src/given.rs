//! `--only-given`: what is wrong in the files that were named, and nothing else.

use std::path::PathBuf;

use model::{FileSystem, LoadProblem, SourceFile, Sources, real_path};
use parser::{FileId, Span};
use rules::{Diagnostic, Place};

/// The files and directories that were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// As they were named, and without links.
    paths: Vec<PathBuf>,
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

    /// Whether a diagnostic points into one of them, be it with its place or with a label.
    pub(crate) fn has(&self, sources: &Sources, diagnostic: &Diagnostic) -> bool {
        let is_given = |file: FileId| self.has_file(sources.file(file));
        let place = match &diagnostic.place {
            Place::Span(span) => Some(span),
            Place::Path(_) | Place::Line(..) => None,
        };
        let labels = diagnostic.labels.iter().map(|label| &label.span);
        place.into_iter().chain(labels).any(|span: &Span| is_given(span.file))
    }

    /// Whether what was not read was given, or is named in a file that was.
    pub(crate) fn has_problem(&self, sources: &Sources, problem: &LoadProblem) -> bool {
        problem.at.is_none_or(|at| self.has_file(sources.file(at.file)))
    }
}
