//! Finds the files that a pattern names, as glob(3) of the GNU C library does when nginx calls it:
//! without flags and in the C locale.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use super::{DirectoryEntry, FileKind, FileSystem, Lookup, Reason, wildcard};

/// What a pattern leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// What was found, in the order of the bytes of the paths.
    pub(crate) found: Vec<FoundPath>,
    /// Directories in which there may be more.
    pub(crate) unreadable: Vec<(PathBuf, Reason)>,
}

/// A path that fits a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundPath {
    /// The path.
    pub(crate) path: PathBuf,
    /// Whether the directory calls it a regular file, which a link is not.
    pub(crate) is_listed_file: bool,
}

/// How many directories are looked through for one pattern: links to directories above make more and
/// more of few.
const MOST_DIRECTORIES: usize = 100_000;

/// Whether nginx takes a full path for a pattern, its directories included.
pub(crate) fn is_pattern(path: &[u8]) -> bool {
    path.iter().any(|byte| b"*?[".contains(byte))
}

/// Whether a full path is, or fits, the one that nginx makes of an argument.
pub(crate) fn fits(pattern: &Path, path: &Path) -> bool {
    fn parts(path: &Path) -> impl Iterator<Item = &[u8]> {
        let parts = path.as_os_str().as_bytes().split(|&byte| byte == b'/');
        parts.filter(|part| !matches!(*part, b"" | b"."))
    }
    if !is_pattern(pattern.as_os_str().as_bytes()) {
        return parts(pattern).eq(parts(path));
    }
    parts(pattern).count() == parts(path).count()
        && parts(pattern).zip(parts(path)).all(|(pattern, name)| wildcard::matches(pattern, name))
}

/// The paths that fit an absolute pattern. Existence is enough for a part without special bytes, so
/// a link without its target counts.
pub(crate) fn expand(pattern: &Path, file_system: &dyn FileSystem) -> Expansion {
    let pattern = pattern.as_os_str().as_bytes();
    let (directory, parts) = split(pattern);
    let mut search = Search { file_system, unreadable: Vec::new(), looked_through: 0 };
    let mut found = vec![Candidate { path: directory, is_listed_file: false }];
    let mut parts = parts.split(|&byte| byte == b'/').peekable();
    let mut after_wildcard = false;
    let mut marked = false;
    while let Some(part) = parts.next() {
        let part = if parts.peek().is_some() { without_open_escape(part) } else { part };
        if part.is_empty() {
            // `x*/`: only directories, with one slash however many were written.
            if !marked {
                found.retain_mut(|found| search.mark(&mut found.path, after_wildcard));
            }
            marked = true;
            continue;
        }
        after_wildcard = is_special(part);
        marked = false;
        found = if after_wildcard {
            let mut matching = Vec::new();
            for found in &found {
                search.add_matching(&mut matching, &found.path, part);
            }
            matching
        } else {
            let named = found.iter().map(|found| joined(&found.path, part));
            let named = named.map(|path| Candidate { path, is_listed_file: false });
            named.filter(|found| search.exists(&found.path)).collect()
        };
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    let found = found.into_iter().map(|found| FoundPath {
        path: PathBuf::from(OsString::from_vec(found.path)),
        is_listed_file: found.is_listed_file,
    });
    Expansion { found: found.collect(), unreadable: search.unreadable }
}

/// A path that fits the parts so far.
struct Candidate {
    path: Vec<u8>,
    is_listed_file: bool,
}

struct Search<'f> {
    file_system: &'f dyn FileSystem,
    unreadable: Vec<(PathBuf, Reason)>,
    /// How many directories were looked through.
    looked_through: usize,
}

impl Search<'_> {
    fn add_matching(&mut self, matching: &mut Vec<Candidate>, directory: &[u8], part: &[u8]) {
        let path = if directory.is_empty() { Path::new("/") } else { as_path(directory) };
        self.looked_through += 1;
        if self.looked_through > MOST_DIRECTORIES {
            if self.looked_through == MOST_DIRECTORIES + 1 {
                let reason = format!("more than {MOST_DIRECTORIES} directories fit the pattern");
                self.unreadable.push((path.to_path_buf(), Reason::Other(reason)));
            }
            return;
        }
        let entries = match self.file_system.list(path) {
            Lookup::Found(entries) => entries,
            Lookup::Absent | Lookup::Unknowable(Reason::WrongKind(_) | Reason::LinkLoop) => {
                return;
            }
            Lookup::Unknowable(reason) => {
                self.unreadable.push((path.to_path_buf(), reason));
                return;
            }
        };
        let is_file = |entry: &DirectoryEntry| entry.kind == Some(FileKind::File);
        let listed = entries.iter().map(|entry| (entry.name.as_bytes(), is_file(entry)));
        matching.reserve(entries.len());
        for (name, is_listed_file) in [(&b"."[..], false), (b"..", false)].into_iter().chain(listed)
        {
            if wildcard::matches(part, name) {
                matching.push(Candidate { path: joined(directory, name), is_listed_file });
            }
        }
    }

    fn exists(&mut self, path: &[u8]) -> bool {
        let path = as_path(path);
        if self.file_system.readlink(path).found().is_some() {
            return true;
        }
        match self.file_system.stat(path) {
            Lookup::Found(_) => true,
            Lookup::Absent | Lookup::Unknowable(Reason::LinkLoop) => false,
            Lookup::Unknowable(reason) => {
                self.unreadable.push((path.to_path_buf(), reason));
                false
            }
        }
    }

    /// Ends a directory in a slash. Anything else is dropped if a wildcard found it, and otherwise
    /// left alone.
    fn mark(&self, path: &mut Vec<u8>, after_wildcard: bool) -> bool {
        let stat = self.file_system.stat(as_path(path));
        let is_directory = stat.found().is_some_and(|stat| stat.kind == FileKind::Directory);
        if is_directory {
            path.push(b'/');
        }
        is_directory || !after_wildcard
    }
}

/// The directory before the first part with a special byte, without escapes and without the slash
/// after it, and the parts from there on.
fn split(pattern: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut start = 0;
    for (end, _) in pattern.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        if is_pattern(&pattern[start..end]) {
            break;
        }
        start = end + 1;
    }
    (unescaped(&pattern[..start.saturating_sub(1)]), &pattern[start..])
}

/// Whether the library lists the directory instead of asking for the name.
fn is_special(part: &[u8]) -> bool {
    is_pattern(part) || part.contains(&b'\\')
}

/// A part before a slash, without a backslash that would escape the slash.
fn without_open_escape(part: &[u8]) -> &[u8] {
    let backslashes = part.iter().rev().take_while(|&&byte| byte == b'\\').count();
    &part[..part.len() - backslashes % 2]
}

fn unescaped(pattern: &[u8]) -> Vec<u8> {
    let mut bytes = pattern.iter();
    let mut plain = Vec::with_capacity(pattern.len());
    while let Some(&byte) = bytes.next() {
        if byte == b'\\' {
            plain.extend(bytes.next());
        } else {
            plain.push(byte);
        }
    }
    plain
}

fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    [directory, b"/", name].concat()
}

fn as_path(path: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(path))
}

#[cfg(test)]
mod tests;
