//! Reads what the program was given.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use parser::FileId;

use super::{
    Sources,
    follow::Reader,
    inputs::{Inputs, MAIN_FILE, is_site_directory},
    resolve::{Start, Trust, directory},
};
use crate::{
    context::{evident_together, infer},
    directive_table::Context,
    file_system::{Dump, FileSystem, Lookup},
};

/// Reads configurations. An input is the absolute path of a file, read whatever its name, or of a
/// directory: its `nginx.conf`, or everything in it that looks like a configuration.
///
/// Each main file makes one [`Sources`] with all that it includes. All fragments that none of them
/// includes make a last one together; it is there, too, if an input could not be read at all.
pub fn load(inputs: &[PathBuf], file_system: &dyn FileSystem) -> Vec<Sources> {
    read(Inputs::find(inputs, file_system), file_system)
}

/// Reads the configuration of which nginx has printed all files. A file that no include leads to is
/// a fragment by itself: nothing is left out.
pub fn load_dump(dump: &Dump) -> Vec<Sources> {
    read(Inputs::of_dump(dump), dump)
}

fn read(inputs: Inputs, file_system: &dyn FileSystem) -> Vec<Sources> {
    let Inputs { mains, fragments, problems, mut known } = inputs;
    let mut all = Vec::new();
    let mut main_paths = HashSet::new();
    let mut included = HashSet::new();
    for main in &mains {
        let mut reader = Reader::new(file_system, &mut known);
        if !main_paths.insert(reader.real_path(main)) {
            continue; // given twice
        }
        reader.read_root(main, Start::main(directory(main)), |_| Context::Main);
        if !fragments.is_empty() {
            included.extend(reader.real_paths());
        }
        all.push(reader.finish(Vec::new()));
    }
    let mut reader = Reader::new(file_system, &mut known);
    let mut starts = Starts { file_system, fragments: &fragments, main_file_in: HashMap::new() };
    for fragment in &fragments {
        if included.contains(&reader.real_path(fragment)) {
            continue;
        }
        let start = starts.of_fragment(fragment);
        reader.read_root(fragment, start, |source| infer(&source.tree, &source.names));
    }
    let mut rest = reader.finish(problems);
    settle_roots(&mut rest);
    if !rest.files.is_empty() || !rest.problems.is_empty() {
        all.push(rest);
    }
    all
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
    fragments: &'l [PathBuf],
    /// Whether a main file lies in a directory.
    main_file_in: HashMap<PathBuf, bool>,
}

impl Starts<'_> {
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
