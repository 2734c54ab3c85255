//! `merge`: one report of many hosts, and no host left out in silence.

use std::{env, fs, path::Path};

use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{BAD, Ended, GOOD, clean, ended, root_with, run, write};

/// The report of a host with this configuration, whatever it ends with.
fn report(configuration: &str) -> String {
    let root = root_with(configuration);
    let root = root.path().to_str().expect("the temporary directory has a plain name");
    // The directory has another name each time, and is no part of what is tested.
    run(&["--root", root, "--format", "json"]).out.replace(root, "/srv/host")
}

/// A directory with the reports of two hosts with the same mistake, and one without.
fn reports() -> TempDir {
    let directory = tempfile::tempdir().expect("the temporary directory is ours");
    write(directory.path(), "web1.example.com.json", report(BAD));
    write(directory.path(), "web2.example.com.json", report(&format!("# moved\n{BAD}")));
    write(directory.path(), "web3.example.com.json", report(BAD));
    write(directory.path(), "mail.json", report(GOOD));
    directory
}

fn merge(directory: &Path, arguments: &[&str]) -> Ended {
    let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    ended(command.current_dir(directory).arg("merge").args(arguments))
}

fn shows(ended: &Ended, code: i32, expected: &Expect) {
    assert_eq!((ended.code, &*ended.err), (code, ""), "{}", ended.out);
    expected.assert_eq(&ended.out);
}

