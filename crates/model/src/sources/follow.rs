//! Reads files in nginx's order, `include` by `include`.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::{DirectiveId, FileId, Span, Word};

use super::{
    Include, LoadProblem, LoadProblemKind, Root, SourceFile, Sources,
    inputs::read,
    resolve::{Leads, Resolutions, Start, directory},
};
use crate::{
    directive_table::Context,
    file_system::{FileSystem, Lookup, real_path},
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
    /// What came of opening each path.
    opened: HashMap<PathBuf, Result<FileId, LoadProblemKind>>,
    /// The files by their paths without links, so that two names of one file share it.
    by_real_path: HashMap<PathBuf, FileId>,
    real_directories: HashMap<PathBuf, PathBuf>,
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
    paths: Arc<[PathBuf]>,
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
            opened: HashMap::new(),
            by_real_path: HashMap::new(),
            real_directories: HashMap::new(),
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
        match self.open(path, start) {
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
        let directory = directory(path);
        let real = if let Some(real) = self.real_directories.get(&directory) {
            real.join(name)
        } else {
            let real_directory = in_full(&directory);
            let real = real_directory.join(name);
            self.real_directories.insert(directory, real_directory);
            real
        };
        match self.file_system.readlink(&real) {
            Lookup::Found(_) => real_path(&real, self.file_system).found().unwrap_or(real),
            Lookup::Absent | Lookup::Unknowable(_) => real,
        }
    }

    /// The paths of all files read so far, without links.
    pub(super) fn real_paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.by_real_path.keys()
    }

    /// Ends reading. `problems` are those with what was given to the program.
    pub(super) fn finish(mut self, problems: Vec<LoadProblem>) -> Sources {
        let includes = self.files.iter().flat_map(|file| &file.includes);
        let inner: HashSet<FileId> =
            includes.flat_map(|include| include.files.iter().copied()).collect();
        self.roots.retain(|root| !inner.contains(&root.file));
        let first = self.roots.first();
        let conf_prefix = first
            .map(|root| self.resolutions.conf_prefix_of(root.file).to_path_buf())
            .unwrap_or_default();
        self.problems.extend(problems);
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
    fn open(&mut self, path: &Path, start: Start) -> Result<FileId, LoadProblemKind> {
        if let Some(opened) = self.opened.get(path) {
            return opened.clone();
        }
        let real = self.real_path(path);
        let opened = match self.by_real_path.get(&real) {
            Some(file) => Ok(*file),
            None => self.read(path, &real).map(|source| self.push(source, real, start)),
        };
        self.opened.insert(path.to_path_buf(), opened.clone());
        opened
    }

    fn read(&mut self, path: &Path, real: &Path) -> Result<SourceFile, LoadProblemKind> {
        let mut source = match self.known.remove(path) {
            Some(source) => source,
            None => read(path, self.file_system)?,
        };
        source.target = (real != path).then(|| real.to_path_buf());
        Ok(source)
    }

    fn push(&mut self, source: SourceFile, real: PathBuf, start: Start) -> FileId {
        let file = FileId(self.files.len() as u32);
        self.files.push(source);
        self.resolutions.push_file(start);
        self.by_real_path.insert(real, file);
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
        let leads = self.resolutions.resolve(file, &argument, self.file_system);
        if leads.files.is_some() {
            let leads = leads.clone();
            self.note(file, directive, word, &leads);
            return;
        }
        self.stack.push(Task::Include(Pending {
            file,
            directive,
            word,
            paths: Arc::clone(&leads.paths),
            next: 0,
            files: Vec::new(),
            problems: leads.problems.to_vec(),
        }));
    }

    fn go_on_with_include(&mut self, mut include: Pending) {
        let Some(path) = include.paths.get(include.next).cloned() else {
            self.finish_include(include);
            return;
        };
        include.next += 1;
        let start = self.resolutions.start(include.file).of_included(&path);
        let count = self.files.len();
        let opened = self.open(&path, start);
        match &opened {
            Ok(file) => include.files.push(*file),
            Err(kind) => include.problems.push((path, kind.clone())),
        }
        self.stack.push(Task::Include(include));
        if let Ok(file) = opened
            && file.0 as usize == count
        {
            self.enter(file);
        }
    }

    fn finish_include(&mut self, include: Pending) {
        let Pending { file, directive, word, .. } = include;
        let argument = word.value(&self.files[file.0 as usize].bytes);
        let leads = self.resolutions.resolve(file, &argument, self.file_system);
        leads.files = Some(include.files.into());
        leads.problems = include.problems.into();
        let leads = leads.clone();
        self.note(file, directive, word, &leads);
    }

    /// Notes where an `include` leads, without the files that are being read already: nginx would
    /// read on until it ran out of descriptors.
    fn note(&mut self, file: FileId, directive: DirectiveId, word: Word, leads: &Leads) {
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
