//! The output of real `nginx -T` says the same as the files on disk.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use machine::{Machine, Nginx};
use serde_json::Value;

use crate::program::{Ran, Tree, each, main_with, taken};

/// Of all machines, one in so many is tried.
const ONE_IN: u64 = 13;

/// What rules say that look at the disk.
const NEEDS_DISK: [&str; 11] = [
    "acme-",
    "certificate-",
    "challenge-directory-",
    "challenge-inserted-",
    "dh-parameters-",
    "include-matches-nothing",
    "must-staple-",
    "renewal-",
    "standalone-",
    "stapling-",
    "upstream-certificate-",
];

#[test]
fn what_nginx_prints_is_the_configuration() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut directories = Vec::new();
    for rule in entries(&fixtures) {
        for kind in entries(&rule) {
            directories.extend(entries(&kind));
        }
    }
    let mut problems = Vec::new();
    let mut compared = 0;
    for directory in &directories {
        let name = directory.strip_prefix(&fixtures).expect("it is one of them");
        // The same ones however many others there are.
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let number = hasher.finish();
        if !number.is_multiple_of(ONE_IN) {
            continue;
        }
        let machine = Machine::build(directory).expect("the fixtures are tested elsewhere");
        let nginx = Nginx::ALL[usize::from(number.is_multiple_of(2))];
        let dump = machine.nginx_dump(nginx).expect("nginx can be run");
        if dump.accepted {
            compared += 1;
            if let Err(problem) = compare(&machine, &dump.output) {
                problems.push(format!("{} ({nginx}): {problem}", directory.display()));
            }
        }
    }
    assert!(compared > 30, "only {compared} machines were compared");
    assert!(problems.is_empty(), "{} of {compared}:\n{}", problems.len(), problems.join("\n"));
}

/// With the disk beside it, the output makes the report of the disk; without it, whatever needs no
/// disk is the same.
fn compare(machine: &Machine, dump: &[u8]) -> Result<(), String> {
    let settings = &machine.fixture().run;
    let root = machine.root();
    let root = root.to_str().expect("it is ASCII");
    let main = format!("/{}", settings.main.trim_start_matches('/'));
    let now = settings.now.as_deref().unwrap_or("2026-03-01");
    let arguments = ["--format", "json", "--fix", "--now", now];
    let run = |more: &[&str], input: &[u8]| {
        Tree::new().run_with(&[&arguments[..], more].concat(), input).json()
    };
    let on_disk = run(&["--root", root, &main], b"");
    let beside_disk = run(&["--root", root, "-"], dump);
    let alone = run(&["-"], dump);

    let files = |report: &Value| {
        let all = each(&report["configurations"]).iter().flat_map(|one| each(&one["files"]));
        let mut files: Vec<_> = all.map(|file| file["file"].to_string()).collect();
        files.sort();
        files
    };
    // A link and the file that it leads to are two files in the output.
    let has_links = on_disk.to_string().contains("\"target\"");
    for (name, other) in [("with its disk", &beside_disk), ("alone", &alone)] {
        if other["configurations"].as_array().map(Vec::len) != Some(1) {
            return Err(format!("{name}: {}", other["not_read"]));
        }
        let (here, there) = (files(&on_disk), files(other));
        if !has_links && here != there {
            return Err(format!("{name}: the files are {there:?}, not {here:?}"));
        }
        let servers = |report: &Value| report["looked_at"]["servers"].clone();
        if servers(&on_disk) != servers(other) {
            return Err(format!("{name}: {} servers", servers(other)));
        }
    }
    let (here, there) = (told(&on_disk, |_| true), told(&beside_disk, |_| true));
    if here != there {
        return Err(format!("with its disk: {there:#?}, not {here:#?}"));
    }
    if !has_links && on_disk["patch"] != beside_disk["patch"] {
        return Err(format!("with its disk: the patch is {}", beside_disk["patch"]));
    }
    // What an ACME client keeps changes what is said of challenges, too.
    if !told(&on_disk, |rule| NEEDS_DISK.iter().any(|start| rule.starts_with(start))).is_empty() {
        return Ok(());
    }
    let needs_no_disk = |rule: &str| !NEEDS_DISK.iter().any(|start| rule.starts_with(start));
    let (here, there) = (told(&on_disk, needs_no_disk), told(&alone, needs_no_disk));
    // Where a name hangs on whether a file exists, nothing is said of it.
    let not_judged = |report: &Value| report["looked_at"]["names"]["not_judged"].as_u64();
    let is_silent = not_judged(&alone) > not_judged(&on_disk);
    if here != there && !(is_silent && there.iter().all(|said| here.contains(said))) {
        return Err(format!("alone: {there:#?}, not {here:#?}"));
    }
    Ok(())
}

/// What is said: the rule, its place and its message.
fn told(report: &Value, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let all = each(&report["diagnostics"]).iter();
    let wanted = all.filter(|one| wanted(one["rule"].as_str().unwrap_or("")));
    wanted
        .map(|one| format!("{} {} {} {}", one["rule"], one["file"], one["line"], one["message"]))
        .collect()
}

fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("the fixtures are ours").path());
    let mut paths: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

fn dump() -> String {
    format!(
        "# configuration file /etc/nginx/nginx.conf:\n{}\n\
         # configuration file /etc/nginx/conf.d/shop.conf:\n{}\n",
        main_with("conf.d/*.conf"),
        taken("shop.example.com")
    )
}

