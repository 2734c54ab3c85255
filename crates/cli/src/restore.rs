//! `restore`: lists what was changed, and puts it back.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use fixer::write::{self, Action, Backup, Store};

use crate::{
    arguments::Restore,
    complain, exit,
    report::printable,
    writing::{WritingError, tell_of_recovery, time_as_name},
};

/// Lists the backups, or puts one back.
pub(crate) fn restore(arguments: &Restore) -> u8 {
    let Some(directory) = arguments.backups.directory() else {
        return complain(&WritingError::NoHome);
    };
    let done = match &arguments.backup {
        None => list_in(&directory),
        Some(wanted) => recovered(&directory).and_then(|store| put_back(&store, wanted)),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "error: {error}");
        exit::NOT_WRITTEN
    })
}

/// Lists what is in a directory. Nothing is made there, and what does not exist has no backups.
fn list_in(directory: &Path) -> write::Result<u8> {
    if !directory.exists() {
        return Ok(list(&[], directory));
    }
    let real = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    match write::finished(&real)? {
        Some(backups) => Ok(list(&backups, &real)),
        None => Ok(list(&recovered(&real)?.backups()?, &real)),
    }
}

/// A store without anything unfinished in it.
fn recovered(directory: &Path) -> write::Result<Store> {
    let store = Store::open(directory)?;
    tell_of_recovery(&store)?;
    Ok(store)
}

fn list(backups: &[Backup], directory: &Path) -> u8 {
    crate::write(io::stdout().lock(), |out| {
        if backups.is_empty() {
            return writeln!(out, "no backups in {}", printable::path(directory));
        }
        for backup in backups {
            let undone = if backup.is_undone { " (put back)" } else { "" };
            writeln!(out, "{}{undone}", backup.id)?;
            for (path, action) in &backup.files {
                let action = match action {
                    Action::Change => "changed",
                    Action::Create => "made",
                    Action::Remove => "removed",
                };
                writeln!(out, "  {action:8} {}", printable::path(path))?;
            }
        }
        writeln!(out, "put back with: nginx-acme-lint restore BACKUP (or `last`)")
    })
}

fn put_back(store: &Store, wanted: &str) -> write::Result<u8> {
    let backups = store.backups()?;
    let last = || backups.iter().rev().find(|backup| !backup.is_undone);
    let wanted = match last() {
        Some(last) if wanted == "last" => &last.id,
        _ => wanted,
    };
    let reversal = store.reversal(wanted)?;
    let written = store.write(&time_as_name(), &reversal)?;
    let id = written.id().to_owned();
    let leftover = written.keep()?;
    Ok(crate::write(io::stdout().lock(), |out| {
        for replacement in &reversal {
            let done = if replacement.after.is_some() { "put back" } else { "removed" };
            writeln!(out, "{done:8} {}", printable::path(&replacement.path))?;
        }
        if let Some(leftover) = leftover {
            writeln!(out, "note: {leftover}; the next run tidies it up")?;
        }
        writeln!(out, "test it with `nginx -t`, then reload nginx; this is backup {id}")
    }))
}
