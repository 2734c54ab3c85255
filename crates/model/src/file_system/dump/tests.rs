use super::*;

fn dump(text: &str) -> Result<Dump, DumpError> {
    Dump::read(text.as_bytes(), Path::new("/srv"), None)
}

/// The files, each with its text.
fn files(text: &str) -> Vec<(String, String)> {
    let dump = dump(text).unwrap();
    let file = |path: &PathBuf| {
        let bytes = dump.read(path).found().unwrap();
        (path.to_str().unwrap().to_owned(), String::from_utf8(bytes).unwrap())
    };
    dump.paths().iter().map(file).collect()
}

fn is(files: &[(String, String)], expected: &[(&str, &str)]) {
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    assert_eq!(files, expected);
}

#[test]
fn every_file_comes_out_as_it_is() {
    let text = "# configuration file /etc/nginx/nginx.conf:\nevents {}\ninclude a;\n\n\
        # configuration file /etc/nginx/a:\nuser b;\n\
        # configuration file /etc/nginx/empty:\n\n\
        # configuration file /etc/nginx/crlf:\na b;\r\n\r\n\n";
    let expected = [
        ("/etc/nginx/nginx.conf", "events {}\ninclude a;\n"),
        ("/etc/nginx/a", "user b;"),
        ("/etc/nginx/empty", ""),
        ("/etc/nginx/crlf", "a b;\r\n\r\n"),
    ];
    is(&files(text), &expected);
}

#[test]
fn messages_before_and_after_are_none_of_the_files() {
    let text = "nginx: [warn] conflicting server name \"a\" on 0.0.0.0:80, ignored\n\
        nginx: the configuration file /x syntax is ok\n\
        # configuration file /x:\nevents {}\n\n\
        nginx: configuration file /x test is successful\n";
    is(&files(text), &[("/x", "events {}\n")]);
}

#[test]
fn comments_that_look_like_heads_stay_in_their_files() {
    let text = "# configuration file /x:\n# configuration file /x:\nhttp {\n\
        # configuration file /y:\n}\nlog_format a 'b\n# configuration file /z:\n';\n\n\
        # configuration file /y:\n  # configuration file /z:\n\n";
    let first = "# configuration file /x:\nhttp {\n# configuration file /y:\n}\n\
        log_format a 'b\n# configuration file /z:\n';\n";
    is(&files(text), &[("/x", first), ("/y", "  # configuration file /z:\n")]);
}

#[test]
fn a_file_that_is_cut_off_ends_where_the_next_one_starts() {
    let text = "# configuration file /x:\nhttp {\n\n# configuration file /y:\na {\n\n\
        # configuration file /z:\nb;\n\n";
    is(&files(text), &[("/x", "http {\n"), ("/y", "a {\n"), ("/z", "b;\n")]);
}

#[test]
fn what_a_terminal_has_made_of_it_is_undone() {
    let text = "# configuration file /x:\r\na;\r\n\r\n# configuration file /y:\r\nb;\r\r\n\r\n";
    is(&files(text), &[("/x", "a;\n"), ("/y", "b;\r\n")]);
}

#[test]
fn relative_paths_start_where_they_are_said_to() {
    let text = "# configuration file ./nginx.conf:\na;\n\n# configuration file ./../b:\nb;\n\n\
        # configuration file /srv/./nginx.conf:\na;\n\n";
    is(&files(text), &[("/srv/nginx.conf", "a;\n"), ("/b", "b;\n")]);
}

#[test]
fn what_is_no_dump_is_told() {
    let error = |text| dump(text).unwrap_err();
    assert_eq!(error(""), DumpError::Empty);
    assert_eq!(error(" \n"), DumpError::Empty);
    assert_eq!(error("server { listen 80; }\n"), DumpError::NoFile);
    let wide = Dump::read(b"\xff\xfe#\x00 \x00", Path::new("/"), None);
    assert_eq!(wide.unwrap_err(), DumpError::Utf16);
    assert_eq!(error("x # configuration file /x:\n# configuration file /:\n"), DumpError::NoFile);
    let refused = "nginx: [emerg] unknown directive \"a\" in /x:1\nnginx: configuration file /x \
        test failed\n";
    let said = "nginx: [emerg] unknown directive \"a\" in /x:1".to_owned();
    assert_eq!(error(refused), DumpError::Refused(said));
    let one = "# configuration file /x:\na;\n\n# configuration file /y:\nb;\n\n";
    let twice = DumpError::Twice { path: "/x".into(), line: 7 };
    assert_eq!(error(&one.repeat(2)), twice);
}