#[test]
fn a_file_is_as_good_as_a_pipe() {
    let tree = Tree::new().file("dump.txt", dump());
    let from_file = tree.run(&["dump.txt"]);
    let from_pipe = tree.run_with(&["-"], dump().as_bytes());
    assert_eq!((from_file.code, &from_file.out), (1, &from_pipe.out));
    assert!(from_file.out.contains("/etc/nginx/conf.d/shop.conf:4:5"), "{}", from_file.out);
    assert!(from_file.out.ends_with("looked at 2 files, 1 server; names: 1 fails\n"));
}

#[test]
fn a_patch_has_the_paths_of_the_machine_and_is_not_written_here() {
    let tree = Tree::new().file("dump.txt", dump());
    let patch = tree.run(&["--fix", "dump.txt"]).out;
    assert!(patch.starts_with("--- a/etc/nginx/conf.d/shop.conf\n"), "{patch}");
    for (arguments, word) in [
        (&["--fix", "--write", "--no-verify", "dump.txt"][..], "--write"),
        (&["--fix", "--write", "--no-verify", "-"], "--write"),
        (&["--letsencrypt-dir", "/etc/letsencrypt", "dump.txt"], "--root"),
    ] {
        let ran = tree.run_with(arguments, dump().as_bytes());
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
        assert!(ran.err.contains(word), "{ran:?}");
    }
}

#[test]
fn several_machines_are_apart() {
    let tree = Tree::new().file("a.txt", dump()).file("b.txt", dump());
    let report = tree.run(&["--format", "json", "a.txt", "b.txt"]).json();
    assert_eq!(report["looked_at"]["configurations"], 2);
    assert_eq!(each(&report["diagnostics"]).len(), 2);
    let both = tree.run_with(&["-"], dump().repeat(2).as_bytes());
    assert_eq!(both.code, 2);
    assert!(both.out.contains("/etc/nginx/nginx.conf a second time"), "{both:?}");
}

#[test]
fn names_and_requests_are_told_of_it_as_well() {
    let tree = Tree::new();
    let names = tree.run_with(&["names", "-"], dump().as_bytes());
    assert!(names.out.contains("shop.example.com"), "{names:?}");
    let trace = ["trace", "--config", "-", "http://shop.example.com/"];
    assert!(tree.run_with(&trace, dump().as_bytes()).out.contains("404"));
}

#[test]
fn a_pipe_without_a_configuration_is_never_clean() {
    let refused = "nginx: [emerg] unknown directive \"x\" in /etc/nginx/nginx.conf:1\n";
    for (input, words) in [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("server { listen 80; }\n", "it is not the output of `nginx -T`"),
        (refused, "unknown directive"),
    ] {
        let check = |ran: &Ran| {
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.says(words), "{ran:?}");
        };
        check(&Tree::new().run_with(&["-"], input.as_bytes()));
        check(&Tree::new().run_with(&["--format", "json", "-"], input.as_bytes()));
    }
}

#[test]
fn a_dump_that_is_cut_off_is_never_clean() {
    let whole = dump();
    let cut = &whole[..whole.len() - 20];
    assert_eq!(Tree::new().run_with(&["-"], cut.as_bytes()).code, 2);
    let main = "# configuration file /x/nginx.conf:\nevents {}\nhttp { include gone; }\n\n";
    let ran = Tree::new().run_with(&["-"], main.as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.says("it is not in the output of nginx -T"), "{ran:?}");
    let without_head = whole.split_once('\n').expect("it has lines").1;
    let pasted = format!("$ nginx -T\n> {whole}");
    for (input, line) in [(without_head, "line 1 is of"), (&pasted, "line 3 is of")] {
        for command in [&["-"][..], &["names", "-"], &["--format", "json", "-"]] {
            let ran = Tree::new().run_with(command, input.as_bytes());
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.says(line) || ran.err.contains(line), "{ran:?}");
        }
    }
}

#[test]
fn a_dump_without_its_main_file_is_said_to_be_a_part() {
    let site = "# configuration file /etc/nginx/conf.d/a.conf:\nserver { listen 80; listen [::]:80; \
        server_name a.example.com; location / { return 200; } \
        location /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8080; } }\n\n";
    let words = "this is only a part of what nginx -T prints";
    for command in [&["-"][..], &["names", "-"], &["--format", "json", "-"]] {
        let ran = Tree::new().run_with(command, site.as_bytes());
        assert!(ran.says(words), "{ran:?}");
        assert!(!Tree::new().run_with(command, dump().as_bytes()).says(words), "{ran:?}");
    }
}

#[test]
fn what_windows_and_terminals_add_changes_nothing() {
    let mark = ["\u{feff}", &dump()].concat();
    let prompt = ["root@web1:~# cd /; nginx -T\n", &dump()].concat();
    let expected = Tree::new().run_with(&["-"], dump().as_bytes());
    let tree = Tree::new().file("mark.txt", &mark).file("prompt.txt", &prompt);
    for (path, text) in [("mark.txt", &mark), ("prompt.txt", &prompt)] {
        assert_eq!(tree.run_with(&["-"], text.as_bytes()).out, expected.out);
        assert_eq!(tree.run(&[path]).out, expected.out);
    }
}
