//! Which settings file is meant.

use std::{
    env, fs, io,
    path::{Component, Path, PathBuf},
};

use super::SettingsError;
use crate::{arguments::Machine, installed};

/// What settings files are called.
pub(super) const NAMES: [&str; 2] = ["nginx-acme-lint.toml", ".nginx-acme-lint.toml"];

/// The settings file for what is linted: the nearest one from there upwards, which has to be the same
/// for all of the paths. Without a path it is that of the current directory, or else that of the
/// installed configuration.
///
/// # Errors
///
/// If that is not one file, or cannot be found out.
pub(super) fn for_paths(
    paths: &[PathBuf],
    machine: &Machine,
) -> Result<Option<PathBuf>, SettingsError> {
    let [first, others @ ..] = paths else { return without_path(machine) };
    let of_path = |path: &Path| nearest(&absolute(&machine.on_disk(path)));
    let found = of_path(first)?;
    for other in others {
        let of_other = of_path(other)?;
        if of_other != found {
            return Err(SettingsError::Several([
                (first.clone(), found),
                (other.clone(), of_other),
            ]));
        }
    }
    Ok(found)
}

fn without_path(machine: &Machine) -> Result<Option<PathBuf>, SettingsError> {
    if let Some(root) = &machine.root {
        return nearest(&absolute(root));
    }
    if let Ok(current) = env::current_dir()
        && let Some(found) = nearest(&current)?
    {
        return Ok(Some(found));
    }
    installed::directory(Path::is_dir).map_or(Ok(None), nearest)
}

/// The path from `/`, without `..` if the file system knows where that leads.
fn absolute(path: &Path) -> PathBuf {
    if path.components().any(|part| part == Component::ParentDir)
        && let Ok(real) = fs::canonicalize(path)
    {
        return real;
    }
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The settings file in a directory, or in the nearest one around it that has any.
fn nearest(start: &Path) -> Result<Option<PathBuf>, SettingsError> {
    for directory in start.ancestors() {
        let mut found = Vec::new();
        for path in NAMES.map(|name| directory.join(name)) {
            match fs::symlink_metadata(&path) {
                Ok(_) => found.push(path),
                Err(error) if is_nothing(&error) => {}
                Err(error) => return Err(SettingsError::Unreadable(path, error)),
            }
        }
        if found.len() > 1 {
            return Err(SettingsError::Twice(directory.to_owned()));
        }
        if let Some(path) = found.pop() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Whether there is certainly no such file: a path may go through a file, or be too long to be one.
fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}
