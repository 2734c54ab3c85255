//! Every file of a run, and which `include` led where.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::{DirectiveId, FileId, LineIndex, Span, Tree, Word};

use self::resolve::Resolutions;
use crate::{
    context::reads_includes,
    directive_table::{Context, Name, name},
    file_system::Reason,
};

mod around;
mod edit;
mod follow;
mod foreign;
mod inputs;
mod load;
mod near_miss;
mod repetition;
mod resolve;

pub use load::{load, load_dump};
pub use near_miss::NearMiss;

/// Every file that nginx would read, parsed once each.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files, by [`FileId`].
    pub(crate) files: Vec<Arc<SourceFile>>,
    /// Where reading starts: one `nginx.conf`, or any number of fragments.
    pub(crate) roots: Vec<Root>,
    /// The directory of the main file, where relative includes and certificates start.
    pub(crate) conf_prefix: PathBuf,
    /// What could not be read, or not read whole: what was given to the program first, then in the
    /// order of the includes.
    pub(crate) problems: Vec<LoadProblem>,
    /// Where each argument of an `include` led.
    resolutions: Arc<Resolutions>,
}

/// A file that no `include` led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The file.
    pub file: FileId,
    /// The block in which its directives stand: `main` for nginx.conf, inferred for fragments.
    pub context: Context,
    /// Whether the context was inferred from the directives, because no main file includes it.
    pub is_fragment: bool,
}

/// One file.
#[derive(Debug)]
pub struct SourceFile {
    /// The path that was included or given: the one the administrator knows.
    pub path: PathBuf,
    /// The path after following symbolic links, when it differs.
    pub target: Option<PathBuf>,
    /// The bytes, as they are.
    pub bytes: Vec<u8>,
    /// What they say.
    pub tree: Tree,
    /// The name of each directive of the tree.
    pub(crate) names: Vec<Name>,
    /// Where its `include` directives lead, in source order.
    pub(crate) includes: Vec<Include>,
}

/// One `include` directive and the files it reads, in nginx's order.
#[derive(Clone, Debug)]
pub(crate) struct Include {
    pub(crate) directive: DirectiveId,
    pub(crate) files: Arc<[FileId]>,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadProblem {
    /// The file or directory.
    pub path: PathBuf,
    /// The argument of the `include` that named it; `None` if it was given to the program.
    pub at: Option<Span>,
    /// What happened.
    pub kind: LoadProblemKind,
}

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadProblemKind {
    /// It does not exist; nginx refuses to start.
    Missing,
    /// It cannot be read.
    Unreadable(Reason),
    /// It includes itself, over one or more files; nginx reads on until it runs out of descriptors.
    Cycle,
    /// Its files include each other so often that there would be no end of directives.
    TooMuch,
    /// A fragment's include could not be found, because where it starts is not known.
    Unresolved,
    /// A directory without any configuration in it.
    NothingFound,
    /// It is something else than a configuration; what it is.
    Foreign(String),
}

impl Sources {
    /// Nothing but something that was given to the program and could not be read.
    pub fn unread(path: PathBuf, kind: LoadProblemKind) -> Self {
        let problems = vec![LoadProblem { path, at: None, kind }];
        Self { problems, ..Self::default() }
    }

    /// The files in the order in which nginx would open them, with their ids.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), &**file))
    }

    /// One file.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The bytes of a span.
    pub fn text(&self, span: Span) -> &[u8] {
        &self.file(span.file).bytes[span.range()]
    }

    /// Where reading started.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The directory where relative includes and certificate paths start; for fragments, where those
    /// of the first one most likely do.
    pub fn conf_prefix(&self) -> &Path {
        &self.conf_prefix
    }

    /// The same for the directives of one file: fragments from several places may differ.
    pub fn conf_prefix_of(&self, file: FileId) -> &Path {
        self.resolutions.conf_prefix_of(file)
    }

    /// The arguments of the includes that match nothing, in the order of the files. nginx says
    /// nothing of them if they are patterns.
    pub fn empty_includes(&self) -> impl Iterator<Item = Span> {
        self.files().flat_map(|(id, file)| {
            let empty = file.includes.iter().filter(|include| include.files.is_empty());
            empty.filter_map(move |include| {
                let word = file.tree.args(include.directive).first()?;
                Some(Span::new(id, word.start, word.end))
            })
        })
    }

    /// Each `include` that is followed, and the files that it reads.
    pub fn includes(&self) -> impl Iterator<Item = (Span, &[FileId])> {
        self.files().flat_map(|(id, file)| {
            file.includes.iter().map(move |include| {
                let directive = file.tree.directive(include.directive);
                (Span::new(id, directive.start, directive.end), &*include.files)
            })
        })
    }

    /// What could not be read.
    pub fn problems(&self) -> &[LoadProblem] {
        &self.problems
    }
}

impl SourceFile {
    /// Parses a file that leads nowhere yet.
    fn of(path: PathBuf, bytes: Vec<u8>) -> Self {
        let tree = parser::parse(&bytes);
        let ids = (0..tree.directives().len() as u32).map(DirectiveId);
        let names = ids.map(|id| Name::of(&tree.name(id).value(&bytes))).collect();
        Self { path, target: None, bytes, tree, names, includes: Vec::new() }
    }

    /// The first `include` that nginx would follow among the directives from this number on, and its
    /// argument. One with more or fewer arguments is an error, but nothing to follow.
    fn next_include(&self, from: u32) -> Option<(DirectiveId, Word)> {
        (from..self.names.len() as u32).map(DirectiveId).find_map(|id| {
            if self.names[id.0 as usize] != name::INCLUDE {
                return None;
            }
            let [argument] = self.tree.args(id) else { return None };
            let has_block = self.tree.directive(id).block.is_some();
            let parent = self.tree.parent(id);
            let is_entry = parent.is_some_and(|id| !reads_includes(self.names[id.0 as usize]));
            (!has_block && !is_entry).then_some((id, *argument))
        })
    }

    /// The path to edit: the end of the links.
    pub fn edited_path(&self) -> &Path {
        self.target.as_deref().unwrap_or(&self.path)
    }

    /// The lines of the file; computed at each call, so ask once a file.
    pub fn lines(&self) -> LineIndex {
        LineIndex::new(&self.bytes)
    }
}

#[cfg(test)]
mod tests;
