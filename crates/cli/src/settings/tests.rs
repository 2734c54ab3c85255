use std::fs;

use clap::Parser;
use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::*;
use crate::arguments::{Arguments, FailOn, Format, Lint};

fn lint(words: &[&str]) -> Lint {
    let parsed = Arguments::try_parse_from([&["nginx-acme-lint"], words].concat());
    parsed.expect("the arguments are right").lint
}

/// What is said of a settings file that says this.
fn mistake(text: &str, expected: &Expect) {
    let error = parse(text.as_bytes()).expect_err("there is a mistake in it");
    let error = SettingsError::NotUnderstood("nginx-acme-lint.toml".into(), error);
    expected.assert_eq(&error.to_string());
}

fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// The settings file found for paths in a tree, as it is called there.
fn found(tree: &TempDir, paths: &[&str]) -> Result<String, String> {
    let paths: Vec<_> = paths.iter().map(|path| tree.path().join(path)).collect();
    let shown = |text: String| text.replace(&*tree.path().to_string_lossy(), "TREE");
    let found =
        find::for_paths(&paths, &lint(&[]).machine).map_err(|error| shown(error.to_string()))?;
    Ok(found.map_or("none".to_owned(), |path| shown(path.display().to_string())))
}

#[test]
fn an_empty_file_says_nothing() {
    for text in ["", "# nothing\n", "\u{feff}"] {
        assert!(parse(text.as_bytes()).is_ok(), "{text:?}");
    }
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    mistake(
        "\nselekt = []",
        &expect!["nginx-acme-lint.toml:2:1: there is no setting `selekt`; did you mean `select`?"],
    );
    mistake(
        "http_port = 8080",
        &expect![
            "nginx-acme-lint.toml:1:1: there is no setting `http_port`; did you mean `http-port`?"
        ],
    );
    mistake("[tool.ruff]\n", &expect!["nginx-acme-lint.toml:1:2: there is no setting `tool`"]);
}

#[test]
fn unknown_rules_are_errors_with_a_suggestion() {
    mistake(
        "ignore = [\n  \"tls\",\n  \"challenge-rate-limit\"\n]",
        &expect![
            "nginx-acme-lint.toml:3:3: no rule or group is called `challenge-rate-limit`; did you mean `challenge-rate-limited`?"
        ],
    );
    mistake(
        "select = [\"E501\"]",
        &expect!["nginx-acme-lint.toml:1:11: no rule or group is called `E501`"],
    );
    mistake(
        "[severity]\ncertificate-expirng = \"info\"",
        &expect![
            "nginx-acme-lint.toml:2:1: no rule or group is called `certificate-expirng`; did you mean `certificate-expiring`?"
        ],
    );
}

#[test]
fn wrong_values_are_errors() {
    mistake(
        "severity = { tls = \"warn\" }",
        &expect![
            "nginx-acme-lint.toml:1:20: there is no severity `warn`; it is error, warning or info"
        ],
    );
    mistake(
        "severity = { tls = \"off\" }",
        &expect![
            "nginx-acme-lint.toml:1:20: there is no severity `off`: name the rule under `ignore` to leave it out"
        ],
    );
    mistake(
        "severity = { tls = \"x\" }",
        &expect![
            "nginx-acme-lint.toml:1:20: there is no severity `x`; it is error, warning or info"
        ],
    );
    mistake(
        "fail-on = \"warnings\"",
        &expect![
            "nginx-acme-lint.toml:1:11: `warnings` is not known here; did you mean `warning`?"
        ],
    );
    mistake(
        "format = \"xml\"",
        &expect![
            "nginx-acme-lint.toml:1:10: `xml` is not known here; it is one of text, short, json, sarif, github, gitlab, checkstyle, junit"
        ],
    );
    mistake(
        "http-port = 80808",
        &expect![
            "nginx-acme-lint.toml:1:13: invalid value: integer `80808`, expected a port, such as 8080"
        ],
    );
    mistake(
        "http-port = \"80\"",
        &expect![[
            r#"nginx-acme-lint.toml:1:13: invalid type: string "80", expected a port, such as 8080"#
        ]],
    );
    mistake(
        "select = \"tls\"",
        &expect![[
            r#"nginx-acme-lint.toml:1:10: invalid type: string "tls", expected an array, such as ["..."]"#
        ]],
    );
    mistake(
        "nginx-version = \"1.26\"",
        &expect!["nginx-acme-lint.toml:1:17: it is written like 1.26.3"],
    );
    mistake(
        "webroot = [\"/srv/$host\"]",
        &expect!["nginx-acme-lint.toml:1:12: nginx would take the `$` for a variable"],
    );
    mistake(
        "token-dir = [\"=\"]",
        &expect!["nginx-acme-lint.toml:1:14: it is written DIR or NAME=DIR"],
    );
    mistake(
        "root = 5",
        &expect!["nginx-acme-lint.toml:1:8: invalid type: integer `5`, expected a string"],
    );
    mistake(
        "map = [\"nginx\"]",
        &expect![
            "nginx-acme-lint.toml:1:8: it is written HOST=CONTAINER, such as ./nginx=/etc/nginx"
        ],
    );
    mistake(
        "map = [\"nginx=etc\"]",
        &expect![
            "nginx-acme-lint.toml:1:8: CONTAINER has to be an absolute path, such as /etc/nginx"
        ],
    );
}

