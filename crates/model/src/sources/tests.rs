use std::process::Command;

use super::*;
use crate::file_system::{Disk, FileKind, FileSystem, Memory};

mod dumps;
mod edits;
mod fragments;

/// A machine with this main file.
fn machine(main: &str) -> Memory {
    Memory::new().file("/etc/nginx/nginx.conf", main)
}

fn load_at(path: &str, file_system: &dyn FileSystem) -> Vec<Sources> {
    load(&[PathBuf::from(path)], file_system)
}

fn main_of(file_system: &dyn FileSystem) -> Sources {
    let mut all = load_at("/etc/nginx", file_system);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The files in the order of their ids.
fn paths(sources: &Sources) -> Vec<&str> {
    sources.files().map(|(_, file)| file.path.to_str().unwrap()).collect()
}

/// The roots, each with what it includes in parentheses.
fn outline(sources: &Sources) -> String {
    let outline = |root: &Root| outline_of(sources, root.file);
    sources.roots().iter().map(outline).collect::<Vec<_>>().join(" ")
}

fn outline_of(sources: &Sources, file: FileId) -> String {
    let source = sources.file(file);
    let includes = source.includes.iter().flat_map(|include| include.files.iter());
    let inner: Vec<_> = includes.map(|file| outline_of(sources, *file)).collect();
    let name = source.path.file_name().unwrap().to_str().unwrap();
    if inner.is_empty() { name.to_owned() } else { format!("{name}({})", inner.join(" ")) }
}

/// The problems: path, the text of the argument, kind.
fn problems(sources: &Sources) -> Vec<(&str, &str, LoadProblemKind)> {
    let text = |at| str::from_utf8(sources.text(at)).unwrap();
    let problem = |problem: &LoadProblem| (problem.at.map_or("", text), problem.kind.clone());
    let problems = sources.problems().iter();
    problems
        .map(|found| {
            let (text, kind) = problem(found);
            (found.path.to_str().unwrap(), text, kind)
        })
        .collect()
}

mod following {
    use super::*;

    #[test]
    fn relative_includes_start_at_the_main_file_at_any_depth() {
        let memory = machine("http { include sub/a.conf; }")
            .file("/etc/nginx/sub/a.conf", "include sub/b.conf;")
            .file("/etc/nginx/sub/b.conf", "include c.conf;")
            .file("/etc/nginx/sub/c.conf", "")
            .file("/etc/nginx/c.conf", "");
        let sources = main_of(&memory);
        assert_eq!(outline(&sources), "nginx.conf(a.conf(b.conf(c.conf)))");
        assert_eq!(paths(&sources)[3], "/etc/nginx/c.conf");
        assert_eq!(sources.problems(), []);
        assert_eq!(sources.conf_prefix(), Path::new("/etc/nginx"));
    }

    #[test]
    fn files_are_numbered_as_nginx_opens_them() {
        let memory = machine("include conf.d/*.conf; include last;")
            .file("/etc/nginx/conf.d/a.conf", "include ../inner;")
            .file("/etc/nginx/conf.d/B.conf", "")
            .file("/etc/nginx/conf.d/9.conf", "include inner;")
            .file("/etc/nginx/conf.d/10.conf", "")
            .file("/etc/nginx/conf.d/.hidden.conf", "")
            .file("/etc/nginx/inner", "")
            .file("/etc/nginx/last", "")
            .file("/etc/inner", "");
        let sources = main_of(&memory);
        assert_eq!(
            outline(&sources),
            "nginx.conf(10.conf 9.conf(inner) B.conf a.conf(inner) last)"
        );
        let in_order = [
            "/etc/nginx/nginx.conf",
            "/etc/nginx/conf.d/10.conf",
            "/etc/nginx/conf.d/9.conf",
            "/etc/nginx/inner",
            "/etc/nginx/conf.d/B.conf",
            "/etc/nginx/conf.d/a.conf",
            "/etc/nginx/../inner",
            "/etc/nginx/last",
        ];
        assert_eq!(paths(&sources), in_order);
    }

    #[test]
    fn includes_count_in_every_block_that_reads_them() {
        let memory = machine(
            "http { types { include a; } map $a $b { 'include' b; } upstream u { include c; }
                    geo $c { include d; } server { if ($e) { include \"e\"; } } }",
        );
        let memory = ["a", "b", "c", "d", "e"]
            .iter()
            .fold(memory, |memory, name| memory.file(format!("/etc/nginx/{name}"), ""));
        assert_eq!(outline(&main_of(&memory)), "nginx.conf(a b c d e)");
    }

    #[test]
    fn other_words_named_include_lead_nowhere() {
        let memory = machine(
            "http { include; include a b; include a {} split_clients $a $b { include a; }
                    content_by_lua_block { include a; } #include a;
                    log_format include a; }",
        );
        let sources = main_of(&memory);
        assert_eq!((outline(&sources).as_str(), sources.problems()), ("nginx.conf", &[][..]));
    }

    #[test]
    fn a_file_included_again_is_one_file() {
        let memory = machine("http { server { include s; } server { include ./s; include s; } }")
            .file("/etc/nginx/s", "listen 80;");
        let sources = main_of(&memory);
        assert_eq!(outline(&sources), "nginx.conf(s s s)");
        assert_eq!(sources.files().count(), 2);
    }

    #[test]
    fn cycles_are_cut_and_told() {
        let memory = machine("include a;")
            .file("/etc/nginx/a", "include b; include a;")
            .file("/etc/nginx/b", "include [a]; include c;")
            .file("/etc/nginx/c", "");
        let sources = main_of(&memory);
        assert_eq!(outline(&sources), "nginx.conf(a(b(c)))");
        let cycle = |text| ("/etc/nginx/a", text, LoadProblemKind::Cycle);
        assert_eq!(problems(&sources), [cycle("a"), cycle("[a]")]);
    }

    #[test]
    fn a_pattern_may_match_nothing_but_a_name_must_exist() {
        let memory = machine("http { include no/*.conf; include no; include no; }");
        let missing = ("/etc/nginx/no", "no", LoadProblemKind::Missing);
        assert_eq!(problems(&main_of(&memory)), [missing.clone(), missing]);
    }

    #[test]
    fn a_link_without_its_target_matches_a_pattern_and_is_missing() {
        let memory = machine("include sites-enabled/*;").link("/etc/nginx/sites-enabled/a", "gone");
        let missing = ("/etc/nginx/sites-enabled/a", "sites-enabled/*", LoadProblemKind::Missing);
        assert_eq!(problems(&main_of(&memory)), [missing]);
    }

    #[test]
    fn what_cannot_be_read_is_told_where_it_is_included() {
        let memory = machine("include *.d/*; include secret; include pipe; include empty.d;")
            .file("/etc/nginx/closed.d/a", "")
            .denied("/etc/nginx/closed.d")
            .dir("/etc/nginx/empty.d")
            .file("/etc/nginx/secret", "")
            .denied("/etc/nginx/secret")
            .special("/etc/nginx/pipe");
        let unreadable = |path, text, reason| (path, text, LoadProblemKind::Unreadable(reason));
        let expected = [
            unreadable("/etc/nginx/closed.d", "*.d/*", Reason::PermissionDenied),
            unreadable("/etc/nginx/secret", "secret", Reason::PermissionDenied),
            unreadable("/etc/nginx/pipe", "pipe", Reason::WrongKind(FileKind::Special)),
            unreadable("/etc/nginx/empty.d", "empty.d", Reason::WrongKind(FileKind::Directory)),
        ];
        assert_eq!(problems(&main_of(&memory)), expected);
    }

    #[test]
    fn links_know_their_target() {
        let memory = machine("include sites-enabled/*;")
            .file("/etc/nginx/sites-available/a", "")
            .link("/etc/nginx/sites-enabled/1", "../sites-available/a")
            .link("/etc/nginx/sites-enabled/2", "/etc/nginx/sites-available/a")
            .file("/etc/nginx/sites-enabled/3", "");
        let sources = main_of(&memory);
        assert_eq!(outline(&sources), "nginx.conf(1 1 3)");
        let [linked, plain] = [1, 2].map(|id| sources.file(FileId(id)));
        assert_eq!(linked.path, Path::new("/etc/nginx/sites-enabled/1"));
        assert_eq!(linked.edited_path(), Path::new("/etc/nginx/sites-available/a"));
        assert_eq!(plain.target, None);
    }

    #[test]
    fn deep_chains_do_not_exhaust_the_stack() {
        const DEPTH: usize = 20_000;
        let memory = (0..DEPTH).fold(machine("include 0;"), |memory, depth| {
            memory.file(format!("/etc/nginx/{depth}"), format!("include {};", depth + 1))
        });
        let sources = main_of(&memory);
        assert_eq!(sources.files().count(), DEPTH + 1);
        assert_eq!(sources.problems().len(), 1);
    }

    #[test]
    fn files_that_include_each_other_over_and_over_are_cut_off() {
        let memory = (0..200).fold(machine("http { include 0; server {} }"), |memory, depth| {
            memory.file(
                format!("/etc/nginx/{depth}"),
                format!("include {0}; include {0};", depth + 1),
            )
        });
        let sources = main_of(&memory.file("/etc/nginx/200", ""));
        assert_eq!(sources.files().count(), 202);
        let cut = sources.problems();
        assert!(!cut.is_empty() && cut.len() < 100, "{cut:?}");
        assert!(cut.iter().all(|problem| problem.kind == LoadProblemKind::TooMuch));
        let config = crate::Config::of(&sources);
        assert_eq!(config.roots_in(Context::Main).count(), 1);
    }

    #[test]
    fn absolute_links_stay_under_another_root() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("etc/nginx/sites-enabled")).unwrap();
        std::fs::create_dir_all(at("srv")).unwrap();
        std::fs::write(at("etc/nginx/nginx.conf"), "include /etc/nginx/sites-enabled/*;").unwrap();
        std::fs::write(at("srv/a"), "events {}").unwrap();
        std::os::unix::fs::symlink("/srv/a", at("etc/nginx/sites-enabled/a")).unwrap();
        assert!(
            Command::new("mkfifo").arg(at("etc/nginx/sites-enabled/b")).status().unwrap().success()
        );
        let sources = main_of(&Disk::under(root.path().to_path_buf()));
        assert_eq!(outline(&sources), "nginx.conf(a)");
        assert_eq!(sources.file(FileId(1)).target.as_deref(), Some(Path::new("/srv/a")));
        let pipe = LoadProblemKind::Unreadable(Reason::WrongKind(FileKind::Special));
        let expected = ("/etc/nginx/sites-enabled/b", "/etc/nginx/sites-enabled/*", pipe);
        assert_eq!(problems(&sources), [expected]);
    }
}

