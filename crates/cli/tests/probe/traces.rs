//! That nothing is left behind, however it ends.

use std::{
    fs,
    os::unix::{fs::symlink, process::ExitStatusExt},
    process::{Child, ExitStatus},
    thread,
    time::Duration,
};

use machine::Nginx;

use crate::site::{Live, Site, children, send};

/// A site whose challenges are handed to a program that never answers.
const SLOW: &str = "
    server {
        listen 80;
        server_name slow.example.com;
        location /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:9999; }
    }
    server { listen 80; server_name example.com; root /var/www/html; }";

/// It takes connections, and says nothing.
const SILENT: &str = "import socket, time\n\
    s = socket.socket(); s.bind(('127.0.0.1', 9999)); s.listen(64); time.sleep(600)";

const WEB_ROOT: &str = "
[[directory]]
path = \"var/www/html\"
owner = \"www-data\"
";

const ARGUMENTS: [&str; 4] =
    ["--webroot", "slow.example.com=/var/www/html", "--webroot", "example.com=/var/www/html"];

/// Starts the program, and waits until it has put a token on disk.
fn started(live: &Live<'_>) -> Child {
    started_with(live, &ARGUMENTS)
}

fn started_with(live: &Live<'_>, arguments: &[&str]) -> Child {
    let mut child = live.start().args(arguments).spawn().expect("it starts");
    for _ in 0..500 {
        if is_there(live) {
            return child;
        }
        assert_eq!(child.try_wait().expect("it was started here"), None, "it has ended");
        thread::sleep(Duration::from_millis(10));
    }
    panic!("no token is written");
}

fn is_there(live: &Live<'_>) -> bool {
    let directory = live.path("/var/www/html/.well-known/acme-challenge");
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some())
}

fn end(mut child: Child, signal: &str) -> ExitStatus {
    let inside = children(&child);
    assert_eq!(inside.len(), 1);
    assert!(send(signal, &inside[0]));
    child.wait().expect("it was started here")
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    let _silent = live.beside("/usr/bin/python3", &["-c", SILENT], 9999);
    let before = live.things();
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1), ("-QUIT", 3)] {
        let child = started(&live);
        let status = end(child, signal);
        // `nsenter` ends as its child does.
        let code = status.signal().unwrap_or_else(|| status.code().unwrap_or(0) - 128);
        assert_eq!(code, number, "{signal}: {status}");
        assert_eq!(live.things(), before, "{signal}");
    }
}

#[test]
fn what_a_killed_run_has_left_is_removed_by_the_next_one_which_says_so() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Current);
    let silent = live.beside("/usr/bin/python3", &["-c", SILENT], 9999);
    let before = live.things();
    end(started(&live), "-KILL");
    assert!(is_there(&live));
    drop(silent);
    let told = live.lint(&ARGUMENTS);
    assert!(told.err.contains("note: an earlier run was killed and had left /var/www/html/.well-known/acme-challenge/nginx-acme-lint-"), "{}", told.err);
    assert_eq!(live.things(), before);
    let told = live.lint(&ARGUMENTS);
    assert!(!told.err.contains("earlier run"), "{}", told.err);
    assert_eq!(live.things(), before);
}

#[test]
fn what_is_not_where_a_killed_run_had_put_it_is_kept_in_mind_until_it_is_back() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    let silent = live.beside("/usr/bin/python3", &["-c", SILENT], 9999);
    let before = live.things();
    end(started(&live), "-KILL");
    drop(silent);
    let (well_known, aside) =
        (live.path("/var/www/html/.well-known"), live.path("/var/www/html/aside"));
    let rename = |from, to| fs::rename(from, to).expect("the machine is ours");
    rename(&well_known, &aside);
    symlink("aside", &well_known).expect("the machine is ours");
    for _ in 0..2 {
        let told = live.lint(&ARGUMENTS);
        assert!(told.err.contains("its directory is not where it was"), "{}", told.err);
        assert!(!told.err.contains("removed now"), "{}", told.err);
    }
    fs::remove_file(&well_known).expect("the machine is ours");
    rename(&aside, &well_known);
    assert!(is_there(&live));
    let told = live.lint(&ARGUMENTS);
    assert!(told.err.contains("it is removed now"), "{}", told.err);
    assert_eq!(live.things(), before);
    assert_eq!(live.lint(&ARGUMENTS).err, "");
}

#[test]
fn killed_at_any_instant_it_leaves_nothing_that_the_next_run_does_not_remove() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    live.lint(&ARGUMENTS[2..]);
    let before = live.things();
    fastrand::seed(20_261_122);
    for number in 0..25 {
        let mut command = live.start();
        let child = command.args(&ARGUMENTS[2..]).spawn().expect("it starts");
        thread::sleep(Duration::from_micros(fastrand::u64(0..60_000)));
        let mut child = child;
        for process in children(&child) {
            send("-KILL", &process);
        }
        let _ = child.wait();
        let told = live.lint(&ARGUMENTS[2..]);
        assert_eq!(live.things(), before, "kill {number}: {}", told.err);
    }
}