#[test]
fn wrong_directives_are_errors() {
    let directive = |text: &str| format!("[[directive]]\n{text}\n");
    mistake(
        &directive("name = \"shop_cache\""),
        &expect!["nginx-acme-lint.toml:1:1: missing field `contexts`"],
    );
    mistake(
        &directive("name = \"listen\"\ncontexts = [\"server\"]"),
        &expect!["nginx-acme-lint.toml:2:8: `listen` is known, and judged by what is known of it"],
    );
    mistake(
        &directive("name = \"a b\"\ncontexts = [\"server\"]"),
        &expect!["nginx-acme-lint.toml:2:8: this is no name of a directive"],
    );
    mistake(
        &directive("name = \"a\"\ncontexts = [\"servers\"]"),
        &expect![
            "nginx-acme-lint.toml:3:13: there is no context `servers`; did you mean `server`?"
        ],
    );
    mistake(
        &directive("name = \"a\"\ncontexts = [\"vhost\"]"),
        &expect![
            "nginx-acme-lint.toml:3:13: there is no context `vhost`; it is a block such as http, server or location"
        ],
    );
    mistake(
        &directive("name = \"a\"\ncontexts = []\narguments = \"3-1\""),
        &expect![
            "nginx-acme-lint.toml:4:13: `3-1` is not understood; it is written 2, 1-3, 1+, flag or any"
        ],
    );
    mistake(
        &directive("name = \"a\"\ncontexts = []\nargs = 1"),
        &expect!["nginx-acme-lint.toml:4:1: there is no setting `args`"],
    );
}

#[test]
fn what_is_not_toml_is_an_error() {
    mistake(
        "select = [\"tls\"",
        &expect!["nginx-acme-lint.toml:1:16: unclosed array, expected `]`"],
    );
    mistake("select", &expect!["nginx-acme-lint.toml:1:7: key with no value, expected `=`"]);
    mistake("ignore = []\nignore = []", &expect!["nginx-acme-lint.toml:2:1: duplicate key"]);
    mistake(
        "\"\u{1b}[2J\" = 1",
        &expect![[
            r#"nginx-acme-lint.toml:1:2: invalid basic string, expected non-double-quote visible characters, `\`"#
        ]],
    );
    let error = parse(b"# caf\xe9\n").expect_err("it is not UTF-8");
    expect!["x.toml:1:6: this is not UTF-8"]
        .assert_eq(&SettingsError::NotUnderstood("x.toml".into(), error).to_string());
}

#[test]
fn the_nearest_file_upwards_is_found() {
    let tree = tree(&[
        ("nginx-acme-lint.toml", ""),
        ("web/.nginx-acme-lint.toml", ""),
        ("web/conf/nginx.conf", ""),
        ("mail/nginx.conf", ""),
    ]);
    let of = |paths: &[&str]| found(&tree, paths).unwrap();
    assert_eq!(of(&["web/conf/nginx.conf"]), "TREE/web/.nginx-acme-lint.toml");
    assert_eq!(of(&["web/conf"]), "TREE/web/.nginx-acme-lint.toml");
    assert_eq!(of(&["web"]), "TREE/web/.nginx-acme-lint.toml");
    assert_eq!(of(&["web/not-there/nginx.conf"]), "TREE/web/.nginx-acme-lint.toml");
    assert_eq!(of(&["mail"]), "TREE/nginx-acme-lint.toml");
    assert_eq!(of(&["web/../mail"]), "TREE/nginx-acme-lint.toml");
    assert_eq!(of(&["mail", "mail/nginx.conf"]), "TREE/nginx-acme-lint.toml");
}

#[test]
fn both_names_in_a_directory_are_an_error() {
    let tree = tree(&[
        ("nginx-acme-lint.toml", ""),
        (".nginx-acme-lint.toml", ""),
        ("nginx.conf", ""),
        ("web/nginx-acme-lint.toml", ""),
    ]);
    expect!["TREE has both nginx-acme-lint.toml and .nginx-acme-lint.toml: remove one of them"]
        .assert_eq(&found(&tree, &["nginx.conf"]).unwrap_err());
    assert_eq!(found(&tree, &["web"]).unwrap(), "TREE/web/nginx-acme-lint.toml");
}

#[test]
fn paths_with_different_settings_are_an_error() {
    let tree = tree(&[("a/nginx-acme-lint.toml", ""), ("b/nginx-acme-lint.toml", ""), ("c/x", "")]);
    expect!["TREE/a goes by TREE/a/nginx-acme-lint.toml, and TREE/b by TREE/b/nginx-acme-lint.toml: lint them apart, or say which settings to use with --settings FILE or --no-settings"].assert_eq(&found(&tree, &["a", "b"]).unwrap_err());
    expect!["TREE/a goes by TREE/a/nginx-acme-lint.toml, and TREE/c by no settings: lint them apart, or say which settings to use with --settings FILE or --no-settings"].assert_eq(&found(&tree, &["a", "c"]).unwrap_err());
}

