//! Documents are what their schemas say.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use machine::Machine;

use crate::program::{WRITABLE, document, fixtures, printed, repository, run, validate};

fn schema(name: &str) -> PathBuf {
    repository().join(format!("docs/schemas/{name}.json"))
}

/// What a command prints for each of these roots.
fn printed_for(roots: &[PathBuf], arguments: &[&str]) -> Vec<(String, Vec<u8>)> {
    let printed = |root: &PathBuf| {
        let root = root.to_str().expect("fixtures have plain names");
        let arguments = [arguments, &["--format", "json", "--root", root]].concat();
        (format!("{arguments:?}"), run(&repository(), &arguments).stdout)
    };
    roots.iter().map(printed).filter(|(_, printed)| !printed.is_empty()).collect()
}

#[test]
fn reports_are_as_the_schema_says() {
    let mut documents = printed_for(&fixtures(10), &["--fix", "--unsafe-fixes"]);
    documents.extend(printed_for(&fixtures(40), &[]));
    documents.extend(printed_for(&[repository().join("docs/machine")], &[]));
    let hostile = crate::hostile::directory();
    for arguments in [&["--format", "json", "."][..], &["--format", "json", "nowhere", "--fix"]] {
        let printed = printed(hostile.path(), arguments);
        documents.push((format!("hostile {arguments:?}"), printed.into_bytes()));
    }
    assert!(documents.len() > 80);
    validate(&schema("lint"), true, &documents);
}

#[test]
fn names_are_as_the_schema_says() {
    let mut documents = printed_for(&fixtures(15), &["names", "--all"]);
    documents.extend(printed_for(&[repository().join("docs/machine")], &["names"]));
    // With certificates and clients.
    for fixture in ["certificate-expiring/bad", "renewal-without-reload/bad"] {
        let fixtures = fs::read_dir(repository().join("fixtures").join(fixture));
        let fixture = fixtures.expect("it is there").flatten().next().expect("there is one");
        let machine = Machine::build(&fixture.path()).expect("a machine");
        documents.extend(printed_for(&[machine.root()], &["names"]));
    }
    assert!(documents.len() > 50);
    validate(&schema("names"), true, &documents);
}

#[test]
fn traces_are_as_the_schema_says() {
    let mut documents = Vec::new();
    for url in [
        "http://shop.example.com/.well-known/acme-challenge/x",
        "https://shop.example.com/style/shop.css",
        "https://shop.example.com/cart?add=7",
        "http://nowhere.example.com:8080/",
        "http://wiki.example.com/.git",
    ] {
        let root = [repository().join("docs/machine")];
        documents.extend(printed_for(&root, &["trace", "--follow", url]));
    }
    assert_eq!(documents.len(), 5);
    let kinds: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests/trace/expected/kinds.json"].iter().collect();
    documents.push(("kinds".to_owned(), fs::read(kinds).expect("it is there")));
    validate(&schema("trace"), true, &documents);
}

/// Of logs, of pages that quote messages, and of texts without any, with and without a configuration.
#[test]
fn diagnoses_are_as_the_schema_says() {
    let stories = repository().join("docs/stories");
    let nothing = tempfile::tempdir().expect(WRITABLE);
    let of_nginx = nothing.path().join("said");
    let said = "nginx: [emerg] unknown directive \"sever\" in /etc/nginx/nginx.conf:12\n";
    fs::write(&of_nginx, said).expect(WRITABLE);
    let mut documents = Vec::new();
    for (text, root) in [
        ("docs/stories/nxdomain-and-404/panel.log", Some(stories.join("nxdomain-and-404"))),
        ("docs/stories/nxdomain-and-404/panel.log", None),
        ("docs/stories/renewal-answers-403.md", Some(stories.join("renewal-answers-403"))),
        ("docs/messages/README.md", Some(repository().join("docs/machine"))),
        (of_nginx.to_str().expect("it has a plain name"), Some(repository().join("docs/machine"))),
        ("LICENSE-MIT", None),
    ] {
        let mut arguments = vec!["diagnose", text, "--format", "json"];
        let root = root.as_deref().unwrap_or(nothing.path());
        arguments.extend(["--root", root.to_str().expect("it has a plain name")]);
        documents.push((format!("{arguments:?}"), run(&repository(), &arguments).stdout));
    }
    let pages = fs::read_dir(repository().join("docs/messages")).expect("it is there").flatten();
    let mut pages: Vec<_> = pages.map(|page| page.path()).collect();
    pages.sort();
    for page in pages.iter().step_by(4) {
        let page = page.to_str().expect("it has a plain name");
        let arguments = ["diagnose", page, "--format", "json", "--root", "docs/machine"];
        documents.push((format!("{arguments:?}"), run(&repository(), &arguments).stdout));
    }
    assert!(documents.len() > 30);
    validate(&schema("diagnose"), true, &documents);
}

#[test]
fn reports_of_many_hosts_are_as_the_schema_says() {
    let hosts = ["web1", "web2", "web3"].map(|host| format!("docs/hosts/{host}.json"));
    let mut arguments = vec!["merge", "--format", "json"];
    arguments.extend(hosts.iter().map(String::as_str));
    let with_missing = [&*arguments, &["--expect", "web4"]].concat();
    let documents = [arguments, with_missing]
        .map(|arguments| (format!("{arguments:?}"), run(&repository(), &arguments).stdout));
    validate(&schema("merge"), true, &documents);
}

#[test]
fn the_examples_of_the_page_are_as_the_schemas_say() {
    let page = fs::read_to_string(repository().join("docs/json.md")).expect("it is there");
    for name in ["lint", "trace", "names"] {
        let start = format!("{{\n  \"schema\": \"nginx-acme-lint/{name}/");
        let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        let examples = blocks.filter(|block| block.starts_with(&start));
        let examples: Vec<_> =
            examples.map(|block| (format!("docs/json.md: {name}"), block.into())).collect();
        assert!(!examples.is_empty(), "{name}");
        validate(&schema(name), true, &examples);
    }
}

/// The schema that OASIS publishes; `.ci/prepare` gets it with a crate that has it.
fn official() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let target = repository().join(target);
    let path = target.join("sarif/vendor/serde-sarif/src/schema.json");
    assert!(path.exists(), "{} is missing: run .ci/test once", path.display());
    path
}

#[test]
fn sarif_is_as_the_official_schema_says() {
    let sarif = |directory: &Path, arguments: &[&str]| {
        let mut document = document(directory, &[arguments, &["--format", "sarif"]].concat());
        // They are always the same, and the first document has them.
        document["runs"][0]["tool"]["driver"]["rules"] = serde_json::json!([]);
        (format!("{arguments:?}"), document.to_string().into_bytes())
    };
    let whole = printed(&repository(), &["--root", "docs/machine", "--format", "sarif"]);
    let mut documents = vec![("docs/machine".to_owned(), whole.into_bytes())];
    for root in fixtures(10) {
        let root = root.to_str().expect("fixtures have plain names");
        documents.push(sarif(&repository(), &["--root", root]));
    }
    let hostile = crate::hostile::directory();
    documents.push(sarif(hostile.path(), &["."]));
    documents.push(sarif(hostile.path(), &["nowhere"]));
    validate(&official(), false, &documents);
}
