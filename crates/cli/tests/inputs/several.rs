//! Many configurations in one run.

use crate::program::{Tree, each, main_with, taken};

/// So much text that threads are worth it.
const SERVERS: usize = 400;

fn tree(roots: usize) -> Tree {
    (0..roots).fold(Tree::new(), |tree, root| {
        let servers = (0..SERVERS).map(|number| taken(&format!("a{number}.example.com")));
        tree.file(format!("servers/{root}/nginx.conf"), main_with("conf.d/*.conf"))
            .file(format!("servers/{root}/conf.d/all.conf"), servers.collect::<String>())
    })
}

#[test]
fn each_root_is_a_configuration_of_its_own() {
    let tree = tree(4);
    let roots: Vec<_> = (0..4).map(|root| format!("servers/{root}")).collect();
    let roots: Vec<_> = roots.iter().map(String::as_str).collect();
    let run = |more: &[&str]| tree.run(&[&["--format", "json", "--fix"], more].concat()).json();
    let together = run(&roots);
    assert_eq!(together, run(&roots), "the order is the same each time");
    assert_eq!(each(&together["configurations"]).len(), 4);
    let mut patch = String::new();
    for (number, root) in roots.iter().enumerate() {
        let alone = run(&[root]);
        assert_eq!(together["configurations"][number], alone["configurations"][0]);
        let of_it = each(&together["diagnostics"])
            .iter()
            .filter(|one| one["configuration"] == number)
            .map(|one| (one["file"].clone(), one["line"].clone()));
        let of_it: Vec<_> = of_it.collect();
        let expected = each(&alone["diagnostics"]).iter();
        let expected: Vec<_> =
            expected.map(|one| (one["file"].clone(), one["line"].clone())).collect();
        assert_eq!(of_it, expected);
        patch += alone["patch"].as_str().unwrap();
    }
    assert_eq!(together["patch"], patch);
    assert_eq!(together["looked_at"]["names"]["failing"], 4 * SERVERS);
}

#[test]
fn parts_of_several_servers_do_not_mix() {
    let server = "server { listen 80 default_server; server_name a.example.com; return 403; }\n";
    let tree = Tree::new().file("one/conf.d/a.conf", server).file("two/conf.d/a.conf", server);
    let ran = tree.run(&["one", "two"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = tree.run(&["one/conf.d/a.conf", "two/conf.d/a.conf"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("looked at 2 files, 2 servers"), "{ran:?}");
}

#[test]
fn a_path_that_is_missing_among_others_is_told() {
    let tree = Tree::new().file("a/nginx.conf", "events {}\n");
    let ran = tree.run(&["a", "gone"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("cannot read gone: no such file or directory"), "{ran:?}");
}
