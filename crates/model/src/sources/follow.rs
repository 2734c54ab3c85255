//! Reads files in nginx's order, `include` by `include`.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::{DirectiveId, FileId, Span, Word};
use rustc_hash::FxHashMap;

use super::{
    Include, LoadProblem, LoadProblemKind, Root, SourceFile, Sources,
    inputs::{read, read_listed},
    repetition,
    resolve::{LeadsId, Resolutions, Start, StartId, directory},
};
use crate::{
    directive_table::Context,
    file_system::{FileSystem, FoundPath, Lookup, real_path},
};

/// Reads the files of one [`Sources`].
pub(super) struct Reader<'f> {
    file_system: &'f dyn FileSystem,
    /// Files that have been read for finding out what they are.
    known: &'f mut HashMap<PathBuf, SourceFile>,
    files: Vec<SourceFile>,
    roots: Vec<Root>,
    problems: Vec<LoadProblem>,
    resolutions: Resolutions,
    /// The files by their paths without links, so that two names of one file share it.
    by_real_path: FxHashMap<OsString, FileId>,
    /// What came of opening any other path.
    opened: FxHashMap<OsString, Result<FileId, LoadProblemKind>>,
    real_directories: FxHashMap<OsString, PathBuf>,
    /// What to go on with, innermost last: the files being read and the includes between them.
    stack: Vec<Task>,
    /// Whether a file is being read.
    on_stack: Vec<bool>,
}

/// Something to go on with.
enum Task {
    /// A file, from the directive of this number.
    File {
        file: FileId,
        next: u32,
    },
    Include(Pending),
}

/// An `include` whose files are being read.
struct Pending {
    file: FileId,
    directive: DirectiveId,
    /// The argument.
    word: Word,
    leads: LeadsId,
    paths: Arc<[FoundPath]>,
    /// The number of the path to go on with.
    next: usize,
    files: Vec<FileId>,
    problems: Vec<(PathBuf, LoadProblemKind)>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(
        file_system: &'f dyn FileSystem,
        known: &'f mut HashMap<PathBuf, SourceFile>,
    ) -> Self {
        Self {
            file_system,
            known,
            files: Vec::new(),
            roots: Vec::new(),
            problems: Vec::new(),
            resolutions: Resolutions::default(),
            by_real_path: FxHashMap::default(),
            opened: FxHashMap::default(),
            real_directories: FxHashMap::default(),
            stack: Vec::new(),
            on_stack: Vec::new(),
        }
    }

    /// Reads a file that was given to the program, and all that it includes; nothing happens if it
    /// has been read already. `context` tells where a fragment belongs.
    pub(super) fn read_root(
        &mut self,
        path: &Path,
        start: Start,
        context: impl Fn(&SourceFile) -> Context,
    ) {
        let count = self.files.len();
        let start = self.resolutions.id(start);
        let named = FoundPath { path: path.to_path_buf(), is_listed_file: false };
        match self.open(&named, start) {
            Ok(file) if file.0 as usize == count => {
                let source = &self.files[count];
                let is_fragment = self.resolutions.start(file).is_of_fragment();
                self.roots.push(Root { file, context: context(source), is_fragment });
                self.follow(file);
            }
            Ok(_) => {}
            Err(kind) => {
                self.problems.push(LoadProblem { path: path.to_path_buf(), at: None, kind });
            }
        }
    }

    /// The path without links, if its end exists.
    pub(super) fn real_path(&mut self, path: &Path) -> PathBuf {
        let in_full = |path: &Path| match real_path(path, self.file_system) {
            Lookup::Found(real) => real,
            Lookup::Absent | Lookup::Unknowable(_) => path.to_path_buf(),
        };
        let Some(name) = path.file_name() else { return in_full(path) };
        let real = self.real_directory(directory(path).as_os_str()).join(name);
        match self.file_system.readlink(&real) {
            Lookup::Found(_) => real_path(&real, self.file_system).found().unwrap_or(real),
            Lookup::Absent | Lookup::Unknowable(_) => real,
        }
    }

    /// The same of a file that its directory does not call a link.
    fn real_path_of_listed(&mut self, listed: &Path) -> PathBuf {
        let path = listed.as_os_str().as_bytes();
        let name = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
        let directory = if name <= 1 { b"/" } else { &path[..name - 1] };
        let real = self.real_directory(OsStr::from_bytes(directory));
        if real.as_os_str().as_bytes() == directory {
            return listed.to_path_buf();
        }
        real.join(OsStr::from_bytes(&path[name..]))
    }

    /// A directory's path without links, if it exists.
    fn real_directory(&mut self, directory: &OsStr) -> &Path {
        if !self.real_directories.contains_key(directory) {
            let path = Path::new(directory);
            let real = real_path(path, self.file_system).found();
            let real = real.unwrap_or_else(|| path.to_path_buf());
            self.real_directories.insert(directory.to_owned(), real);
        }
        &self.real_directories[directory]
    }

    /// The paths of all files read so far, without links.
    pub(super) fn real_paths(&self) -> impl Iterator<Item = PathBuf> {
        self.by_real_path.keys().map(PathBuf::from)
    }

