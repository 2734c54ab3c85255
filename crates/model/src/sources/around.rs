//! Finds the main files around fragments that were given to the program.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Sources,
    follow::Reader,
    inputs::{MAIN_FILE, may_be_main, read},
    resolve::{Start, directory},
};
use crate::{
    directive_table::Context,
    file_system::{FileSystem, Lookup},
};

/// What has been read so far.
pub(super) struct Around<'f> {
    pub(super) file_system: &'f dyn FileSystem,
    /// The main files that were given, without links.
    pub(super) main_paths: HashSet<PathBuf>,
    /// All files of theirs.
    pub(super) included: HashSet<PathBuf>,
    /// Those that were not given, each once.
    pub(super) by_directory: HashMap<PathBuf, Option<Candidate>>,
}

/// A main file that may include what was given.
pub(super) struct Candidate {
    /// All that it reads; `None` once it is known to include a fragment.
    sources: Option<Sources>,
    /// The paths of it all, without links.
    paths: HashSet<PathBuf>,
}

impl Around<'_> {
    /// The configurations that include some of the fragments, and the fragments that none does.
    pub(super) fn find(
        mut self,
        fragments: Vec<PathBuf>,
        in_directories: Vec<Vec<PathBuf>>,
    ) -> (Vec<Sources>, Vec<PathBuf>, Vec<Vec<PathBuf>>) {
        let mut nothing = HashMap::new();
        let mut reader = Reader::new(self.file_system, &mut nothing);
        let mut found = Vec::new();
        let mut open = |fragments: Vec<PathBuf>| {
            let is_open = |fragment: &PathBuf| {
                let real = reader.real_path(fragment);
                !self.included.contains(&real) && !self.is_included(fragment, &real, &mut found)
            };
            fragments.into_iter().filter(is_open).collect::<Vec<_>>()
        };
        let fragments = open(fragments);
        let in_directories = in_directories.into_iter().map(open).collect();
        (found, fragments, in_directories)
    }

    /// Whether a main file in a directory around a fragment includes it; that configuration comes to
    /// those that were found.
    fn is_included(&mut self, fragment: &Path, real: &Path, found: &mut Vec<Sources>) -> bool {
        for directory in directory(fragment).ancestors() {
            if !self.by_directory.contains_key(directory) {
                let candidate = self.candidate(directory);
                self.by_directory.insert(directory.to_owned(), candidate);
            }
            if let Some(Some(candidate)) = self.by_directory.get_mut(directory)
                && candidate.paths.contains(real)
            {
                found.extend(candidate.sources.take());
                return true;
            }
        }
        false
    }

    /// The main file in a directory, if there is one that was not given.
    fn candidate(&self, directory: &Path) -> Option<Candidate> {
        let main = directory.join(MAIN_FILE);
        let Lookup::Found(_) = self.file_system.stat(&main) else { return None };
        let source = read(&main, self.file_system).ok().filter(may_be_main)?;
        let mut known = HashMap::from([(main.clone(), source)]);
        let mut reader = Reader::new(self.file_system, &mut known);
        if self.main_paths.contains(&reader.real_path(&main)) {
            return None;
        }
        reader.read_root(&main, Start::main(directory.to_owned()), |_| Context::Main);
        let paths = reader.real_paths().collect();
        Some(Candidate { sources: Some(reader.finish(Vec::new())), paths })
    }
}
