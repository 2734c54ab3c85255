//! The program as its users call it.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use machine::program::{BAD, GOOD, clean, tree};
use tempfile::TempDir;

/// A configuration that ends too early.
const BROKEN: &str = "events {}\nhttp {\n";

const STARTS: &str = "the program was built for this test";

fn linter() -> Command {
    clean(env!("CARGO_BIN_EXE_nginx-acme-lint"))
}

fn run(arguments: &[&str]) -> Output {
    linter().args(arguments).output().expect(STARTS)
}

fn root_with(configuration: &str) -> TempDir {
    tree(&[("etc/nginx/nginx.conf", configuration)])
}

fn lint(root: &Path, arguments: &[&str]) -> Output {
    linter().arg("--root").arg(root).args(arguments).output().expect(STARTS)
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("reports are UTF-8")
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("reports are UTF-8")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ends it")
}

#[test]
fn help_says_what_it_does_and_how_it_ends() {
    let help = run(&["--help"]);
    assert_eq!(code(&help), 0);
    for words in ["whether every certificate will renew", "Examples:", "Exit codes", "--fail-on"] {
        assert!(stdout(&help).contains(words), "{words} is missing in {}", stdout(&help));
    }
    assert!(stdout(&help).lines().all(|line| line.len() <= 90), "{}", stdout(&help));
    assert_eq!(code(&run(&["-h"])), 0);
    assert_eq!(
        stdout(&run(&["--version"])),
        concat!("nginx-acme-lint ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn wrong_usage_exits_with_3() {
    for arguments in [
        &["--no-such-option"][..],
        &["--format", "yaml"],
        &["--unsafe-fixes"],
        &["explain"],
        &["explain", "no-such-rule"],
        &["--root", "/nonexistent/root"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 3, "{arguments:?}");
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn challenges_arrive_where_the_public_ports_are_mapped_to() {
    let root = root_with(&GOOD.replace(
        "listen 80;",
        "listen 8080; listen 8443 ssl; ssl_certificate a.pem; ssl_certificate_key a.key;",
    ));
    let names = |arguments: &[&str]| {
        let output = lint(root.path(), &[&["--format", "short"], arguments].concat());
        stdout(&output).lines().last().unwrap().rsplit("names: ").next().unwrap().to_owned()
    };
    assert!(names(&[]).contains("nothing here listens on port 80"), "{}", names(&[]));
    assert_eq!(names(&["--http-port", "8080", "--https-port", "8443"]), "1 passes");
}

#[test]
fn every_rule_is_listed_and_explained() {
    let list = run(&["rules"]);
    assert_eq!(code(&list), 0);
    for line in stdout(&list).lines() {
        let id = line.split(' ').next().unwrap();
        let page = run(&["explain", id]);
        assert_eq!(code(&page), 0);
        assert!(stdout(&page).starts_with(&format!("# {id}\n\n")), "{}", stdout(&page));
    }
}

#[test]
fn a_good_configuration_exits_with_0() {
    let root = root_with(GOOD);
    let output = lint(root.path(), &[]);
    assert_eq!((code(&output), stderr(&output)), (0, ""), "{}", stdout(&output));
    let last = stdout(&output).lines().last().unwrap();
    assert!(
        last.starts_with("looked at /etc/nginx: 1 file, 1 server, no ACME client found; "),
        "{last}"
    );
}

#[test]
fn a_bad_configuration_exits_with_1_unless_told_otherwise() {
    let root = root_with(BAD);
    for (arguments, expected) in [
        (&[][..], 1),
        (&["--fail-on", "error"], 1),
        (&["--fail-on", "unknown"], 1),
        (&["--fail-on", "never"], 0),
        (&["--fix"], 1),
        (&["--format", "json"], 1),
    ] {
        let output = lint(root.path(), arguments);
        assert_eq!(code(&output), expected, "{arguments:?} {}", stdout(&output));
    }
}

#[test]
fn what_cannot_be_read_whole_exits_with_2() {
    let broken = root_with(BROKEN);
    assert_eq!(code(&lint(broken.path(), &["--fail-on", "never"])), 2);
    let missing = lint(broken.path(), &["/etc/nginx/no-such-file"]);
    assert_eq!(code(&missing), 2);
    let text = stdout(&missing);
    assert!(text.starts_with("error: cannot read /etc/nginx/no-such-file: "), "{text}");
    assert!(text.lines().last().unwrap().contains("1 not read"), "{text}");
}

#[test]
fn short_reports_have_a_line_for_each_diagnostic() {
    let root = root_with(BAD);
    let output = lint(root.path(), &["--format", "short", "/etc/nginx"]);
    let text = stdout(&output);
    assert!(text.starts_with("/etc/nginx/nginx.conf:7:9: error "), "{text}");
}

#[test]
fn json_is_one_document_and_holds_the_patch() {
    let root = root_with(BAD);
    for arguments in [&["--format", "json"][..], &["--format", "json", "--fix"]] {
        let output = lint(root.path(), arguments);
        assert_eq!(stderr(&output), "");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["schema"], "nginx-acme-lint/lint/1");
        assert_eq!(document["diagnostics"][0]["line"], 7);
        assert_eq!(document["diagnostics"][0]["refused_by_nginx"], false);
        assert_eq!(document.get("patch").is_some(), arguments.contains(&"--fix"));
    }
}

#[test]
fn with_fix_the_report_goes_to_standard_error() {
    let root = root_with(GOOD);
    let nothing = lint(root.path(), &["--fix"]);
    assert_eq!(stdout(&nothing), "");
    assert!(stderr(&nothing).contains("looked at"), "{}", stderr(&nothing));

    let root = root_with(BAD);
    let output = lint(root.path(), &["--fix"]);
    assert!(stdout(&output).contains("+        location ^~ /.well-known/"), "{}", stdout(&output));
    assert!(stderr(&output).contains("the patch mends 1"), "{}", stderr(&output));
    let kept = fs::read_to_string(root.path().join("etc/nginx/nginx.conf")).unwrap();
    assert_eq!(kept, BAD);
}

#[test]
fn relative_paths_stay_relative() {
    let root = root_with(BAD);
    let output = linter().current_dir(root.path()).arg("etc/nginx").output().unwrap();
    assert!(stdout(&output).contains("[etc/nginx/nginx.conf:7:9]"), "{}", stdout(&output));
    let with_root = linter().current_dir(root.path()).args(["--root", ".", "etc/nginx"]).output();
    let with_root = with_root.unwrap();
    assert!(stdout(&with_root).contains("[/etc/nginx/nginx.conf:7:9]"), "{}", stdout(&with_root));
}

#[test]
fn a_file_called_like_a_subcommand_can_be_given() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rules"), "server { listen 80; }\n").unwrap();
    let output = linter().current_dir(directory.path()).arg("./rules").output().unwrap();
    let last = stdout(&output).lines().last().unwrap();
    assert!(last.starts_with("looked at 1 file, 1 server; "), "{last}");
}

#[test]
fn a_pipe_gets_no_colours_and_always_the_same() {
    let root = root_with(BAD);
    let plain = lint(root.path(), &[]);
    assert!(!stdout(&plain).contains('\x1b'));
    let mut narrow = linter();
    narrow.env("COLUMNS", "40").env("LANG", "C").env("NO_COLOR", "1").env("TERM", "xterm");
    let narrow = narrow.arg("--root").arg(root.path()).output().unwrap();
    assert_eq!(stdout(&narrow), stdout(&plain));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let servers = |number| {
        let name = format!("{number}.example.com");
        BAD.split_once("http {\n").map(|(_, rest)| rest.replace("shop.example.com", &name))
    };
    let many: String =
        (0..100).filter_map(servers).map(|text| text.replace("\n}\n", "\n")).collect();
    let root = root_with(&format!("events {{}}\nhttp {{\n{many}}}\n"));
    for arguments in [&["--format", "short"][..], &["--format", "json"], &["--help"], &["rules"]] {
        let mut command = linter();
        command.arg("--root").arg(root.path());
        if arguments == ["--help"] || arguments == ["rules"] {
            command = linter();
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.args(arguments).stdout(writer).stderr(Stdio::piped()).output();
        let output = output.unwrap();
        assert_eq!(stderr(&output), "", "{arguments:?}");
        assert!(code(&output) <= 1, "{arguments:?}");
    }
}

#[test]
fn the_web_root_may_be_named_by_its_directory_of_tokens() {
    let configuration = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;
        location /.well-known/acme-challenge/ { return 404; }
    }
    server {
        listen 80;
        server_name www.example.com;
        location ~ ^/\\.well-known/ { return 404; }
        location / { return 301 https://www.example.com/; }
    }
}
";
    let root = root_with(configuration);
    let tokens = "/srv/acme/.well-known/acme-challenge/";
    let output = lint(root.path(), &["--fix", "--webroot", tokens]);
    assert!(stdout(&output).contains("root /srv/acme;"), "{output:?}");
    let refused = lint(root.path(), &["--webroot", "/srv/$host"]);
    assert_eq!(code(&refused), 3);
    assert!(stderr(&refused).contains("variable"), "{}", stderr(&refused));
}

/// A site that serves challenges from a web root of their own, and one that only redirects.
const TWO_SITES: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;
        location ^~ /.well-known/acme-challenge/ { root /srv/acme; }
    }
    server {
        listen 80;
        server_name blog.example.com;
        location / { return 301 https://$host$request_uri; }
    }
    server {
        listen 443 ssl;
        server_name blog.example.com;
        ssl_certificate /tls/chain.pem;
        ssl_certificate_key /tls/key.pem;
        location / { proxy_pass http://127.0.0.1:3000; }
    }
}
";

#[test]
fn a_token_that_is_not_below_the_web_root_is_not_served() {
    let root = root_with(TWO_SITES);
    let verdict = |arguments: &[&str]| {
        let output = lint(root.path(), arguments);
        let report = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        report.replace(" │ ", " ")
    };
    assert!(!verdict(&["--webroot", "/srv/acme"]).contains("shop.example.com"));
    assert!(!verdict(&["--webroot", "shop.example.com=/srv/acme"]).contains("shop.example.com"));
    assert!(!verdict(&["--webroot", "blog.example.com=/srv/blog"]).contains("shop.example.com"));
    let elsewhere = verdict(&["--webroot", "/srv/other"]);
    for path in ["/srv/acme/.well-known/acme-challenge/", "/srv/other/.well-known/acme-challenge/"]
    {
        assert!(elsewhere.contains(path), "{elsewhere}");
    }
    let directory = "/srv/acme/.well-known/acme-challenge/";
    assert!(!verdict(&["--token-dir", directory]).contains("shop.example.com"));
    assert!(verdict(&["--token-dir", "/srv/acme"]).contains("shop.example.com"));
}

#[test]
fn a_fix_serves_tokens_from_where_the_client_puts_them() {
    let root = root_with(TWO_SITES);
    let output = lint(root.path(), &["--fix", "--token-dir", "blog.example.com=/var/lib/acme"]);
    assert!(stdout(&output).contains("alias /var/lib/acme/;"), "{output:?}");
    let output = lint(root.path(), &["--fix", "--webroot", "blog.example.com=/srv/blog"]);
    assert!(stdout(&output).contains("root /srv/blog;"), "{output:?}");
}

#[test]
fn a_place_without_a_directory_is_wrong_usage() {
    let root = root_with(TWO_SITES);
    for place in ["", "shop.example.com=", "=/srv/acme"] {
        assert_eq!(code(&lint(root.path(), &["--webroot", place])), 3, "{place}");
    }
    assert_eq!(code(&lint(root.path(), &["--token-dir", "/srv/$host"])), 3);
}
