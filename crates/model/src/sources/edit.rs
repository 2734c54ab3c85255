//! The same files after some edits, for trying out what a fix does.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::{FileId, Span};

use super::{Include, LoadProblem, LoadProblemKind, SourceFile, Sources};

impl Sources {
    /// The sources with stretches of their files replaced. Files without an edit are shared, and the
    /// file system is not asked: an include leads where the same argument has led before, or to one
    /// of the new files, by their full paths. The edits must not overlap; those at one place come in
    /// their order.
    #[must_use]
    pub fn with_edits(
        &self,
        edits: &[(Span, Vec<u8>)],
        new_files: &BTreeMap<PathBuf, Vec<u8>>,
    ) -> Self {
        let mut by_file: BTreeMap<FileId, Vec<&(Span, Vec<u8>)>> = BTreeMap::new();
        for edit in edits {
            by_file.entry(edit.0.file).or_default().push(edit);
        }
        let mut edited = self.clone();
        edited
            .problems
            .retain(|problem| problem.at.is_none_or(|at| !by_file.contains_key(&at.file)));
        for (&file, edits) in &by_file {
            let old = self.file(file);
            let mut new = SourceFile::of(old.path.clone(), apply(edits, &old.bytes));
            new.target.clone_from(&old.target);
            edited.files[file.0 as usize] = Arc::new(new);
        }
        let mut new = HashMap::new();
        for (path, bytes) in new_files {
            new.insert(path.as_path(), FileId(edited.files.len() as u32));
            edited.files.push(Arc::new(SourceFile::of(path.clone(), bytes.clone())));
        }
        for file in by_file.keys().chain(new.values()) {
            edited.follow_again(*file, &new);
        }
        edited.problems.sort_by_key(|problem| problem.at);
        edited
    }

    /// Finds out where the includes of an edited or new file lead.
    fn follow_again(&mut self, file: FileId, new: &HashMap<&Path, FileId>) {
        let source = self.file(file);
        let mut harmless = HashSet::new();
        let mut includes = Vec::new();
        let mut problems = Vec::new();
        let mut next = 0;
        while let Some((directive, word)) = source.next_include(next) {
            next = directive.0 + 1;
            let at = Some(Span::new(file, word.start, word.end));
            let argument = word.value(&source.bytes);
            let full_path = || self.resolutions.start(file).full_path(&argument);
            let new_file = if new.is_empty() { None } else { new.get(&*full_path()) };
            if let Some(&new_file) = new_file {
                includes.push(Include { directive, files: [new_file].into() });
                continue;
            }
            let Some(leads) = self.resolutions.known(file, &argument) else {
                let path = full_path();
                problems.push(LoadProblem { path, at, kind: LoadProblemKind::Unresolved });
                continue;
            };
            let again = leads.problems.iter().cloned();
            problems.extend(again.map(|(path, kind)| LoadProblem { path, at, kind }));
            let mut files = Vec::new();
            for &target in leads.files.iter().flat_map(|files| files.iter()) {
                if self.reaches(target, file, &mut harmless) {
                    let path = self.file(target).path.clone();
                    problems.push(LoadProblem { path, at, kind: LoadProblemKind::Cycle });
                } else {
                    files.push(target);
                }
            }
            includes.push(Include { directive, files: files.into() });
        }
        self.problems.extend(problems);
        let edited = Arc::get_mut(&mut self.files[file.0 as usize]);
        edited.expect("it was made a moment ago and is not shared yet").includes = includes;
    }

    /// Whether some `include` leads to a path, or would if a file were there; also if that cannot be
    /// told, because it is not sure where includes start.
    pub fn would_include(&self, path: &Path) -> bool {
        self.resolutions.would_lead_to(path)
    }

    /// Whether one file includes the other, over however many files. Those in `harmless` do not; it
    /// grows.
    fn reaches(&self, from: FileId, to: FileId, harmless: &mut HashSet<FileId>) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            if file == to {
                return true;
            }
            if !harmless.contains(&file) && seen.insert(file) {
                let includes = self.file(file).includes.iter();
                open.extend(includes.flat_map(|include| include.files.iter().copied()));
            }
        }
        harmless.extend(seen);
        false
    }
}

fn apply(edits: &[&(Span, Vec<u8>)], bytes: &[u8]) -> Vec<u8> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut edited = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (span, replacement) in edits {
        edited.extend_from_slice(&bytes[at..span.start as usize]);
        edited.extend_from_slice(replacement);
        at = span.end as usize;
    }
    edited.extend_from_slice(&bytes[at..]);
    edited
}
