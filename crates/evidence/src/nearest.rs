//! The existing path most like one that is missing.

use std::{
    cmp::Reverse,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::FileSystem;

/// So many are read for one that is missing.
const MOST_READ: usize = 16;

/// The file in the same directory with the most similar name; if the directory is missing too, the
/// file of this name in the most similar sibling directory. `holds` says which files will do.
pub(crate) fn to(
    path: &Path,
    file_system: &dyn FileSystem,
    holds: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let (parent, file_name) = (path.parent()?, path.file_name()?);
    if let Some(names) = names_in(parent, file_system) {
        return best(file_name, names, |name| holds(&parent.join(name)))
            .map(|name| parent.join(name));
    }
    let (grandparent, directory) = (parent.parent()?, parent.file_name()?);
    let names = names_in(grandparent, file_system)?;
    let holds_it = |name: &OsStr| holds(&grandparent.join(name).join(file_name));
    best(directory, names, holds_it).map(|name| grandparent.join(name).join(file_name))
}

fn names_in(directory: &Path, file_system: &dyn FileSystem) -> Option<Vec<OsString>> {
    let entries = file_system.list(directory).found()?;
    Some(entries.into_iter().map(|entry| entry.name).collect())
}

/// The name that shares the most with `wanted`, at least half of it, among those that will do.
fn best(
    wanted: &OsStr,
    names: Vec<OsString>,
    will_do: impl Fn(&OsStr) -> bool,
) -> Option<OsString> {
    let likeness = |name: &OsStr| {
        let (name, wanted) = (name.as_bytes(), wanted.as_bytes());
        let prefix = name.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        let suffix = name.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| a == b).count();
        (prefix + suffix).min(wanted.len())
    };
    let like = names.into_iter().map(|name| (likeness(&name), name));
    let mut like: Vec<_> = like.filter(|(shared, _)| shared * 2 >= wanted.len()).collect();
    // To see whether one will do, it is read.
    like.sort_by_key(|(shared, name)| Reverse((*shared, Reverse(name.len()))));
    like.into_iter().map(|(_, name)| name).take(MOST_READ).find(|name| will_do(name))
}