#[test]
fn a_byte_order_mark_is_none_of_the_first_file() {
    let text = "\u{feff}# configuration file /x:\r\nevents {}\r\n\r\n";
    is(&files(text), &[("/x", "events {}\n")]);
    assert!(Dump::is_one(text.as_bytes(), Path::new("/dump.txt")));
}

#[test]
fn what_a_terminal_shows_before_it_is_passed_over() {
    let text = "Welcome; it's web1 (see https://example.com/;a)\nYou have {no} mail.\n\
        root@web1:~# cd /; nginx -T\n# configuration file /x:\nevents {}\n\n\
        # configuration file /y:\na;\n\n";
    is(&files(text), &[("/x", "events {}\n"), ("/y", "a;\n")]);
    assert!(Dump::is_one(text.as_bytes(), Path::new("/dump.txt")));
}

#[test]
fn a_file_without_its_head_is_missed() {
    let rest = "\n# configuration file /y:\na;\n\n";
    for (cut, line) in [
        ("events {}\n", 1),
        ("nginx: the configuration file /x syntax is ok\n  server { # one\n", 2),
        ("$ nginx -T\n> # configuration file /x:\nuser a;\n", 3),
        ("'$status ';\n}\n", 1),
        ("  }  # server\r\n", 1),
    ] {
        let text = [cut, rest].concat();
        assert_eq!(dump(&text).unwrap_err(), DumpError::HeadCut { line }, "{text}");
        assert!(!Dump::is_one(text.as_bytes(), Path::new("/dump.txt")), "{text}");
    }
}

#[test]
fn a_configuration_with_a_comment_is_no_dump() {
    let is_one = |text: &str, path| Dump::is_one(text.as_bytes(), Path::new(path));
    let one = "# configuration file /etc/nginx/conf.d/a.conf:\nserver {}\n";
    assert!(!is_one(one, "/repository/conf.d/a.conf"));
    assert!(is_one(one, "/repository/dump.txt"));
    assert!(!is_one("server {}\n# configuration file /x:\n", "/a"));
    assert!(!is_one("# Sites\n# configuration file /x:\nserver {}\n", "/a"));
    assert!(!is_one("server {}\n", "/a"));
    let two = "nginx: configuration file /etc/nginx/nginx.conf test is successful\n\n\
        # configuration file /etc/nginx/nginx.conf:\n\n# configuration file /etc/nginx/a:\n";
    assert!(is_one(two, "/dumps/nginx.conf"));
}

#[test]
fn all_else_is_not_known() {
    let dump = dump("# configuration file /etc/nginx/nginx.conf:\nevents {}\n\n").unwrap();
    let path = Path::new("/etc/letsencrypt/live/a/fullchain.pem");
    assert_eq!(dump.read(path), Lookup::Unknowable(Reason::NotInDump));
    assert_eq!(dump.stat(path), Lookup::Unknowable(Reason::NotInDump));
    assert_eq!(dump.readlink(path), Lookup::Unknowable(Reason::NotInDump));
    assert_eq!(dump.list(Path::new("/etc/nginx")), Lookup::Unknowable(Reason::NotInDump));
    let secret = dump.read_secret(path, &mut |_| panic!("there is nothing to show"));
    assert_eq!(secret, Lookup::Unknowable(Reason::NotInDump));
    assert!(dump.stat(Path::new("/etc/nginx")).found().is_some());
}

#[test]
fn a_disk_has_all_else() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("etc/nginx")).unwrap();
    std::fs::write(root.path().join("etc/nginx/nginx.conf"), "old").unwrap();
    std::fs::write(root.path().join("etc/cert.pem"), "pem").unwrap();
    let disk = Disk::under(root.path().to_owned());
    let text = "# configuration file /etc/nginx/nginx.conf:\nnew\n\n";
    let dump = Dump::read(text.as_bytes(), Path::new("/"), Some(disk)).unwrap();
    let read = |path| dump.read(Path::new(path));
    assert_eq!(read("/etc/nginx/nginx.conf"), Lookup::Found(b"new\n".to_vec()));
    assert_eq!(read("/etc/cert.pem"), Lookup::Found(b"pem".to_vec()));
    assert_eq!(read("/etc/other.pem"), Lookup::Absent);
}