mod inputs {
    use super::*;

    fn roots(sources: &Sources) -> Vec<(&str, Context)> {
        let roots = sources.roots().iter();
        roots.map(|root| (sources.file(root.file).path.to_str().unwrap(), root.context)).collect()
    }

    #[test]
    fn what_is_not_there_is_never_silent() {
        let memory = Memory::new()
            .dir("/empty")
            .file("/other/redis.conf", "port 6379\n")
            .dir("/closed")
            .denied("/closed");
        for (path, kind) in [
            ("/gone", LoadProblemKind::Missing),
            ("/empty", LoadProblemKind::NothingFound),
            ("/other", LoadProblemKind::NothingFound),
            ("/closed", LoadProblemKind::Unreadable(Reason::PermissionDenied)),
            ("/closed/a", LoadProblemKind::Unreadable(Reason::PermissionDenied)),
        ] {
            let [sources] = &load_at(path, &memory)[..] else { panic!("{path}") };
            assert_eq!(problems(sources).len(), 1, "{path}");
            assert_eq!(problems(sources)[0].2, kind, "{path}");
            assert_eq!(sources.roots(), []);
        }
    }

    #[test]
    fn a_main_file_leaves_what_it_does_not_include() {
        let memory = machine("events {}").file("/etc/nginx/sites-available/a", "server {}");
        assert_eq!(outline(&main_of(&memory)), "nginx.conf");
    }