#[test]
fn a_file_that_is_none_is_an_error() {
    let tree = tree(&[("nginx-acme-lint.toml/nginx.conf", "")]);
    let error = read(&tree.path().join("nginx-acme-lint.toml")).unwrap_err().to_string();
    expect!["cannot read the settings TREE/nginx-acme-lint.toml: Is a directory (os error 21)"]
        .assert_eq(&error.replace(&*tree.path().to_string_lossy(), "TREE"));
    let error = load(&lint(&["--settings", "/nonexistent.toml"]).machine, &[]).unwrap_err();
    expect!["cannot read the settings /nonexistent.toml: No such file or directory (os error 2)"]
        .assert_eq(&error.to_string());
}

#[test]
fn files_inside_a_root_directory_are_found_from_there() {
    let tree = tree(&[("nginx-acme-lint.toml", ""), ("image/etc/nginx/nginx.conf", "")]);
    let root = tree.path().join("image");
    let machine = lint(&["--root", &root.to_string_lossy()]).machine;
    let of = |paths: &[PathBuf]| find::for_paths(paths, &machine).unwrap();
    let expected = Some(tree.path().join("nginx-acme-lint.toml"));
    assert_eq!(of(&["/etc/nginx".into()]), expected);
    assert_eq!(of(&[]), expected);
}

#[test]
fn files_in_mapped_directories_are_found_from_where_they_lie() {
    let tree = tree(&[("web/nginx-acme-lint.toml", ""), ("web/conf/nginx.conf", "")]);
    let map = format!("{}=/etc/nginx", tree.path().join("web/conf").display());
    let machine = lint(&["--map", &map]).machine;
    let found = find::for_paths(&["/etc/nginx/nginx.conf".into()], &machine).unwrap();
    assert_eq!(found, Some(tree.path().join("web/nginx-acme-lint.toml")));
}

#[test]
fn the_command_line_wins() {
    let file = parse(
        b"format = 'short'\nfail-on = 'error'\nhttp-port = 8080\nhttps-port = 8443\n\
          webroot = ['/srv/a']\ntoken-dir = ['shop.example.com=/srv/t']\nroot = '/image'\n",
    );
    let file = file.unwrap();
    let filled = |words: &[&str]| {
        let mut lint = lint(words);
        lint.fill(&file);
        lint
    };
    let plain = filled(&[]);
    assert_eq!(
        (plain.reporting.format(), plain.reporting.fail_on()),
        (Format::Short, FailOn::Error)
    );
    assert_eq!(plain.machine.root.as_deref(), Some(Path::new("/image")));
    assert_eq!((plain.machine.ports().http, plain.machine.ports().https), (8080, 8443));
    let given = filled(&[
        "--format",
        "json",
        "--fail-on",
        "never",
        "--http-port",
        "80",
        "--root",
        "/other",
        "--webroot",
        "/srv/b",
    ]);
    assert_eq!(
        (given.reporting.format(), given.reporting.fail_on()),
        (Format::Json, FailOn::Never)
    );
    assert_eq!(given.machine.root.as_deref(), Some(Path::new("/other")));
    assert_eq!((given.machine.ports().http, given.machine.ports().https), (80, 8443));
    assert_ne!(
        given.client.token_places(&given.machine),
        plain.client.token_places(&plain.machine)
    );
}

#[test]
fn what_is_selected_on_the_command_line_takes_the_place_of_the_settings() {
    let file = parse(b"select = ['tls']\nignore = ['certificate-weak']\n").unwrap();
    let has = |words: &[&str]| {
        let selection = lint(words).rules.selection(&file);
        ["certificate-expired", "certificate-weak", "syntax-error"].map(|id| selection.has(id))
    };
    assert_eq!(has(&[]), [true, false, false]);
    assert_eq!(has(&["--ignore", "certificate-expired"]), [false, false, false]);
    assert_eq!(has(&["--select", "nginx,certificate-weak"]), [false, true, true]);
}

#[test]
fn relative_paths_start_at_the_file() {
    let tree = tree(&[("nginx-acme-lint.toml", "root = 'image'\nprefix = 'p'\n")]);
    let path = tree.path().join("nginx-acme-lint.toml");
    let file = load(&lint(&["--settings", &path.to_string_lossy()]).machine, &[]).unwrap().file;
    assert_eq!(file.root, Some(tree.path().join("image")));
    assert_eq!(file.prefix, Some("p".into()));
    fs::write(&path, "prefix = 'p'\nwebroot = ['shop.example.com=w']\n").unwrap();
    let file = load(&lint(&["--settings", &path.to_string_lossy()]).machine, &[]).unwrap().file;
    assert_eq!(file.prefix, Some(tree.path().join("p")));
    assert_eq!(file.webroot[0].0.directory, tree.path().join("w"));
}
