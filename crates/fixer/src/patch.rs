//! What the edits come to: new contents for files, and the patch that says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use model::Sources;
use parser::{FileId, Span};
use rules::{Edit, NewFile};

mod unified;

/// New contents for some files, and how to write them as a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The files that change, in the order of their paths.
    pub files: Vec<FilePatch>,
}

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// The path to edit, symbolic links resolved.
    pub path: PathBuf,
    /// What it holds; `None` if it is not there.
    pub before: Option<Vec<u8>>,
    /// What it should hold.
    pub after: Vec<u8>,
    /// Whether it is a new program.
    pub is_executable: bool,
}

impl Patch {
    /// What the edits make of the files. The edits to one file may not overlap; insertions at the
    /// same place keep their order. A file that comes out as it was is left out.
    ///
    /// If several files of `sources` lead to one path, it is patched once: with the edits of the
    /// first of them, and those of the others that neither repeat nor touch these.
    pub fn of(sources: &Sources, edits: &[&Edit]) -> Self {
        Self::with_files(sources, edits, [].into())
    }

    /// The same with new files that no edit includes.
    pub fn with_files<'f>(
        sources: &Sources,
        edits: &[&'f Edit],
        mut new_files: BTreeSet<&'f NewFile>,
    ) -> Self {
        new_files.extend(edits.iter().filter_map(|edit| edit.new_file.as_deref()));
        let new_files = new_files.into_iter().map(FilePatch::of_new);
        let mut by_path: BTreeMap<&Path, Vec<&Edit>> = BTreeMap::new();
        for edit in edits {
            let path = sources.file(edit.span.file).edited_path();
            by_path.entry(path).or_default().push(edit);
        }
        let (mut files, mut kept) = (Vec::new(), Vec::new());
        for (path, edits) in by_path {
            let Some(first) = edits.iter().map(|edit| edit.span.file).min() else { continue };
            files.push((first, path));
            kept.extend(in_one_file(first, edits));
        }
        let edited = sources.with_edits(&kept, &BTreeMap::new());
        let files = files.into_iter().filter_map(|(file, path)| {
            let (before, after) = (&sources.file(file).bytes, &edited.file(file).bytes);
            let path = path.to_path_buf();
            let (before, after) = (Some(before.clone()), after.clone());
            let is_executable = false;
            let differs = before.as_ref() != Some(&after);
            differs.then_some(FilePatch { path, before, after, is_executable })
        });
        let mut files: Vec<_> = files.chain(new_files).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self { files }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes the unified diff that `patch -p1 -d BASE` takes, and `git apply` run in `base`.
    ///
    /// Names are relative to `base`, which has no symbolic links in it, like the paths of the
    /// files. A path outside `base` is written from the root, without its first slash: with any
    /// such path, only `/` is a base to apply the patch in.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, base: &Path, out: &mut dyn io::Write) -> io::Result<()> {
        self.files.iter().try_for_each(|file| unified::write(file, base, out))
    }
}

impl FilePatch {
    fn of_new(file: &NewFile) -> Self {
        let NewFile { target, contents, is_executable, .. } = file;
        let (path, after) = (target.clone(), contents.clone());
        Self { path, before: None, after, is_executable: *is_executable }
    }
}

/// The edits to one path as edits to the first of its files, each once.
fn in_one_file(first: FileId, edits: Vec<&Edit>) -> impl Iterator<Item = (Span, Vec<u8>)> {
    let (mut kept, others): (Vec<_>, Vec<_>) =
        edits.into_iter().partition(|edit| edit.span.file == first);
    for other in others {
        if !kept.iter().any(|edit| repeats(edit, other) || overlaps(edit, other)) {
            kept.push(other);
        }
    }
    let in_first = move |span: Span| Span::new(first, span.start, span.end);
    kept.into_iter().map(move |edit| (in_first(edit.span), edit.replacement.clone()))
}

fn repeats(one: &Edit, other: &Edit) -> bool {
    one.span.range() == other.span.range() && one.replacement == other.replacement
}

fn overlaps(one: &Edit, other: &Edit) -> bool {
    one.span.start < other.span.end && other.span.start < one.span.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_files_at_one_path_the_first_prevails() {
        let edit =
            |file, start, end, text: &str| Edit::replace(Span::new(FileId(file), start, end), text);
        let repeated = edit(7, 2, 4, "B");
        let clashing = edit(7, 3, 5, "C");
        let apart = edit(7, 6, 6, "D");
        let first = edit(3, 2, 4, "B");
        let kept = in_one_file(FileId(3), vec![&repeated, &clashing, &apart, &first]);
        let kept = kept.map(|(span, replacement)| Edit::replace(span, replacement));
        assert_eq!(kept.collect::<Vec<_>>(), [first.clone(), edit(3, 6, 6, "D")]);
    }
}
