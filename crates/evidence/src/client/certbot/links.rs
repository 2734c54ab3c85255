//! The links in `live/`: what certbot would find wrong with them, and what would mend them.

use std::{
    cmp::Reverse,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup};

use crate::{
    client::{Clients, FileFault, Lineage, Repair, certificate},
    content::{Content, Fault},
};

/// What keeps certbot from going on with the four files of a certificate
/// (`RenewableCert._check_symlinks`, `current_version`, `names`).
pub(super) fn faults(
    lineage: &Lineage,
    file_system: &dyn FileSystem,
    clients: &Clients,
) -> Vec<(PathBuf, FileFault)> {
    let fault = |(kind, path): (&str, Option<&Path>)| {
        let path = path?;
        let fault = fault(kind, path, file_system).or_else(|| {
            let is_empty = kind == "cert" && has_no_certificate(path, file_system, clients);
            is_empty.then_some(FileFault::NoCertificate)
        })?;
        Some((path.to_owned(), fault))
    };
    lineage.files.kinds().into_iter().filter_map(fault).collect()
}

fn fault(kind: &str, path: &Path, file_system: &dyn FileSystem) -> Option<FileFault> {
    match file_system.readlink(path) {
        Lookup::Unknowable(_) => None,
        Lookup::Found(target) => match file_system.stat(path) {
            Lookup::Absent => Some(FileFault::Dangling(target)),
            Lookup::Found(_) if number_of_target(kind, &target).is_none() => {
                Some(FileFault::WithoutNumber(target))
            }
            _ => None,
        },
        Lookup::Absent => match file_system.stat(path) {
            Lookup::Found(stat) => Some(FileFault::NoLink(stat.kind)),
            Lookup::Absent => Some(FileFault::Missing),
            Lookup::Unknowable(_) => None,
        },
    }
}

fn number_of_target(kind: &str, target: &Path) -> Option<u64> {
    number(kind, target.file_name()?.to_str()?)
}

/// The number of a file in the archive.
fn number(kind: &str, name: &str) -> Option<u64> {
    let digits = name.strip_prefix(kind)?.strip_suffix(".pem")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Whether a file certainly begins with no certificate that could be read.
fn has_no_certificate(path: &Path, file_system: &dyn FileSystem, clients: &Clients) -> bool {
    let Lookup::Found(bytes) = file_system.read(path) else { return false };
    let content = Content::of(&bytes, &clients.pool);
    match content.chain() {
        Ok(_) | Err(Fault::NotUnderstood { .. }) => false,
        // What is wrong further down is not read.
        Err(Fault::Damaged { line, .. }) => {
            content.labels().next().is_some_and(|first| first == ("CERTIFICATE", *line))
        }
        Err(Fault::NotPem(_) | Fault::OtherBlocks(_)) => true,
    }
}

/// What makes the links good again, and loses no file; `None` if that cannot be known.
pub(super) fn repair(
    lineage: &Lineage,
    file_system: &dyn FileSystem,
    clients: &Clients,
) -> Option<Repair> {
    let Lineage { files, faults, .. } = lineage;
    let has_only = |wanted: &FileFault| faults.iter().all(|(_, fault)| fault == wanted);
    if has_only(&FileFault::NoCertificate) {
        let fullchain = files.fullchain.as_deref();
        let is_there =
            fullchain.is_some_and(|path| certificate(path, file_system, clients).is_some());
        return Some(if is_there { Repair::FromFullchain } else { Repair::Anew });
    }
    let archive = files.archive.as_deref()?;
    let entries = match file_system.list(archive) {
        Lookup::Found(entries) => entries,
        Lookup::Absent => Vec::new(),
        Lookup::Unknowable(_) => return None,
    };
    let names: Vec<_> = entries.iter().filter_map(|entry| entry.name.to_str()).collect();
    let numbers = |kind: &str| {
        let mut numbers: Vec<_> = names.iter().filter_map(|name| number(kind, name)).collect();
        numbers.sort_by_key(|number| Reverse(*number));
        numbers
    };
    let kinds = files.kinds().map(|(kind, path)| (kind, path, numbers(kind)));
    let is_in_archive = |path: &Path| {
        let kind = kinds.iter().find(|(_, of_kind, _)| *of_kind == Some(path));
        kind.is_some_and(|(kind, _, numbers)| {
            let mut kept = numbers.iter().map(|number| archive.join(format!("{kind}{number}.pem")));
            kept.any(|kept| is_same(path, &kept, file_system))
        })
    };
    let is_kept = faults.iter().all(|(path, fault)| match fault {
        FileFault::Missing | FileFault::Dangling(_) | FileFault::NoCertificate => true,
        FileFault::NoLink(_) | FileFault::WithoutNumber(_) => is_in_archive(path),
    });
    let is_file = |path: &Path| matches!(file_system.stat(path), Lookup::Found(stat) if stat.kind == FileKind::File);
    let is_whole = |number: &&u64| kinds.iter().all(|(_, _, numbers)| numbers.contains(number));
    let newest = kinds[0].2.iter().find(is_whole).filter(|_| is_kept);
    let last = kinds.iter().filter_map(|(_, _, numbers)| numbers.first()).max();
    Some(if let Some(&newest) = newest {
        Repair::Link(newest)
    } else if kinds.iter().all(|(_, path, _)| path.is_some_and(is_file)) {
        Repair::Keep(last.map_or(1, |last| last.saturating_add(1)))
    } else {
        Repair::Anew
    })
}

/// Whether two files certainly hold the same.
fn is_same(one: &Path, other: &Path, file_system: &dyn FileSystem) -> bool {
    let size = |path| file_system.stat(path).found().map(|stat| stat.size);
    if size(one) != size(other) {
        return false;
    }
    let mut is_same = false;
    let _ = file_system.read_secret(one, &mut |one| {
        let _ = file_system.read_secret(other, &mut |other| is_same = one == other);
    });
    is_same
}
