//! docs/dns.md shows what the program prints.

use std::{env, fs, path::Path};

use machine::NameServers;

use crate::world::{OWN, WORLD};

const START: &str = "<!-- dns: ";

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
    let output = WORLD.run(&arguments);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = format!("{before}{START}{command} -->\n```text\n{printed}```\n{after}");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &text).expect("the page can be written");
        return;
    }
    assert_eq!(page, text, "UPDATE_EXPECT=1 rewrites it");
}