    #[test]
    fn a_named_file_is_read_whatever_its_name() {
        let memory = Memory::new()
            .file("/a/site", "server { listen 80; }")
            .file("/a/whole", "events {} http {}");
        let [main, rest] = &load(&["/a/site".into(), "/a/whole".into()], &memory)[..] else {
            panic!()
        };
        assert_eq!(roots(main), [("/a/whole", Context::Main)]);
        assert_eq!(roots(rest), [("/a/site", Context::Http)]);
        assert!(rest.roots()[0].is_fragment && !main.roots()[0].is_fragment);
    }

    #[test]
    fn main_files_are_found_deep_down_and_fragments_counted_once() {
        let memory = Memory::new()
            .file("/repo/web/nginx.conf", "events {} http { include conf.d/*.conf; }")
            .file("/repo/web/conf.d/a.conf", "server {}")
            .file("/repo/web/conf.d/b.off", "server {}")
            .file("/repo/mail.conf", "events {} http {} mail {}")
            .file("/repo/redis.conf", "port 6379\n")
            .file("/repo/.git/x.conf", "server {}")
            .file("/repo/sites-available/s", "location / {}")
            .link("/repo/sites-enabled/s", "../sites-available/s")
            .link("/repo/around", ".");
        let [mail, web, rest] = &load_at("/repo", &memory)[..] else { panic!() };
        assert_eq!(outline(mail), "mail.conf");
        assert_eq!(outline(web), "nginx.conf(a.conf)");
        assert_eq!(
            roots(rest),
            [
                ("/repo/sites-available/s", Context::Server),
                ("/repo/web/conf.d/b.off", Context::Http)
            ]
        );
        assert_eq!(rest.conf_prefix(), Path::new("/repo"));
        assert_eq!(rest.conf_prefix_of(FileId(1)), Path::new("/repo/web"));
    }

