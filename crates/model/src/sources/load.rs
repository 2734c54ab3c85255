//! Reads what the program was given.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use parser::FileId;

use super::{
    SourceFile, Sources,
    around::Around,
    follow::Reader,
    inputs::{Inputs, MAIN_FILE, is_site_directory},
    resolve::{Start, Trust, directory},
};
use crate::{
    at_once::{at_once, processors},
    context::{evident_together, infer},
    directive_table::Context,
    file_system::{Dump, FileSystem, Lookup},
};

/// Reads configurations. An input is the absolute path of a file, read whatever its name, or of a
/// directory: its `nginx.conf`, or everything in it that looks like a configuration.
///
/// Each main file makes one [`Sources`] with all that it includes; also one that lies in a directory
/// further up and includes what was given. Of the fragments that are left, those of one directory
/// that was given make one together, and those that were given by name and whose includes start at
/// the same place. What could not be read at all is in the last one.
pub fn load(inputs: &[PathBuf], file_system: &dyn FileSystem) -> Vec<Sources> {
    read(Inputs::find(inputs, file_system), file_system)
}

/// Reads the configuration of which nginx has printed all files. A file that no include leads to is
/// a fragment by itself: nothing is left out.
pub fn load_dump(dump: &Dump) -> Vec<Sources> {
    read(Inputs::of_dump(dump), dump)
}

fn read(inputs: Inputs, file_system: &dyn FileSystem) -> Vec<Sources> {
    let Inputs { mains, fragments, in_directories, problems, mut known } = inputs;
    let has_fragments = !(fragments.is_empty() && in_directories.iter().all(Vec::is_empty));
    let mut main_paths = HashSet::new();
    let mut is_first = |main: &PathBuf| {
        main_paths.insert(Reader::new(file_system, &mut HashMap::new()).real_path(main))
    };
    let mains: Vec<_> = mains.into_iter().filter(|main| is_first(main)).collect();
    let mut included = HashSet::new();
    let mut all = if has_fragments {
        let read = mains.iter().map(|main| {
            let reader = read_main(main, &mut known, file_system);
            included.extend(reader.real_paths());
            reader.finish(Vec::new())
        });
        read.collect()
    } else {
        read_mains(mains, &mut known, file_system)
    };
    if has_fragments {
        let given = Around { file_system, main_paths, included, by_directory: HashMap::new() };
        let (around, fragments, in_directories) = given.find(fragments, in_directories);
        all.extend(around);
        read_fragments(&mut all, fragments, in_directories, &mut known, file_system);
    }
    if problems.is_empty() {
        return all;
    }
    match all.last_mut().filter(|last| last.roots.iter().any(|root| root.is_fragment)) {
        Some(last) => {
            last.problems.extend(problems);
            last.problems.sort_by_key(|problem| problem.at);
        }
        None => all.push(Sources { problems, ..Sources::default() }),
    }
    all
}

fn read_main<'f>(
    main: &Path,
    known: &'f mut HashMap<PathBuf, SourceFile>,
    file_system: &'f dyn FileSystem,
) -> Reader<'f> {
    let mut reader = Reader::new(file_system, known);
    reader.read_root(main, Start::main(directory(main)), |_| Context::Main);
    reader
}

/// Reads main files that have nothing to do with each other, several at a time.
fn read_mains(
    mains: Vec<PathBuf>,
    known: &mut HashMap<PathBuf, SourceFile>,
    file_system: &dyn FileSystem,
) -> Vec<Sources> {
    let with_known = |main: PathBuf| {
        let known: HashMap<_, _> = known.remove_entry(&main).into_iter().collect();
        (main, Mutex::new(known))
    };
    let mains: Vec<_> = mains.into_iter().map(with_known).collect();
    at_once(processors(), &mains, |(main, known)| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        read_main(main, &mut known, file_system).finish(Vec::new())
    })
}

