//! `restore`: lists what was changed, and puts it back.

use std::io::{self, Write};

use fixer::write::{Action, Backup, Store};

use crate::{
    arguments::Restore,
    complain, exit,
    report::printable,
    write,
    writing::{WritingError, tell_of_recovery, time_as_name},
};

/// Lists the backups, or puts one back.
pub(crate) fn restore(arguments: &Restore) -> u8 {
    let Some(directory) = arguments.backups.directory() else {
        return complain(&WritingError::NoHome);
    };
    match &arguments.backup {
        // What does not exist has no backups, and listing makes nothing.
        None if !directory.exists() => list(&[], &printable::path(&directory)),
        wanted => {
            let done = Store::open(&directory).and_then(|store| {
                tell_of_recovery(&store)?;
                let backups = store.backups()?;
                match wanted {
                    None => Ok(list(&backups, &printable::path(store.directory()))),
                    Some(wanted) => put_back(&store, &backups, wanted),
                }
            });
            done.unwrap_or_else(|error| {
                let _ = writeln!(io::stderr(), "error: {error}");
                exit::NOT_WRITTEN
            })
        }
    }
}

fn list(backups: &[Backup], directory: &str) -> u8 {
    write(io::stdout().lock(), |out| {
        if backups.is_empty() {
            return writeln!(out, "no backups in {directory}");
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

fn put_back(store: &Store, backups: &[Backup], wanted: &str) -> fixer::write::Result<u8> {
    let last = || backups.iter().rev().find(|backup| !backup.is_undone);
    let wanted = match last() {
        Some(last) if wanted == "last" => &last.id,
        _ => wanted,
    };
    let reversal = store.reversal(wanted)?;
    let written = store.write(&time_as_name(), &reversal)?;
    let id = written.id().to_owned();
    let leftover = written.keep()?;
    Ok(write(io::stdout().lock(), |out| {
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