#[test]
fn the_same_thing_is_told_once_with_its_hosts() {
    let reports = reports();
    let files =
        ["web1.example.com.json", "web2.example.com.json", "web3.example.com.json", "mail.json"];
    shows(
        &merge(reports.path(), &files),
        1,
        &expect![[r#"
            error[challenge-taken-by-regex]: challenges never reach the location meant for
              them
              at /etc/nginx/nginx.conf:7:9
                 on web1.example.com, web3.example.com
              at /etc/nginx/nginx.conf:8:9
                 on web2.example.com
              names: shop.example.com
              fix: make the prefix final with `^~`

            hosts:
              mail: looked at /etc/nginx: 1 file, 1 server, no ACME client found; no name
                was judged (1 needs no challenge)
              web1.example.com: found 1 error; looked at /etc/nginx: 1 file, 1 server, no
                ACME client found; names: 1 fails
              web2.example.com: found 1 error; looked at /etc/nginx: 1 file, 1 server, no
                ACME client found; names: 1 fails
              web3.example.com: found 1 error; looked at /etc/nginx: 1 file, 1 server, no
                ACME client found; names: 1 fails

            found 3 errors; looked at 4 hosts, 4 files, 4 servers; names: 3 fail, 1 needs no challenge
        "#]],
    );
}

#[test]
fn a_host_without_a_report_is_told() {
    let reports = reports();
    let expected = ["--expect", "mail,web9", "--expect", "web8", "mail.json"];
    shows(
        &merge(reports.path(), &expected),
        2,
        &expect![[r#"
            hosts:
              mail: looked at /etc/nginx: 1 file, 1 server, no ACME client found; no name
                was judged (1 needs no challenge)
              web8: no report: none was given
              web9: no report: none was given

            no report of 2 of 3 hosts; looked at 1 host, 1 file, 1 server; no name was judged (1 needs no challenge)
        "#]],
    );
    let nobody = merge(reports.path(), &["--expect", "web9"]);
    shows(
        &nobody,
        2,
        &expect![[r#"
        hosts:
          web9: no report: none was given

        no report of 1 of 1 host; looked at 0 hosts, 0 files, 0 servers; no name was judged
    "#]],
    );
    assert_eq!(merge(reports.path(), &[]).code, 3);
}

#[test]
fn what_is_no_report_is_named_and_the_others_are_merged() {
    let reports = reports();
    let good = report(GOOD);
    write(reports.path(), "empty.json", "\n");
    write(reports.path(), "cut.json", "{\"schema\": \"nginx-acme-lint/lint/1\", \"version");
    write(reports.path(), "twice.json", format!("{good}{good}"));
    write(reports.path(), "foreign.json", "{\"results\": []}");
    write(reports.path(), "list.json", "[]");
    write(reports.path(), "names.json", "{\"schema\": \"nginx-acme-lint/names/1\"}");
    write(reports.path(), "later.json", good.replace("lint/1", "lint/2"));
    write(reports.path(), "hollow.json", "{\"schema\": \"nginx-acme-lint/lint/1\"}");
    let mut files: Vec<_> =
        ["empty", "cut", "twice", "foreign", "list", "names", "later", "hollow"]
            .map(|name| format!("{name}.json"))
            .to_vec();
    files.extend(["gone.json".to_owned(), "mail.json".to_owned()]);
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    shows(
        &merge(reports.path(), &files),
        2,
        &expect![[r#"
            hosts:
              cut: no report: cut.json: it is not one JSON document: EOF while parsing a
                string at line 1 column 45
              empty: no report: empty.json: it is empty: the program printed nothing there
              foreign: no report: foreign.json: it is not a report of `nginx-acme-lint
                --format json`
              gone: no report: gone.json: it cannot be read: No such file or directory (os
                error 2)
              hollow: no report: hollow.json: it is not what nginx-acme-lint/lint/1 has to
                be: missing field `summary`
              later: no report: later.json: it is nginx-acme-lint/lint/2, not
                nginx-acme-lint/lint/1
              list: no report: list.json: it is not a report of `nginx-acme-lint --format
                json`
              mail: looked at /etc/nginx: 1 file, 1 server, no ACME client found; no name
                was judged (1 needs no challenge)
              names: no report: names.json: it is nginx-acme-lint/names/1, not
                nginx-acme-lint/lint/1
              twice: no report: twice.json: it is not one JSON document: trailing characters
                at line 2 column 1

            no report of 9 of 10 hosts; looked at 1 host, 1 file, 1 server; no name was judged (1 needs no challenge)
        "#]],
    );
}

#[test]
fn hosts_get_names_and_no_two_the_same() {
    let reports = reports();
    let named = merge(reports.path(), &["shop=mail.json", "--format", "json"]);
    let document: Value = serde_json::from_str(&named.out).expect("it is JSON");
    assert_eq!(document["hosts"][0]["host"], "shop");
    fs::create_dir(reports.path().join("old")).expect("the directory is ours");
    write(reports.path(), "old/mail.json", report(GOOD));
    let twice = merge(reports.path(), &["mail.json", "old/mail.json"]);
    assert_eq!(twice.code, 3);
    assert!(twice.err.contains("two reports are of the host \"mail\""), "{}", twice.err);
}

#[test]
fn the_exit_code_is_the_highest() {
    let reports = reports();
    write(reports.path(), "broken.json", report("events {}\nhttp {\n"));
    for (arguments, code) in [
        (&["mail.json"][..], 0),
        (&["mail.json", "web1.example.com.json"], 1),
        (&["mail.json", "web1.example.com.json", "--fail-on", "never"], 0),
        (&["mail.json", "web1.example.com.json", "broken.json"], 2),
        (&["broken.json", "--fail-on", "never"], 2),
    ] {
        let ended = merge(reports.path(), arguments);
        assert_eq!(ended.code, code, "{arguments:?}\n{}", ended.out);
    }
}

#[test]
fn hosts_count_as_their_own_run_did() {
    for (configuration, path) in [(BAD, "/etc/nginx"), ("include gone/*.conf;\n", "/etc/nginx")] {
        let root = root_with(configuration);
        let root_path = root.path().to_str().expect("plain");
        for options in [&[][..], &["--fix"], &["--fix", "--write", "--no-verify"]] {
            let state = root.path().join("state");
            let mut arguments = vec!["--root", root_path, "--format", "json", path];
            arguments.extend(options);
            let state = state.to_str().expect("plain").to_owned();
            if options.contains(&"--write") {
                arguments.extend(["--backup-dir", &state]);
            }
            let run = run(&arguments);
            write(root.path(), "host.json", &run.out);
            let merged = merge(root.path(), &["host.json"]);
            assert_eq!(merged.code, run.code, "{arguments:?}\n{}\n{}", run.out, merged.out);
        }
    }
}

/// docs/pipelines.md shows what is made of them; their fields may be more by now.
#[test]
fn the_reports_of_the_documentation_say_what_the_program_says() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fresh = tempfile::tempdir().expect("the temporary directory is ours");
    let hosts = [
        ("web1", "bad/prefix-is-not-final"),
        ("web2", "bad/prefix-is-not-final"),
        ("web3", "good/prefix-is-final"),
    ];
    for (host, machine) in hosts {
        let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
        let machine = format!("fixtures/challenge-taken-by-regex/{machine}");
        command.current_dir(&repository).args(["--format", "json", "--root", &machine]);
        write(fresh.path(), format!("{host}.json"), ended(&mut command).out);
    }
    let files = hosts.map(|(host, _)| format!("{host}.json"));
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let documented = repository.join("docs/hosts");
    if env::var_os("UPDATE_EXPECT").is_some() {
        for file in &files {
            fs::copy(fresh.path().join(file), documented.join(file)).expect("both are files");
        }
    }
    assert_eq!(merge(&documented, &files).out, merge(fresh.path(), &files).out);
}

#[test]
fn programs_get_a_document() {
    let reports = reports();
    let files = ["--format", "json", "web1.example.com.json", "web2.example.com.json", "mail.json"];
    let merged = merge(reports.path(), &[&files[..], &["--expect", "web9"]].concat());
    assert_eq!(merged.code, 2);
    let document: Value = serde_json::from_str(&merged.out).expect("it is JSON");
    assert_eq!(document["schema"], "nginx-acme-lint/merge/1");
    assert_eq!(document["exit_code"], 2);
    let diagnostic = &document["diagnostics"][0];
    assert_eq!(diagnostic["rule"], "challenge-taken-by-regex");
    assert_eq!(diagnostic["places"][0]["hosts"][0], "web1.example.com");
    assert_eq!(diagnostic["places"][1]["line"], 8);
    assert_eq!(document["hosts"][1]["problem"], Value::Null);
    assert_eq!(document["hosts"][3]["problem"], "none was given");
}

#[test]
fn what_reports_say_cannot_steer_a_terminal() {
    let reports = reports();
    let hostile = report(BAD).replace("shop.example.com", "\\u001b[2Jshop\\u202e");
    write(reports.path(), "evil\u{1b}[2J.json", &hostile);
    let merged = merge(reports.path(), &["evil\u{1b}[2J.json"]);
    assert!(!merged.out.contains(['\u{1b}', '\u{202e}']), "{:?}", merged.out);
    assert!(merged.out.contains("\\x1b[2J"), "{}", merged.out);
}
