use super::*;

fn outlines(memory: &Memory, directory: &str) -> Vec<(String, Context)> {
    let all = load_at(directory, memory);
    let outline = |sources: &Sources, root: &Root| outline_of(sources, root.file);
    let roots = |sources: &Sources| {
        let roots = sources.roots().iter();
        roots.map(|root| (outline(sources, root), root.context)).collect::<Vec<_>>()
    };
    all.iter().flat_map(roots).collect()
}

#[test]
fn a_main_file_further_up_that_includes_a_fragment_is_read_whole() {
    let memory = machine("events {} http { include conf.d/*.conf; include sites/*; }")
        .file("/etc/nginx/conf.d/a.conf", "server {}")
        .file("/etc/nginx/conf.d/b.conf", "server {}")
        .file("/etc/nginx/conf.d/c.off", "server {}")
        .file("/etc/nginx/available/d", "server {}")
        .link("/etc/nginx/sites/d", "../available/d")
        .file("/etc/nginx/available/nginx.conf", "events {}");
    let given = |names: &[&str]| {
        let paths: Vec<_> = names.iter().map(|name| format!("/etc/nginx/{name}").into()).collect();
        load(&paths, &memory).iter().map(outline).collect::<Vec<_>>()
    };
    let whole = "nginx.conf(a.conf b.conf d)";
    assert_eq!(given(&["conf.d/b.conf"]), [whole]);
    assert_eq!(given(&["conf.d/b.conf", "conf.d/a.conf"]), [whole]);
    assert_eq!(given(&["conf.d/c.off", "conf.d/b.conf"]), [whole, "c.off"]);
    assert_eq!(given(&["conf.d"]), [whole, "c.off"]);
    assert_eq!(given(&["available/d"]), [whole]);
    assert_eq!(given(&["nginx.conf", "conf.d/a.conf"]), [whole]);
    assert_eq!(given(&["conf.d/c.off"]), ["c.off"]);
}

#[test]
fn directories_and_files_of_several_machines_are_apart() {
    let memory = Memory::new()
        .file("/r/one/conf.d/a.conf", "server {}")
        .file("/r/one/conf.d/b.conf", "server {}")
        .file("/r/two/conf.d/c.conf", "server {}")
        .file("/r/two/sites/d.conf", "server {}");
    let given = |names: &[&str]| {
        let paths: Vec<_> = names.iter().map(|name| format!("/r/{name}").into()).collect();
        load(&paths, &memory).iter().map(outline).collect::<Vec<_>>()
    };
    assert_eq!(given(&["one", "two"]), ["a.conf b.conf", "c.conf d.conf"]);
    let files = ["two/conf.d/c.conf", "one/conf.d/a.conf", "one/conf.d/b.conf"];
    assert_eq!(given(&files), ["c.conf", "a.conf b.conf"]);
    assert_eq!(given(&["."]), ["a.conf b.conf c.conf d.conf"]);
}

#[test]
fn what_somebody_names_and_is_no_configuration_is_told() {
    let memory = Memory::new()
        .file("/cert.pem", "-----BEGIN CERTIFICATE-----\nMIIB;x\n-----END CERTIFICATE-----\n")
        .file("/key.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
        .file("/a.gz", b"\x1f\x8b\x00{")
        .file("/wide", b"\xff\xfe{\x00}\x00")
        .file("/redis.conf", "port 6379\nbind 127.0.0.1\n")
        .file("/own.conf", "my_module on;")
        .file("/brace", "}");
    for (path, expected) in [
        ("/cert.pem", Some("it is a certificate")),
        ("/key.pem", Some("it is a private key")),
        ("/a.gz", Some("it is a binary file")),
        ("/wide", Some("it is in UTF-16")),
        ("/redis.conf", Some("it is no nginx configuration")),
        ("/own.conf", None),
        ("/brace", None),
    ] {
        let [sources] = &load_at(path, &memory)[..] else { panic!("{path}") };
        let told = sources.problems().iter().find_map(|problem| match &problem.kind {
            LoadProblemKind::Foreign(kind) => Some(&**kind),
            _ => None,
        });
        assert_eq!(
            told.map(|told| told.starts_with(expected.unwrap_or("?"))),
            expected.map(|_| true),
            "{path}: {told:?}"
        );
        assert_eq!(sources.files().count(), usize::from(expected.is_none()), "{path}");
    }
}

#[test]
fn a_fragment_that_another_one_includes_stands_there_alone() {
    let memory = Memory::new()
        .file("/repository/conf.d/a.conf", "server { include conf.d/b.conf; }")
        .file("/repository/conf.d/b.conf", "listen 80;");
    let expected = [("a.conf(b.conf)".to_owned(), Context::Http)];
    assert_eq!(outlines(&memory, "/repository/conf.d"), expected);
}

#[test]
fn a_fragment_of_includes_belongs_where_they_belong() {
    let memory = Memory::new()
        .file("/repository/snippets/all.conf", "include snippets/parts/*;")
        .file("/repository/snippets/parts/a", "add_header X-A 1;")
        .file("/repository/snippets/parts/b", "location /b { return 200; }");
    let expected = [("all.conf(a b)".to_owned(), Context::Server)];
    assert_eq!(outlines(&memory, "/repository/snippets/all.conf"), expected);
}
