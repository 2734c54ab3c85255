//! Every prefix of every fixture parses: half-written files are what an editor shows.

mod soundness;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use parser::parse;
use soundness::{check_tokens, check_tree};

/// Something of everything, in case no fixture has it.
const SAMPLE: &[u8] = b"\xEF\xBB\xBF# comment with 'quotes\" and {braces}
user www-data; events { worker_connections 1024; }\r
http {
    map $uri $new { default ''; ~^/[0-9]+$ \"a b\"; \"~^/[0-9]{3}$\" '\\'${uri}\\''; }
    types { text/html html htm; }
    log_format main '$remote_addr \"$request\" '
                    \"$status \\\"$http_referer\\\"\"; # last
    server {
        listen 80; listen [::]:80;
        server_name example.com ~^www\\d+\\.example\\.com$;
        if ($request_uri = \"/a\"){ return 301 https://$host$request_uri; }
        location ~ ^/a\\ b${ } location ^~ /.well-known/acme-challenge/ { root /var/www/\xE6\x97\xA5; }
        location /lua { content_by_lua_block {
            local s = [==[ } ]] ]==] .. \"}\" .. '\\'}' -- }
            --[[ }
            ]] if t[u[1]] then t = {} end
        } }
    }
}}
;; \x95\x5C\0 }";

#[test]
fn every_prefix_of_the_sample_makes_a_sound_tree() {
    check_prefixes(SAMPLE);
}

#[test]
fn every_prefix_of_every_fixture_makes_a_sound_tree() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let is_of_machine = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem != "expected");
    let files = files_under(fixtures).into_iter().filter(is_of_machine);
    let texts: BTreeSet<Vec<u8>> =
        files.map(|path| fs::read(path).expect("a fixture is readable")).collect();
    assert!(texts.len() > 500, "the fixtures are not where they should be");
    for text in &texts {
        check_prefixes(text);
    }
}

/// Checks the prefixes of a file; of a large one, only some.
fn check_prefixes(source: &[u8]) {
    let step = if source.len() <= 8192 { 1 } else { 7.max(source.len() / 1024) };
    for length in (0..=source.len()).step_by(step) {
        let prefix = &source[..length];
        check_tokens(prefix);
        check_tree(prefix, &parse(prefix));
    }
}

fn files_under(directory: PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => directories.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}
