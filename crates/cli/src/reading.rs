//! Reads what is to be looked at: on a disk, in the output of `nginx -T`, from standard input.

use std::{
    env,
    io::{self, Read},
    path::{Path, PathBuf},
};

use evidence::client::Homes;
use model::{
    Disk, Dump, FileKind, FileSystem, LoadProblemKind, Lookup, Mounts, Overlay, Reason, Sources,
    load, load_dump,
};

use crate::{
    arguments::{Lint, Machine},
    inputs::{Inputs, STANDARD_INPUT, Stdin},
    lint::Settings,
};

/// What lies on one machine, as far as that can be looked at.
pub(crate) struct Group {
    /// Where everything is read from.
    pub file_system: Box<dyn FileSystem>,
    /// Whether `nginx -T` has printed the configurations.
    pub is_from_dump: bool,
    /// Whether there is nothing else.
    pub is_dump: bool,
    /// The configurations.
    pub sources: Vec<Sources>,
}

/// Each configuration, with how to lint those of its group.
pub(crate) fn each<'g, 'a>(
    settings: &'g [Settings<'a>],
    groups: &'g [Group],
) -> Vec<(&'g Settings<'a>, &'g Sources)> {
    let pairs = settings.iter().zip(groups);
    pairs
        .flat_map(|(settings, group)| group.sources.iter().map(move |one| (settings, one)))
        .collect()
}

/// What cannot be done with the output of `nginx -T`.
pub(crate) fn contradiction(groups: &[Group], arguments: &Lint) -> Option<&'static str> {
    let is_of_dump = groups.iter().any(|group| group.is_from_dump);
    if is_of_dump && arguments.writing.write {
        return Some(
            "--write writes files of this machine, not those in the output of nginx -T: print the \
             patch with --fix, and apply it where they are",
        );
    }
    let wants_disk = arguments.client.homes(&arguments.machine) != Homes::default();
    let is_without_disk = groups.iter().any(|group| group.is_dump);
    (wants_disk && is_without_disk).then_some(
        "--letsencrypt-dir and --acme-home lie on the disk of the machine, and the output of nginx \
         -T has none: name it with --root",
    )
}

/// Reads everything: what lies on the disk together, each output of `nginx -T` by itself.
pub(crate) fn read(inputs: &Inputs, machine: &Machine, mounts: &Mounts) -> Vec<Group> {
    let (mut plain, mut groups) = (Vec::new(), Vec::new());
    let mut overlay = None;
    for path in &inputs.paths {
        match &inputs.stdin {
            Some(Stdin::Dump) if path == Path::new(STANDARD_INPUT) => {
                groups.push(Group::of_dump(path, standard_input(), machine, mounts));
            }
            Some(Stdin::Text(file)) if path == file => match standard_input() {
                Ok(bytes) => {
                    overlay = Some(Overlay::new(machine.disk(mounts), path, bytes));
                    plain.push(path.clone());
                }
                Err(error) => groups.push(Group::unread(path, &error, machine, mounts)),
            },
            _ => match dump_at(path, &machine.disk(mounts)) {
                Some(bytes) => groups.push(Group::of_dump(path, Ok(bytes), machine, mounts)),
                None => plain.push(path.clone()),
            },
        }
    }
    if !plain.is_empty() {
        let file_system: Box<dyn FileSystem> = match overlay {
            Some(overlay) => Box::new(overlay),
            None => Box::new(machine.disk(mounts)),
        };
        let sources = load(&plain, &*file_system);
        groups.insert(0, Group { file_system, is_from_dump: false, is_dump: false, sources });
    }
    groups
}

impl Group {
    fn of_dump(
        path: &Path,
        bytes: io::Result<Vec<u8>>,
        machine: &Machine,
        mounts: &Mounts,
    ) -> Self {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => return Self::unread(path, &error, machine, mounts),
        };
        let is_dump = machine.is_this();
        let disk = (!is_dump).then(|| machine.disk(mounts));
        // It tells of relative paths only if nginx was given some, most likely in this directory.
        let base = env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        match Dump::read(&bytes, &base, disk) {
            Ok(dump) => {
                let sources = load_dump(&dump);
                Self { file_system: Box::new(dump), is_from_dump: true, is_dump, sources }
            }
            Err(error) => {
                let kind = LoadProblemKind::Foreign(error.to_string());
                let sources = vec![Sources::unread(path.to_owned(), kind)];
                Self {
                    file_system: Box::new(machine.disk(mounts)),
                    is_from_dump: true,
                    is_dump,
                    sources,
                }
            }
        }
    }

    fn unread(path: &Path, error: &io::Error, machine: &Machine, mounts: &Mounts) -> Self {
        let kind = LoadProblemKind::Unreadable(Reason::Other(error.to_string()));
        let sources = vec![Sources::unread(path.to_owned(), kind)];
        Self {
            file_system: Box::new(machine.disk(mounts)),
            is_from_dump: false,
            is_dump: false,
            sources,
        }
    }
}

/// The bytes of a file if they are the output of `nginx -T`.
fn dump_at(path: &Path, disk: &Disk) -> Option<Vec<u8>> {
    let Lookup::Found(stat) = disk.stat(path) else { return None };
    if stat.kind != FileKind::File {
        return None;
    }
    disk.read(path).found().filter(|bytes| Dump::is_one(bytes, path))
}

fn standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::from(u32::MAX);
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == limit {
        return Err(io::Error::other("it is 4 GiB or more"));
    }
    Ok(bytes)
}
