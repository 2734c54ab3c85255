//! The account that nginx's workers run under, and what it may look at.

use std::{
    collections::VecDeque,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    config::Config,
    directive_table::{Context, name},
    file_system::{FileKind, FileSystem, Lookup, Stat},
};

/// How many links Linux follows in one path.
const MOST_LINKS: usize = 40;

/// What is known of the workers' account. It is looked up when it is first asked for, and the file
/// system is taken to stay as it is.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    account: OnceLock<Option<Account>>,
    /// Directories, free of links, that the workers may search, as they may those around them.
    searched: Mutex<FxHashSet<PathBuf>>,
    /// What keeps them from what lies in a directory, by the bytes of its path.
    barriers: Mutex<FxHashMap<Vec<u8>, Option<Barrier>>>,
}

/// Whether the workers may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    Yes,
    No,
    /// The account is not known, or an access list may say otherwise.
    Perhaps,
}

/// What keeps the workers away from a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Barrier {
    /// The directory that they may not search.
    pub(crate) directory: PathBuf,
    /// Whether that is certain.
    pub(crate) is_certain: bool,
}

#[derive(Clone, Debug)]
struct Account {
    uid: u32,
    gids: Vec<u32>,
}

/// What is asked of a file's mode, as its bit for others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Permission {
    Read = 4,
    Search = 1,
}

/// How far a way is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// To the entry in its directory.
    Entry,
    /// To where the entry leads, if it is a link.
    Followed,
}

impl Worker {
    /// Whether the workers may do this with a file or directory that they can reach.
    pub(crate) fn may(
        &self,
        config: &Config<'_>,
        file_system: &dyn FileSystem,
        stat: &Stat,
        permission: Permission,
    ) -> May {
        let bit = permission as u32;
        let (owner, group, others) =
            (stat.mode & (bit << 6) != 0, stat.mode & (bit << 3) != 0, stat.mode & bit != 0);
        let certain = |may: bool| if may { May::Yes } else { May::No };
        let account = self.account.get_or_init(|| Account::of(config, file_system));
        match account {
            None if owner && group && others => May::Yes,
            None => May::Perhaps,
            Some(account) if account.uid == 0 => May::Yes,
            Some(account) if account.uid == stat.uid => certain(owner),
            Some(account) if account.gids.contains(&stat.gid) => certain(group),
            Some(_) if others => May::Yes,
            // An access list can give no more than the bits for the group show.
            Some(_) if group => May::Perhaps,
            Some(_) => May::No,
        }
    }

    /// The first directory on the way to a path, links followed, that the workers may not search.
    /// What is not there, and what cannot be looked at, is none.
    pub(crate) fn barrier(
        &self,
        config: &Config<'_>,
        file_system: &dyn FileSystem,
        path: &Path,
    ) -> Option<Barrier> {
        let account = self.account.get_or_init(|| Account::of(config, file_system));
        if account.as_ref().is_some_and(|account| account.uid == 0) {
            return None;
        }
        let bytes = path.as_os_str().as_bytes();
        let end = bytes.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        let directory = memchr::memrchr(b'/', &bytes[..end]).map_or(0, |slash| slash + 1);
        let directory = &bytes[..directory];
        let known = self.barriers().get(directory).cloned();
        let barrier = known.unwrap_or_else(|| {
            let barrier = self.walk(config, file_system, path, End::Entry);
            self.barriers().insert(directory.to_vec(), barrier.clone());
            barrier
        });
        // A link at the end leads somewhere else.
        if barrier.is_none() && matches!(file_system.readlink(path), Lookup::Found(_)) {
            return self.walk(config, file_system, path, End::Followed);
        }
        barrier
    }

    /// The same, gone step by step.
    fn walk(
        &self,
        config: &Config<'_>,
        file_system: &dyn FileSystem,
        path: &Path,
        end: End,
    ) -> Option<Barrier> {
        // Most of the way is that of the path before.
        let known = path.ancestors().skip(1).find(|directory| self.is_searched(directory));
        let known = known.unwrap_or(Path::new("/"));
        let mut directory = known.to_path_buf();
        let mut steps: VecDeque<Vec<u8>> =
            steps(path.strip_prefix(known).unwrap_or(path)).collect();
        let mut links = 0;
        while let Some(step) = steps.pop_front() {
            match step.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    directory.pop();
                    continue;
                }
                _ => {}
            }
            if !self.is_searched(&directory) {
                let Lookup::Found(stat) = file_system.stat(&directory) else { return None };
                if stat.kind != FileKind::Directory {
                    return None;
                }
                match self.may(config, file_system, &stat, Permission::Search) {
                    May::Yes => {}
                    may => return Some(Barrier { directory, is_certain: may == May::No }),
                }
                self.add_searched(&directory);
            }
            let is_end = steps.iter().all(|step| matches!(step.as_slice(), b"" | b"."));
            if is_end && end == End::Entry {
                return None;
            }
            directory.push(OsStr::from_bytes(&step));
            if self.is_searched(&directory) {
                continue;
            }
            if let Lookup::Found(target) = file_system.readlink(&directory) {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                directory.pop();
                if target.is_absolute() {
                    directory = PathBuf::from("/");
                }
                for step in self::steps(&target).rev() {
                    steps.push_front(step);
                }
            }
        }
        None
    }

    fn barriers(&self) -> MutexGuard<'_, FxHashMap<Vec<u8>, Option<Barrier>>> {
        self.barriers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_searched(&self, directory: &Path) -> bool {
        self.searched.lock().unwrap_or_else(PoisonError::into_inner).contains(directory)
    }

    fn add_searched(&self, directory: &Path) {
        let mut searched = self.searched.lock().unwrap_or_else(PoisonError::into_inner);
        searched.insert(directory.to_path_buf());
    }
}

impl Account {
    /// The account that `user` names, as `ngx_set_user` and `initgroups` look it up; `None` where
    /// the build of nginx decides, and where the accounts are not in the usual files.
    fn of(config: &Config<'_>, file_system: &dyn FileSystem) -> Option<Self> {
        let directive =
            config.roots_in(Context::Main).find(|directive| directive.name() == name::USER)?;
        let user = directive.arg(0)?;
        let group = directive.arg(1).unwrap_or_else(|| user.clone());
        let users = file_system.read(Path::new("/etc/passwd")).found()?;
        let uid = number(&fields_of(&users, &user)?, 2)?;
        let groups = file_system.read(Path::new("/etc/group")).found()?;
        let mut gids = vec![number(&fields_of(&groups, &group)?, 2)?];
        for line in groups.split(|&byte| byte == b'\n') {
            let fields: Vec<_> = line.split(|&byte| byte == b':').collect();
            let members = fields.get(3).copied().unwrap_or_default();
            if members.split(|&byte| byte == b',').any(|member| *member == *user) {
                gids.extend(number(&fields, 2));
            }
        }
        Some(Self { uid, gids })
    }
}

/// The fields of the line that starts with this name.
fn fields_of<'t>(text: &'t [u8], name: &[u8]) -> Option<Vec<&'t [u8]>> {
    let lines = text.split(|&byte| byte == b'\n');
    let mut lines = lines.map(|line| line.split(|&byte| byte == b':').collect::<Vec<_>>());
    lines.find(|fields| fields[0] == name)
}

fn number(fields: &[&[u8]], at: usize) -> Option<u32> {
    std::str::from_utf8(fields.get(at)?).ok()?.parse().ok()
}

fn steps(path: &Path) -> impl DoubleEndedIterator<Item = Vec<u8>> {
    path.as_os_str().as_bytes().split(|&byte| byte == b'/').map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests;
