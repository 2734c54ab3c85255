//! Follows symbolic links step by step, for the file systems in which the kernel does not do it.

use std::{
    collections::VecDeque,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{FileSystem, Lookup, Miss, Reason};

/// How many links Linux follows in one path.
const MOST_LINKS: usize = 40;

/// What stands at one step of a path.
pub(super) enum Entry {
    Link(PathBuf),
    Directory,
    Other,
}

/// What to do with a link at the very end of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// The path without links, `.` and `..` that an absolute path leads to; `entry` is asked about paths
/// whose directories are free of them already. `..` stays within the root.
pub(super) fn follow(
    path: &Path,
    last: Last,
    entry: impl Fn(&Path) -> Result<Entry, Miss>,
) -> Result<PathBuf, Miss> {
    let mut resolved = PathBuf::from("/");
    let mut in_directory = true;
    let mut links = 0;
    let mut steps: VecDeque<Vec<u8>> = steps(path).collect();
    while let Some(step) = steps.pop_front() {
        if !in_directory {
            return Err(Miss::Absent);
        }
        match step.as_slice() {
            b"" | b"." => continue,
            b".." => {
                resolved.pop();
                continue;
            }
            name => resolved.push(OsStr::from_bytes(name)),
        }
        match entry(&resolved)? {
            Entry::Link(_) if last == Last::Keep && steps.is_empty() => break,
            Entry::Link(target) => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Miss::Unknowable(Reason::LinkLoop));
                }
                if target.is_absolute() {
                    resolved = PathBuf::from("/");
                } else {
                    resolved.pop();
                }
                for step in self::steps(&target).rev() {
                    steps.push_front(step);
                }
            }
            Entry::Directory => {}
            Entry::Other => in_directory = false,
        }
    }
    Ok(resolved)
}

/// Where a path ends, links followed; what is not there is taken for what it is called.
pub fn real_path(path: &Path, file_system: &dyn FileSystem) -> Lookup<PathBuf> {
    let entry = |path: &Path| match file_system.readlink(path) {
        Lookup::Found(target) => Ok(Entry::Link(target)),
        // Or the file at the end, after which nothing comes.
        Lookup::Absent => Ok(Entry::Directory),
        Lookup::Unknowable(reason) => Err(Miss::Unknowable(reason)),
    };
    follow(path, Last::Follow, entry).into()
}

fn steps(path: &Path) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.as_os_str().as_bytes().split(|&byte| byte == b'/').map(<[u8]>::to_vec)
}
