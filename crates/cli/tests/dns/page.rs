//! docs/dns.md shows what the program prints.

use std::{env, fs, path::Path};

use machine::NameServers;

use crate::world::{OWN, WORLD, configuration, names, write};

const START: &str = "<!-- dns: ";

/// Whether a resolver says in time that it gets no answer for these is a matter of chance.
const UNANSWERED: [&str; 2] = ["dead.example.com", "silent.example.com"];

#[test]
fn the_page_shows_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dns.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once(START).expect("it shows a command");
    let (command, rest) = rest.split_once(" -->\n```text\n").expect("a block follows");
    let (_, after) = rest.split_once("```\n").expect("the block ends");
    let mut arguments: Vec<_> = command.split(' ').collect();
    arguments.extend(["--now", "2026-03-01", "--resolver", NameServers::RESOLVER]);
    arguments.extend(OWN.iter().flat_map(|address| ["--public-address", address]));
    let mut names = names();
    names.retain(|name| !UNANSWERED.contains(&&**name));
    let root = WORLD.servers.directory().join("page");
    let nginx = root.join("etc/nginx");
    fs::create_dir_all(&nginx).expect("the directory can be made");
    write(&nginx.join("nginx.conf"), &configuration(&names));
    let output = WORLD.run_on(&root, &arguments);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = format!("{before}{START}{command} -->\n```text\n{printed}```\n{after}");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &text).expect("the page can be written");
        return;
    }
    assert_eq!(page, text, "UPDATE_EXPECT=1 rewrites it");
}
