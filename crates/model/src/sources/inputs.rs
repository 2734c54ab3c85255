//! Finds out what the paths given to the program are: main files or fragments.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{LoadProblem, LoadProblemKind, SourceFile, foreign};
use crate::{
    context::evident,
    directive_table::{Context, name},
    file_system::{Dump, FileKind, FileSystem, Lookup},
};

/// The name of the main file.
pub(super) const MAIN_FILE: &str = "nginx.conf";

/// Directories whose files are configurations whatever their names.
const SITE_DIRECTORIES: [&str; 8] = [
    "conf.d",
    "default.d",
    "http.d",
    "sites-available",
    "sites-enabled",
    "snippets",
    "streams-enabled",
    "vhosts",
];

/// What was given to the program.
#[derive(Default)]
pub(super) struct Inputs {
    /// The main files.
    pub(super) mains: Vec<PathBuf>,
    /// All other files that were given by name.
    pub(super) fragments: Vec<PathBuf>,
    /// All other files of each directory that was given.
    pub(super) in_directories: Vec<Vec<PathBuf>>,
    /// What could not be read.
    pub(super) problems: Vec<LoadProblem>,
    /// The files as they were read for finding out.
    pub(super) known: HashMap<PathBuf, SourceFile>,
}

/// Whether the files in this directory are configurations whatever their names.
pub(super) fn is_site_directory(directory: &Path) -> bool {
    directory.file_name().is_some_and(|name| SITE_DIRECTORIES.iter().any(|site| name == *site))
}

/// Reads and parses a file.
pub(super) fn read(
    path: &Path,
    file_system: &dyn FileSystem,
) -> Result<SourceFile, LoadProblemKind> {
    source(path, file_system.read(path))
}

/// The same for what its directory calls a regular file.
pub(super) fn read_listed(
    path: &Path,
    file_system: &dyn FileSystem,
) -> Result<SourceFile, LoadProblemKind> {
    source(path, file_system.read_listed(path))
}

fn source(path: &Path, bytes: Lookup<Vec<u8>>) -> Result<SourceFile, LoadProblemKind> {
    match bytes {
        Lookup::Found(bytes) => Ok(SourceFile::of(path.to_path_buf(), bytes)),
        Lookup::Absent => Err(LoadProblemKind::Missing),
        Lookup::Unknowable(reason) => Err(LoadProblemKind::Unreadable(reason)),
    }
}

