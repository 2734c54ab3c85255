//! The text of one file on standard input.

use crate::program::{Tree, each, main_with, taken};

fn tree() -> Tree {
    Tree::new().file("nginx/nginx.conf", main_with("conf.d/*.conf")).file(
        "nginx/conf.d/a.conf",
        "server { listen 80; server_name a.example.com; return 403; }\n",
    )
}

#[test]
fn the_text_takes_the_place_of_the_file() {
    let tree = tree();
    assert_eq!(tree.run(&["nginx/conf.d/a.conf"]).code, 0);
    let arguments = ["-", "--stdin-filename", "nginx/conf.d/a.conf", "--fix"];
    let ran = tree.run_with(&arguments, taken("a.example.com").as_bytes());
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("--- a/nginx/conf.d/a.conf\n"), "{ran:?}");
    assert!(ran.err.contains("nginx/conf.d/a.conf:4:5"), "{ran:?}");
    assert!(ran.err.ends_with("looked at 2 files, 1 server; names: 1 fails\n"), "{ran:?}");
}

#[test]
fn a_file_that_is_new_is_included_like_the_others() {
    let arguments = ["-", "--stdin-filename", "nginx/conf.d/new.conf", "--format", "json"];
    let report = tree().run_with(&arguments, taken("new.example.com").as_bytes()).json();
    let files = each(&report["configurations"][0]["files"]);
    let files: Vec<_> = files.iter().map(|file| file["file"].as_str().unwrap()).collect();
    let expected = ["nginx/nginx.conf", "nginx/conf.d/a.conf", "nginx/conf.d/new.conf"];
    assert_eq!(files, expected);
    assert_eq!(report["inputs"][0]["file"], "nginx/conf.d/new.conf");
}

#[test]
fn a_file_far_from_any_configuration_is_a_fragment() {
    let arguments = ["-", "--stdin-filename", "elsewhere/a.conf", "--format", "json"];
    let report = tree().run_with(&arguments, taken("a.example.com").as_bytes()).json();
    assert_eq!(report["configurations"][0]["is_fragment"], true);
    assert_eq!(each(&report["diagnostics"]).len(), 1);
}

#[test]
fn it_can_be_the_main_file() {
    let arguments = ["-", "--stdin-filename", "nginx/nginx.conf"];
    let ran = tree().run_with(&arguments, b"events {}\nhttp { include gone; }\n");
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("nginx/gone"), "{ran:?}");
}

#[test]
fn empty_text_says_so() {
    let ran = tree().run(&["-", "--stdin-filename", "nginx/conf.d/a.conf"]);
    assert!(ran.out.contains("looked at 2 files, 0 servers"), "{ran:?}");
    assert!(ran.out.contains("no name was judged"), "{ran:?}");
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    for (arguments, words) in [
        (&["-", "-"][..], "only once"),
        (&["--stdin-filename", "a.conf", "nginx"], "write - as the path"),
        (&["-", "--stdin-filename", "a", "--fix", "--write", "--no-verify"], "not standard input"),
        (&["trace", "--config", "-", "--requests", "-"], "only once"),
    ] {
        let ran = tree().run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
    }
}

#[test]
fn a_file_called_like_an_option_is_a_file() {
    let tree = Tree::new().file("--fix", taken("a.example.com")).file("-", taken("b.example.com"));
    assert!(tree.run(&["--", "--fix"]).out.contains("--fix:4:5"));
    assert!(tree.run(&["./-"]).out.contains("-:4:5"));
}
