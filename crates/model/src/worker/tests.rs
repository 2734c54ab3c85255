//! What the workers may look at, by who they are and what a file's mode says.

use std::path::Path;

use super::{Barrier, May, Permission, Worker};
use crate::{Config, FileSystem, Memory, load};

const ACCOUNTS: &str = "root:x:0:0::/:/bin/sh\nwww:x:33:33::/:/bin/sh\n";
const GROUPS: &str = "root:x:0:\nwww:x:33:\nstaff:x:50:nobody,www\nother:x:60:nobody\n";

fn machine(user: &str) -> Memory {
    Memory::new()
        .file("/etc/nginx/nginx.conf", format!("{user} events {{ }}\n"))
        .file("/etc/passwd", ACCOUNTS)
        .file("/etc/group", GROUPS)
}

/// What the workers may do with a file of this owner and mode.
fn may(user: &str, (uid, gid): (u32, u32), mode: u32, permission: Permission) -> May {
    let machine = machine(user).file("/file", "").owner("/file", uid, gid).mode("/file", mode);
    let sources = load(&["/etc/nginx/nginx.conf".into()], &machine);
    let config = Config::of(&sources[0]);
    let stat = machine.stat(Path::new("/file")).found().expect("it was just made");
    Worker::default().may(&config, &machine, &stat, permission)
}

#[test]
fn the_first_of_owner_group_and_others_decides() {
    for (user, owner, mode, expected) in [
        ("user www;", (33, 1), 0o400, May::Yes),
        ("user www;", (33, 33), 0o044, May::No),
        ("user www;", (1, 33), 0o040, May::Yes),
        ("user www;", (1, 33), 0o404, May::No),
        ("user www;", (1, 50), 0o040, May::Yes),
        ("user www;", (1, 50), 0o404, May::No),
        ("user www;", (1, 60), 0o404, May::Yes),
        ("user www;", (1, 60), 0o700, May::No),
        ("user www;", (1, 60), 0o003, May::No),
        ("user www other;", (1, 60), 0o040, May::Yes),
        ("user www other;", (1, 33), 0o004, May::Yes),
        ("user root;", (1, 1), 0, May::Yes),
    ] {
        let read = may(user, owner, mode, Permission::Read);
        assert_eq!(read, expected, "{user} {owner:?} {mode:o}");
    }
    assert_eq!(may("user www;", (1, 1), 0o001, Permission::Search), May::Yes);
    assert_eq!(may("user www;", (1, 1), 0o006, Permission::Search), May::No);
}

#[test]
fn what_the_mode_does_not_say_is_not_known() {
    // The bits for the group may be the mask of an access list.
    assert_eq!(may("user www;", (1, 60), 0o040, Permission::Read), May::Perhaps);
    for user in ["", "user nobody;"] {
        assert_eq!(may(user, (1, 1), 0o444, Permission::Read), May::Yes, "{user}");
        for mode in [0o044, 0o404, 0o440] {
            assert_eq!(may(user, (1, 1), mode, Permission::Read), May::Perhaps, "{user} {mode:o}");
        }
    }
}

#[test]
fn the_first_directory_that_is_closed_is_the_barrier() {
    let machine = machine("user www;")
        .file("/open/file", "")
        .file("/shut/inside/file", "")
        .mode("/shut", 0o700)
        .mode("/shut/inside", 0o700)
        .file("/mask/file", "")
        .mode("/mask", 0o710)
        .owner("/mask", 1, 60)
        .link("/open/link", "/shut/inside/file")
        .link("/open/directory", "../shut/inside")
        .link("/open/loop", "loop");
    let sources = load(&["/etc/nginx/nginx.conf".into()], &machine);
    let config = Config::of(&sources[0]);
    let worker = Worker::default();
    let shut = |is_certain| Some(Barrier { directory: "/shut".into(), is_certain });
    for (path, expected) in [
        ("/open/file", None),
        ("/open/none", None),
        ("/open/", None),
        ("/shut", None),
        ("/shut/", None),
        ("/shut/inside/file", shut(true)),
        ("/shut/none", shut(true)),
        ("/open/../shut/none", shut(true)),
        ("/open/link", shut(true)),
        ("/open/directory", shut(true)),
        ("/open/directory/file", shut(true)),
        ("/open/loop", None),
        ("/mask/file", Some(Barrier { directory: "/mask".into(), is_certain: false })),
    ] {
        // It is asked twice, because the second time it is known.
        for _ in 0..2 {
            assert_eq!(worker.barrier(&config, &machine, Path::new(path)), expected, "{path}");
        }
    }
}

#[test]
fn a_path_has_no_more_links_than_linux_follows() {
    let chain = |links: usize| {
        let mut machine = machine("user www;").file("/shut/file", "").mode("/shut", 0o700);
        for number in 1..links {
            machine = machine.link(format!("/link{number}"), format!("/link{}", number + 1));
        }
        let machine = machine.link(format!("/link{links}"), "/shut/file");
        let sources = load(&["/etc/nginx/nginx.conf".into()], &machine);
        let config = Config::of(&sources[0]);
        Worker::default().barrier(&config, &machine, Path::new("/link1"))
    };
    assert!(chain(40).is_some());
    assert!(chain(41).is_none());
}