fn read_fragments(
    all: &mut Vec<Sources>,
    fragments: Vec<PathBuf>,
    in_directories: Vec<Vec<PathBuf>>,
    known: &mut HashMap<PathBuf, SourceFile>,
    file_system: &dyn FileSystem,
) {
    let every = fragments.iter().chain(in_directories.iter().flatten()).cloned().collect();
    let mut starts = Starts { file_system, fragments: every, main_file_in: HashMap::new() };
    let groups = starts.together(fragments).into_iter().chain(in_directories);
    for group in groups.filter(|group| !group.is_empty()) {
        let mut reader = Reader::new(file_system, known);
        for fragment in &group {
            let start = starts.of_fragment(fragment);
            reader.read_root(fragment, start, |source| infer(&source.tree, &source.names));
        }
        let mut rest = reader.finish(Vec::new());
        settle_roots(&mut rest);
        all.push(rest);
    }
}

/// Takes away the fragments that others include, and lets what a fragment includes have a say in
/// its context.
fn settle_roots(sources: &mut Sources) {
    let included: HashSet<FileId> = sources
        .files
        .iter()
        .flat_map(|file| &file.includes)
        .flat_map(|include| include.files.iter().copied())
        .collect();
    let mut roots = std::mem::take(&mut sources.roots);
    roots.retain(|root| !included.contains(&root.file));
    for root in &mut roots {
        root.context = context_with_includes(sources, root.file).unwrap_or(root.context);
    }
    sources.roots = roots;
}

/// The context that fits best a file and what it includes outside of every block.
fn context_with_includes(sources: &Sources, root: FileId) -> Option<Context> {
    let mut level = vec![root];
    let mut seen = HashSet::from([root]);
    let mut at = 0;
    while let Some(&id) = level.get(at) {
        at += 1;
        let file = sources.file(id);
        let outer = file.includes.iter().filter(|one| file.tree.parent(one.directive).is_none());
        for &inner in outer.flat_map(|include| include.files.iter()) {
            if seen.insert(inner) {
                level.push(inner);
            }
        }
    }
    let files = level.iter().map(|&id| sources.file(id));
    let files: Vec<_> = files.map(|file| (&file.tree, &*file.names)).collect();
    evident_together(&files)
}

/// Finds where the includes of fragments start.
struct Starts<'l> {
    file_system: &'l dyn FileSystem,
    fragments: HashSet<PathBuf>,
    /// Whether a main file lies in a directory.
    main_file_in: HashMap<PathBuf, bool>,
}

impl Starts<'_> {
    /// The fragments whose includes start at the same place, together.
    fn together(&mut self, fragments: Vec<PathBuf>) -> Vec<Vec<PathBuf>> {
        let mut groups: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
        for fragment in fragments {
            let start = self.of_fragment(&fragment).conf_prefix;
            match groups.iter_mut().find(|(other, _)| *other == start) {
                Some((_, group)) => group.push(fragment),
                None => groups.push((start, vec![fragment])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The nearest directory around the fragment with a main file; else the one that holds a
    /// directory of the usual names; else its own.
    fn of_fragment(&mut self, fragment: &Path) -> Start {
        let own = directory(fragment);
        if let Some(near) = own.ancestors().find(|directory| self.has_main_file(directory)) {
            return Start { conf_prefix: near.to_path_buf(), trust: Trust::NearMain, own };
        }
        let around = own.ancestors().find(|directory| is_site_directory(directory));
        let conf_prefix = around.and_then(Path::parent).unwrap_or(&own).to_path_buf();
        Start { conf_prefix, trust: Trust::Guess, own }
    }

    fn has_main_file(&mut self, directory: &Path) -> bool {
        if let Some(answer) = self.main_file_in.get(directory) {
            return *answer;
        }
        let path = directory.join(MAIN_FILE);
        let there = matches!(self.file_system.stat(&path), Lookup::Found(_));
        let answer = there && !self.fragments.contains(&path);
        self.main_file_in.insert(directory.to_path_buf(), answer);
        answer
    }
}