#[test]
fn two_runs_at_once_leave_nothing_either() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    let before = live.things();
    let runs = [(); 4].map(|()| {
        let mut command = live.start();
        command.args(&ARGUMENTS[2..]).spawn().expect("it starts")
    });
    for mut run in runs {
        assert_eq!(run.wait().expect("it was started here").code(), Some(0));
    }
    assert_eq!(live.things(), before);
}

#[test]
fn links_that_the_owner_of_a_web_root_has_planted_are_not_followed() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    live.write("/srv/elsewhere/acme-challenge/.keep", "");
    let well_known = live.path("/var/www/html/.well-known");
    symlink("/srv/elsewhere", &well_known).expect("the machine is ours");
    let before = live.things();
    let told = live.lint(&ARGUMENTS[2..]);
    let words = ["/var/www/html", ".well-known is a symbolic link, and none is followed"];
    told.says("probe-token-not-written", &words);
    assert_eq!(told.code, Some(2), "{}", told.out);
    assert!(told.out.contains("1 not asked (first: example.com:"), "{}", told.out);
    assert_eq!(live.things(), before);
    // One level further down, and a file in place of a directory.
    fs::remove_file(&well_known).expect("it is ours");
    fs::create_dir(&well_known).expect("it is ours");
    symlink("/srv/elsewhere", well_known.join("acme-challenge")).expect("it is ours");
    let before = live.things();
    live.lint(&ARGUMENTS[2..]).says("probe-token-not-written", &["is a symbolic link"]);
    assert_eq!(live.things(), before);
    fs::remove_file(well_known.join("acme-challenge")).expect("it is ours");
    fs::write(well_known.join("acme-challenge"), "").expect("it is ours");
    live.lint(&ARGUMENTS[2..]).says("probe-token-not-written", &["is no directory"]);
    // The web root itself may be a link: that is for who sets up the machine.
    fs::remove_dir_all(&well_known).expect("it is ours");
    symlink("html", live.path("/var/www/current")).expect("it is ours");
    let before = live.things();
    let told = live.lint(&["--webroot", "example.com=/var/www/current"]);
    told.ends("probed: 1 passes, 1 without a token to fetch", 0);
    assert_eq!(live.things(), before);
}

#[test]
fn who_may_not_write_is_told_who_may() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    fs::create_dir(live.path("/tmp/nginx-acme-lint")).expect("it is ours");
    std::os::unix::fs::chown(live.path("/tmp/nginx-acme-lint"), Some(65534), Some(65534))
        .expect("this is root");
    let before = live.things();
    let told = live.lint_as_user(&ARGUMENTS[2..]);
    told.says("probe-token-not-written", &["permission denied"]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert_eq!(live.things(), before);
    // A web root of one's own will do.
    std::os::unix::fs::chown(live.path("/var/www/html"), Some(65534), Some(65534))
        .expect("this is root");
    let before = live.things();
    live.lint_as_user(&ARGUMENTS[2..]).ends("probed: 1 passes, 1 without a token to fetch", 0);
    assert_eq!(live.things(), before);
    let told = live.lint(&["--webroot", "example.com=/var/www/gone"]);
    told.says("probe-token-not-written", &["there is no /var/www/gone"]);
}

#[test]
fn a_token_is_made_as_the_client_makes_it() {
    let site = Site::new(SLOW, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    let _silent = live.beside("/usr/bin/python3", &["-c", SILENT], 9999);
    let child = started(&live);
    let things: Vec<_> = live.things().into_iter().filter(|one| one.contains("/html")).collect();
    end(child, "-TERM");
    let ends = |words: &str| things.iter().any(|thing| thing.ends_with(words));
    assert!(ends("/var/www/html 755 33"), "{things:?}");
    // certbot gives directories to the owner of the web root, and keeps the file.
    assert!(ends("/.well-known 755 33"), "{things:?}");
    assert!(ends("/.well-known/acme-challenge 755 33"), "{things:?}");
    let tokens: Vec<_> =
        things.iter().filter(|thing| thing.contains("/nginx-acme-lint-")).collect();
    assert_eq!(tokens.len(), 1, "{things:?}");
    assert!(tokens[0].ends_with(" 644 0"), "{things:?}");
    // acme.sh gives away the file as well.
    live.write(
        "/root/.acme.sh/slow.example.com/slow.example.com.conf",
        "Le_Domain='slow.example.com'\nLe_Alt='no'\nLe_Webroot='/var/www/html'\n",
    );
    live.write("/root/.acme.sh/account.conf", "");
    let child = started_with(&live, &[]);
    let things: Vec<_> = live.things().into_iter().collect();
    end(child, "-TERM");
    let token = things.iter().find(|thing| thing.contains("/acme-challenge/nginx-acme-lint-"));
    assert!(token.is_some_and(|token| token.ends_with(" 644 33")), "{things:?}");
}
