//! One new file for what three or more servers need alike.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup, Sources, real_path};
use rules::{Applicability, Diagnostic, share};

/// The directory for it, beside the main file.
const DIRECTORY: &str = "snippets";

/// Its name in this directory.
const NAME: &str = "acme-challenge.conf";

/// Lets servers that need the same new location include it from one new file, as far as their fixes
/// can be trusted at least as far as `least`.
pub(crate) fn share_new_locations(
    sources: &Sources,
    file_system: &dyn FileSystem,
    diagnostics: &mut [Diagnostic],
    least: Applicability,
) {
    let argument = format!("{DIRECTORY}/{NAME}");
    let path = sources.conf_prefix().join(&argument);
    share(diagnostics, least, &argument, &path, || free_path(sources, file_system, &path));
}

/// The path without links at which a new file can be made that nothing includes yet; `None` if
/// something may be there, or nginx may look for it elsewhere.
fn free_path(sources: &Sources, file_system: &dyn FileSystem, path: &Path) -> Option<PathBuf> {
    let directory = path.parent()?;
    let is_no_link = |path: &Path| matches!(file_system.readlink(path), Lookup::Absent);
    let is_free = matches!(file_system.stat(path), Lookup::Absent)
        && is_no_link(path)
        && is_no_link(directory)
        && !sources.would_include(path);
    let is_in_place = match file_system.stat(directory) {
        Lookup::Found(stat) => stat.kind == FileKind::Directory,
        Lookup::Absent => true,
        Lookup::Unknowable(_) => false,
    };
    let prefix = real_path(sources.conf_prefix(), file_system).found()?;
    let names: [&OsStr; 2] = [directory.file_name()?, path.file_name()?];
    (is_free && is_in_place).then(|| prefix.join(names[0]).join(names[1]))
}
