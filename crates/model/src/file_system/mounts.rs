//! Directories of a machine that lie elsewhere on this disk.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

/// A directory or file of a machine, and where it lies on this disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where it lies on this disk: absolute, without links.
    pub disk: PathBuf,
    /// Where the machine has it: absolute.
    pub machine: PathBuf,
}

/// All that is mounted on a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts(Vec<Mount>);

impl Mounts {
    /// Of two mounts, one inside of the other, the inner one counts.
    pub fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.machine.components().count()));
        Self(mounts)
    }

    /// Whether nothing is mounted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a path of the machine lies on this disk; `None` if it is in no mount.
    pub fn on_disk(&self, path: &Path) -> Option<PathBuf> {
        self.0.iter().find_map(|mount| moved(path, &mount.machine, &mount.disk))
    }

    /// What the machine calls a path of this disk; `None` if it does not have it.
    pub fn on_machine(&self, path: &Path) -> Option<PathBuf> {
        let moved = |mount: &Mount| moved(path, &mount.disk, &mount.machine);
        // Another mount may hide it.
        let is_seen = |machine: &PathBuf| self.on_disk(machine).as_deref() == Some(path);
        self.0.iter().filter_map(moved).find(is_seen)
    }

    /// Whether something is mounted below a directory of the machine.
    pub fn are_below(&self, directory: &Path) -> bool {
        self.0
            .iter()
            .any(|mount| mount.machine != directory && mount.machine.starts_with(directory))
    }

    /// The names in a directory of the machine below which something is mounted.
    pub(super) fn names_in<'m>(&'m self, directory: &Path) -> impl Iterator<Item = &'m OsStr> {
        let inside = self.0.iter().filter_map(move |mount| {
            mount.machine.strip_prefix(directory).ok()?.components().next()
        });
        inside.map(Component::as_os_str)
    }
}

fn moved(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let rest = path.strip_prefix(from).ok()?;
    // `join` with nothing would add a slash.
    Some(if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(pairs: &[(&str, &str)]) -> Mounts {
        let mount = |(disk, machine): &(&str, &str)| Mount {
            disk: PathBuf::from(disk),
            machine: PathBuf::from(machine),
        };
        Mounts::new(pairs.iter().map(mount).collect())
    }

    #[test]
    fn the_inner_mount_counts() {
        let mounts = mounts(&[("/srv/nginx", "/etc/nginx"), ("/srv/sites", "/etc/nginx/conf.d")]);
        let on_disk = |path: &str| mounts.on_disk(Path::new(path));
        assert_eq!(on_disk("/etc/nginx/nginx.conf"), Some("/srv/nginx/nginx.conf".into()));
        assert_eq!(on_disk("/etc/nginx/conf.d/a.conf"), Some("/srv/sites/a.conf".into()));
        assert_eq!(on_disk("/etc/nginx"), Some("/srv/nginx".into()));
        assert_eq!(on_disk("/etc/nginx2"), None);
        assert_eq!(on_disk("/etc"), None);
        let on_machine = |path: &str| mounts.on_machine(Path::new(path));
        assert_eq!(on_machine("/srv/sites/a.conf"), Some("/etc/nginx/conf.d/a.conf".into()));
        assert_eq!(on_machine("/srv/nginx"), Some("/etc/nginx".into()));
        assert_eq!(on_machine("/srv/nginx/conf.d/a.conf"), None);
    }

    #[test]
    fn directories_around_mounts_are_known() {
        let mounts = mounts(&[("/srv/nginx", "/etc/nginx"), ("/srv/tls", "/etc/ssl/private")]);
        assert!(mounts.are_below(Path::new("/")) && mounts.are_below(Path::new("/etc")));
        assert!(!mounts.are_below(Path::new("/etc/nginx")) && !mounts.are_below(Path::new("/e")));
        let names: Vec<_> = mounts.names_in(Path::new("/etc")).collect();
        assert_eq!(names, ["ssl", "nginx"]);
    }
}