    /// Ends reading. `problems` are those with what was given to the program.
    pub(super) fn finish(mut self, problems: Vec<LoadProblem>) -> Sources {
        let mut is_inner = vec![false; self.files.len()];
        for include in self.files.iter().flat_map(|file| &file.includes) {
            for file in include.files.iter() {
                is_inner[file.0 as usize] = true;
            }
        }
        self.roots.retain(|root| !is_inner[root.file.0 as usize]);
        let first = self.roots.first();
        let conf_prefix = first
            .map(|root| self.resolutions.conf_prefix_of(root.file).to_path_buf())
            .unwrap_or_default();
        self.problems.extend(problems);
        self.problems.extend(repetition::cut(&mut self.files, &self.roots));
        self.problems.sort_by_key(|problem| problem.at);
        Sources {
            files: self.files.into_iter().map(Arc::new).collect(),
            roots: self.roots,
            conf_prefix,
            problems: self.problems,
            resolutions: Arc::new(self.resolutions),
        }
    }

    /// The file at a path, read if it is met for the first time.
    fn open(&mut self, found: &FoundPath, start: StartId) -> Result<FileId, LoadProblemKind> {
        let path = found.path.as_os_str();
        if let Some(&file) = self.by_real_path.get(path) {
            return Ok(file);
        }
        if let Some(opened) = self.opened.get(path) {
            return opened.clone();
        }
        let real = if found.is_listed_file {
            self.real_path_of_listed(&found.path)
        } else {
            self.real_path(&found.path)
        };
        let is_real = real.as_os_str() == path;
        let opened = match self.by_real_path.get(real.as_os_str()) {
            Some(file) => Ok(*file),
            None => self.read(found, &real).map(|source| self.push(source, real, start)),
        };
        if !is_real || opened.is_err() {
            self.opened.insert(path.to_owned(), opened.clone());
        }
        opened
    }

    fn read(&mut self, found: &FoundPath, real: &Path) -> Result<SourceFile, LoadProblemKind> {
        let path = &found.path;
        let known = if self.known.is_empty() { None } else { self.known.remove(path) };
        let mut source = match known {
            Some(source) => source,
            None if found.is_listed_file => read_listed(path, self.file_system)?,
            None => read(path, self.file_system)?,
        };
        // Mostly they are the same byte by byte, which is quickly seen.
        let differs = real.as_os_str() != path.as_os_str() && real != path;
        source.target = differs.then(|| real.to_path_buf());
        Ok(source)
    }

    fn push(&mut self, source: SourceFile, real: PathBuf, start: StartId) -> FileId {
        let file = FileId(self.files.len() as u32);
        self.files.push(source);
        self.resolutions.push_file(start);
        self.by_real_path.insert(real.into_os_string(), file);
        self.on_stack.push(false);
        file
    }

    /// Reads all that a file includes.
    fn follow(&mut self, root: FileId) {
        self.enter(root);
        while let Some(task) = self.stack.pop() {
            match task {
                Task::File { file, next } => self.go_on_with_file(file, next),
                Task::Include(include) => self.go_on_with_include(include),
            }
        }
    }

    fn enter(&mut self, file: FileId) {
        self.on_stack[file.0 as usize] = true;
        self.stack.push(Task::File { file, next: 0 });
    }

    fn go_on_with_file(&mut self, file: FileId, next: u32) {
        let source = &self.files[file.0 as usize];
        let Some((directive, word)) = source.next_include(next) else {
            self.on_stack[file.0 as usize] = false;
            return;
        };
        self.stack.push(Task::File { file, next: directive.0 + 1 });
        let argument = word.value(&source.bytes);
        let id = self.resolutions.resolve(file, &argument, self.file_system);
        let leads = self.resolutions.leads(id);
        if leads.files.is_some() {
            self.note(file, directive, word, id);
            return;
        }
        self.stack.push(Task::Include(Pending {
            file,
            directive,
            word,
            leads: id,
            paths: Arc::clone(&leads.paths),
            next: 0,
            files: Vec::new(),
            problems: leads.problems.clone(),
        }));
    }

    fn go_on_with_include(&mut self, mut include: Pending) {
        let paths = Arc::clone(&include.paths);
        let Some(found) = paths.get(include.next) else {
            self.finish_include(include);
            return;
        };
        include.next += 1;
        let start = self.resolutions.start_of_included(include.file, &found.path);
        let count = self.files.len();
        let opened = self.open(found, start);
        match &opened {
            Ok(file) => include.files.push(*file),
            Err(kind) => include.problems.push((found.path.clone(), kind.clone())),
        }
        self.stack.push(Task::Include(include));
        if let Ok(file) = opened
            && file.0 as usize == count
        {
            self.enter(file);
        }
    }

    fn finish_include(&mut self, include: Pending) {
        let leads = self.resolutions.leads_mut(include.leads);
        leads.files = Some(include.files.into());
        leads.problems = include.problems;
        self.note(include.file, include.directive, include.word, include.leads);
    }

    /// Notes where an `include` leads, without the files that are being read already: nginx would
    /// read on until it ran out of descriptors.
    fn note(&mut self, file: FileId, directive: DirectiveId, word: Word, leads: LeadsId) {
        let leads = self.resolutions.leads(leads);
        let at = Some(Span::new(file, word.start, word.end));
        let problems = leads.problems.iter().cloned();
        self.problems.extend(problems.map(|(path, kind)| LoadProblem { path, at, kind }));
        let files = leads.files.clone().unwrap_or_default();
        let is_circular = |file: &&FileId| self.on_stack[file.0 as usize];
        let circular: Vec<_> = files.iter().filter(is_circular).copied().collect();
        let files = match circular.as_slice() {
            [] => files,
            _ => files.iter().filter(|file| !is_circular(file)).copied().collect(),
        };
        for circular in circular {
            let path = self.files[circular.0 as usize].path.clone();
            self.problems.push(LoadProblem { path, at, kind: LoadProblemKind::Cycle });
        }
        self.files[file.0 as usize].includes.push(Include { directive, files });
    }
}