impl Inputs {
    /// Looks at each of the paths.
    pub(super) fn find(paths: &[PathBuf], file_system: &dyn FileSystem) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            match file_system.stat(path) {
                Lookup::Found(stat) if stat.kind == FileKind::Directory => {
                    let named = std::mem::take(&mut inputs.fragments);
                    inputs.add_directory(path, file_system);
                    let found = std::mem::replace(&mut inputs.fragments, named);
                    inputs.in_directories.push(found);
                }
                Lookup::Found(_) => inputs.add_file(path, file_system),
                Lookup::Absent => inputs.report(path, LoadProblemKind::Missing),
                Lookup::Unknowable(reason) => {
                    inputs.report(path, LoadProblemKind::Unreadable(reason));
                }
            }
        }
        inputs
    }

    /// The first file is the main file, unless its directives say otherwise; the others are known to
    /// be there.
    pub(super) fn of_dump(dump: &Dump) -> Self {
        let mut inputs = Self { fragments: dump.paths().to_vec(), ..Self::default() };
        let first = dump.paths().first().and_then(|path| read(path, dump).ok());
        if let Some(main) = first.filter(may_be_main) {
            inputs.mains.push(inputs.fragments.remove(0));
            inputs.known.insert(main.path.clone(), main);
        }
        inputs
    }

    fn add_directory(&mut self, directory: &Path, file_system: &dyn FileSystem) {
        let main = directory.join(MAIN_FILE);
        match file_system.stat(&main) {
            Lookup::Found(_) => match read(&main, file_system) {
                Ok(source) if is_main(&source) => return self.add(source),
                // A file of that name with nothing but servers in it, as containers have them.
                Ok(_) => {}
                Err(kind) => return self.report(&main, kind),
            },
            Lookup::Absent => {}
            Lookup::Unknowable(reason) => {
                return self.report(&main, LoadProblemKind::Unreadable(reason));
            }
        }
        let count = self.count();
        self.walk(directory, file_system);
        if self.count() == count {
            self.report(directory, LoadProblemKind::NothingFound);
        }
    }

    fn add_file(&mut self, path: &Path, file_system: &dyn FileSystem) {
        match read(path, file_system) {
            Ok(source) => match foreign::kind_of(&source) {
                Some(kind) => self.report(path, LoadProblemKind::Foreign(kind.to_owned())),
                None => self.add(source),
            },
            Err(kind) => self.report(path, kind),
        }
    }

    /// Adds everything below a directory that looks like a configuration, but for hidden files.
    fn walk(&mut self, directory: &Path, file_system: &dyn FileSystem) {
        let mut directories = vec![directory.to_path_buf()];
        let mut seen = HashSet::new();
        while let Some(directory) = directories.pop() {
            let stat = file_system.stat(&directory).found();
            if stat.is_some_and(|stat| !seen.insert((stat.device, stat.inode))) {
                continue; // a link leads back here
            }
            let entries = match file_system.list(&directory) {
                Lookup::Found(entries) => entries,
                Lookup::Absent => continue,
                Lookup::Unknowable(reason) => {
                    self.report(&directory, LoadProblemKind::Unreadable(reason));
                    continue;
                }
            };
            let mut inner = Vec::new();
            for entry in entries.iter().filter(|entry| !entry.name.as_bytes().starts_with(b".")) {
                let path = directory.join(&entry.name);
                let of_target = || file_system.stat(&path).found().map(|stat| stat.kind);
                if entry.kind.or_else(of_target) == Some(FileKind::Directory) {
                    inner.push(path);
                } else if is_site_directory(&directory) || has_usual_name(&entry.name) {
                    self.add_found_file(&path, file_system);
                }
            }
            directories.extend(inner.into_iter().rev());
        }
    }

    /// Adds a file that nobody named, unless it is the configuration of some other program.
    fn add_found_file(&mut self, path: &Path, file_system: &dyn FileSystem) {
        match read(path, file_system) {
            Ok(source) if foreign::has_no_known_directive(&source) => {}
            Ok(source) => self.add(source),
            Err(kind) => self.report(path, kind),
        }
    }

    fn add(&mut self, source: SourceFile) {
        let path = source.path.clone();
        let kind = if is_main(&source) { &mut self.mains } else { &mut self.fragments };
        kind.push(path.clone());
        self.known.insert(path, source);
    }

    fn report(&mut self, path: &Path, kind: LoadProblemKind) {
        self.problems.push(LoadProblem { path: path.to_path_buf(), at: None, kind });
    }

    fn count(&self) -> usize {
        self.mains.len() + self.fragments.len() + self.problems.len()
    }
}

/// Whether a file is a main file: one named so, unless its directives belong elsewhere, and any with
/// `events` or `http` whose directives belong there.
fn is_main(source: &SourceFile) -> bool {
    if source.path.file_name() == Some(OsStr::new(MAIN_FILE)) {
        return may_be_main(source);
    }
    let context = evident(&source.tree, &source.names);
    let mut top_level = source.tree.top_level().map(|id| source.names[id.0 as usize]);
    context == Some(Context::Main)
        && top_level.any(|name| matches!(name, name::EVENTS | name::HTTP))
}

/// Whether nothing in a file says that it is not a main file.
pub(super) fn may_be_main(source: &SourceFile) -> bool {
    matches!(evident(&source.tree, &source.names), None | Some(Context::Main))
}

fn has_usual_name(name: &OsStr) -> bool {
    name.as_bytes().ends_with(b".conf")
}
