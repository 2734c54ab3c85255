//! Files that the pattern of an `include` just misses.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use parser::Span;

use super::Sources;
use crate::file_system::{DirectoryEntry, FileKind, FileSystem, Lookup, fits, is_pattern};

/// How names end that somebody keeps out of the way, or that are for people to read.
const ASIDE: [&[u8]; 15] = [
    b"bak",
    b"old",
    b"orig",
    b"save",
    b"disabled",
    b"off",
    b"dist",
    b"sample",
    b"example",
    b"tmp",
    b"template",
    b"rej",
    b"md",
    b"txt",
    b"rst",
];

/// An `include` that matches nothing, and a file whose name fits but for its end: `acme*.conf` and
/// `acme.inc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The argument.
    pub argument: Span,
    /// The file.
    pub path: PathBuf,
}

impl Sources {
    /// Looks beside the includes that match nothing.
    pub fn near_misses(&self, file_system: &dyn FileSystem) -> Vec<NearMiss> {
        let miss = |argument: Span| {
            let start = self.resolutions.start(argument.file);
            let path = (!start.is_of_fragment()).then(|| start.full_path(self.text(argument)))?;
            Some(NearMiss { argument, path: near(&path, file_system)? })
        };
        self.empty_includes().filter_map(miss).collect()
    }
}

/// The first file that a pattern just misses.
fn near(pattern: &Path, file_system: &dyn FileSystem) -> Option<PathBuf> {
    let (directory, name) = (pattern.parent()?, pattern.file_name()?);
    let (stem, _) = parts(name.as_bytes())?;
    // `*.conf` says nothing of what was meant.
    let is_telling = stem.iter().any(u8::is_ascii_alphanumeric) && is_pattern(stem);
    if !is_telling || is_pattern(directory.as_os_str().as_bytes()) {
        return None;
    }
    let Lookup::Found(entries) = file_system.list(directory) else { return None };
    let is_near = |entry: &DirectoryEntry| {
        let name = entry.name.as_bytes();
        let (own, end) = parts(name).unwrap_or((name, b""));
        let is_aside = ASIDE.contains(&end) || end.starts_with(b"dpkg") || end.ends_with(b"~");
        entry.kind != Some(FileKind::Directory)
            && !is_aside
            && !own.contains(&b'.')
            && fits(Path::new(OsStr::from_bytes(stem)), Path::new(OsStr::from_bytes(own)))
    };
    let entry = entries.into_iter().find(is_near)?;
    Some(directory.join(entry.name))
}

/// What stands before and behind the last dot of a name.
fn parts(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = name.iter().rposition(|&byte| byte == b'.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

#[cfg(test)]
mod tests {
    use crate::{file_system::Memory, sources::load};

    fn missed(argument: &str, files: &[&str]) -> Vec<String> {
        let main = format!("events {{}}\nhttp {{ include {argument}; }}\n");
        let mut memory = Memory::new().file("/etc/nginx/nginx.conf", main);
        for file in files {
            memory = memory.file(format!("/etc/nginx/snippets/{file}"), "");
        }
        let all = load(&["/etc/nginx".into()], &memory);
        let near = all[0].near_misses(&memory).into_iter();
        near.map(|miss| miss.path.display().to_string()).collect()
    }

    #[test]
    fn a_name_that_ends_differently_is_a_near_miss() {
        let files = ["acme.inc", "acme.bak", "tls.inc"];
        assert_eq!(missed("snippets/acme*.conf", &files), ["/etc/nginx/snippets/acme.inc"]);
        assert_eq!(missed("/etc/nginx/snippets/a*.conf", &["acme"]), ["/etc/nginx/snippets/acme"]);
    }

    #[test]
    fn what_lies_aside_or_may_be_anything_is_none() {
        let aside = ["acme.bak", "acme.conf.off", "acme.conf~", "acme.dpkg-dist", "README.md"];
        assert_eq!(missed("snippets/acme*.conf", &aside), [""; 0]);
        assert_eq!(missed("snippets/*.conf", &["acme.inc"]), [""; 0]);
        assert_eq!(missed("snippets/acme*.conf", &["acme.conf", "acme.inc"]), [""; 0]);
        assert_eq!(missed("snippets/acme*.conf", &[]), [""; 0]);
    }
}