    #[test]
    fn a_main_file_by_name_only_is_a_fragment() {
        let memory = machine("server { listen 80; }").file("/etc/nginx/b.conf", "upstream u {}");
        let sources = main_of(&memory);
        assert_eq!(
            roots(&sources),
            [("/etc/nginx/b.conf", Context::Http), ("/etc/nginx/nginx.conf", Context::Http)]
        );
    }

    #[test]
    fn fragments_look_for_their_includes() {
        let memory = Memory::new()
            .file("/r/sites-enabled/a", "server { include snippets/x; include y; include z; }")
            .file("/r/snippets/x", "listen 80;")
            .file("/r/sites-enabled/y", "include snippets/x; include no/*;");
        let [sources] = &load_at("/r", &memory)[..] else { panic!() };
        assert_eq!(outline(sources), "a(x y(x))");
        let unresolved = |path, text| (path, text, LoadProblemKind::Unresolved);
        assert_eq!(problems(sources), [unresolved("/r/z", "z"), unresolved("/r/no/*", "no/*")]);
    }

    #[test]
    fn fragments_near_a_main_file_start_there() {
        let memory = machine("events {}")
            .file("/etc/nginx/sites/deep/a", "server { include common; include no/*; }")
            .file("/etc/nginx/common", "listen 80;");
        let [sources] = &load_at("/etc/nginx/sites/deep/a", &memory)[..] else { panic!() };
        assert_eq!(outline(sources), "a(common)");
        assert_eq!(sources.problems(), []);
    }
}
