//! The existing path most like one that is missing.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::FileSystem;

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

fn names_in(directory: &Path, file_system: &dyn FileSystem) -> Option<Vec<std::ffi::OsString>> {
    let entries = file_system.list(directory).found()?;
    Some(entries.into_iter().map(|entry| entry.name).collect())
}

/// The name that shares the most with `wanted`, at least half of it, among those that will do.
fn best(
    wanted: &OsStr,
    names: Vec<std::ffi::OsString>,
    will_do: impl Fn(&OsStr) -> bool,
) -> Option<std::ffi::OsString> {
    let likeness = |name: &OsStr| {
        let (name, wanted) = (name.as_bytes(), wanted.as_bytes());
        let prefix = name.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        let suffix = name.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| a == b).count();
        (prefix + suffix).min(wanted.len())
    };
    names
        .into_iter()
        .filter(|name| likeness(name) * 2 >= wanted.len() && will_do(name))
        .max_by_key(|name| (likeness(name), std::cmp::Reverse(name.len())))
}
