//! Cases from a seeded generator: words out of nasty fragments, put together to configurations
//! that nginx would accept if it were not for the fragments, and then damaged byte by byte.

use crate::{Case, Place, random::Random};

const SOUPS: usize = 3000;
const CONFIGURATIONS: usize = 1500;

pub(crate) fn cases() -> Vec<Case> {
    let soups = (0..SOUPS).map(|seed| soup(seed, &mut Random::new(seed as u64)));
    let configurations = (0..CONFIGURATIONS)
        .map(|seed| configuration(seed, &mut Random::new((SOUPS + seed) as u64)));
    soups.chain(configurations).collect()
}

const LETTERS: &[&[u8]] = &[
    b"a",
    b"bc",
    b"/d",
    b".",
    b"=",
    b"~",
    b"^",
    b"[0-9]",
    b"(",
    b")",
    b"*",
    b"%",
    b"|",
    b"-",
    b"+",
    b"\xC3\xA9",
    b"\x95\x5C\x5C",
    b"\xFF",
    b"\x0B",
    b"\x7F",
    b"e'f",
    b"g\"h",
    b"i#j",
    b"k}",
    b"}l",
];

const ESCAPES: &[&[u8]] = &[
    b"\\\"", b"\\'", b"\\\\", b"\\n", b"\\t", b"\\d", b"\\ ", b"\\;", b"\\{", b"\\}", b"\\#",
    b"\\$", b"\\\n", b"${x}", b"${", b"$", b"$$", b"${{",
];

const QUOTED_ONLY: &[&[u8]] = &[b" ", b"\n", b";", b"{", b"}", b"#", b"\r\n", b"\t", b"{2}"];

const DAMAGE: &[&[u8]] = &[
    b"\"",
    b"'",
    b"\\",
    b";",
    b"{",
    b"}",
    b"#",
    b"$",
    b")",
    b" ",
    b"\n",
    b"\r",
    b"\0",
    b"${",
    b"\"\"",
    b"';",
    b"\" ",
    b"x",
    b"\xEF\xBB\xBF",
    b"\\\\",
    b"}}",
    b"};",
    b"{}",
    b";;",
    b"# \n",
];

const BLANKS: &[&[u8]] = &[b" ", b" ", b" ", b"\n", b"\t", b"\r\n", b" # c ' { ;\n", b"\n\n  "];

/// Entries of `types`, a good part of them damaged.
fn soup(seed: usize, random: &mut Random) -> Case {
    let mut text = Vec::new();
    for _ in 0..=random.below(6) {
        entry(random, &mut text);
    }
    // One half stays whole, so that acceptance is compared as much as rejection.
    for _ in 0..random.below(2) * random.below(4) {
        damage(random, &mut text);
    }
    let place = if random.one_in(4) { Place::IncludedInTypes } else { Place::Types };
    Case { name: format!("soup {seed}"), place, text }
}

fn entry(random: &mut Random, text: &mut Vec<u8>) {
    for _ in 0..=random.below(4) {
        word(random, text);
        text.extend_from_slice(random.pick(BLANKS));
    }
    word(random, text);
    text.extend_from_slice(random.pick(&[&b";"[..], b";", b" ;", b"\n;", b"; # e\n", b";\n"]));
    if random.one_in(3) {
        text.extend_from_slice(random.pick(BLANKS));
    }
}

fn word(random: &mut Random, text: &mut Vec<u8>) {
    let quote: &[u8] = random.pick(&[&b""[..], b"", b"\"", b"'"]);
    text.extend_from_slice(quote);
    if quote.is_empty() {
        text.push(b'w');
    }
    for _ in 0..random.below(5) {
        let fragment = match random.below(6) {
            0..3 => random.pick(LETTERS),
            3..5 => random.pick(ESCAPES),
            _ if quote.is_empty() => random.pick(LETTERS),
            _ => random.pick(QUOTED_ONLY),
        };
        // The other quote, and now and then the same one.
        if quote.is_empty() || !fragment.ends_with(quote) || fragment.starts_with(b"\\") {
            text.extend_from_slice(fragment);
        }
    }
    text.extend_from_slice(quote);
    if !quote.is_empty() && random.one_in(12) {
        text.push(b')');
    }
}

/// Takes a byte away, doubles or moves one, or puts something in.
fn damage(random: &mut Random, text: &mut Vec<u8>) {
    let at = random.below(text.len() + 1);
    match random.below(5) {
        0 if at < text.len() => {
            text.remove(at);
        }
        1 if at + 1 < text.len() => text.swap(at, at + 1),
        2 => text.truncate(at.max(1)),
        _ => {
            let fragment = random.pick(DAMAGE);
            text.splice(at..at, fragment.iter().copied());
        }
    }
}

/// Blocks with statements that take any words, a third of them damaged.
fn configuration(seed: usize, random: &mut Random) -> Case {
    let mut text = Vec::new();
    let mut names = 0;
    for _ in 0..=random.below(4) {
        block(random, &mut text, &mut names, "/", 0);
    }
    if random.one_in(3) {
        for _ in 0..=random.below(2) {
            damage_between(random, &mut text);
        }
    }
    let place = if random.one_in(4) { Place::IncludedInServer } else { Place::Server };
    Case { name: format!("configuration {seed}"), place, text }
}

fn block(random: &mut Random, text: &mut Vec<u8>, names: &mut usize, outer: &str, depth: usize) {
    *names += 1;
    let path = format!("{outer}{names}/");
    let quote = random.pick(&["", "\"", "'"]);
    let brace = random.pick(&["{", " {", "\n{\n", " # c {\n{", " { # }\n"]);
    text.extend_from_slice(format!("location {quote}{path}{quote}{brace}").as_bytes());
    if random.one_in(2) {
        text.extend_from_slice(b"gzip_types ");
        entry(random, text);
    }
    if random.one_in(3) {
        text.extend_from_slice(b"types {");
        for _ in 0..random.below(3) {
            entry(random, text);
        }
        text.extend_from_slice(b"}\n");
    }
    if random.one_in(3) {
        let condition =
            random.pick(&["($uri = \"a\")", "( $uri ~ 'a$' )", "(-f \"a}\")", "($uri)"]);
        let brace = random.pick(&["{", " {\n", "\n{"]);
        let body = random.pick(&["", "return 404;", "set $a 'b{c';", "gzip_comp_level 1;\n"]);
        text.extend_from_slice(format!("if {condition}{brace}{body}}}").as_bytes());
    }
    while depth < 6 && random.one_in(2) {
        block(random, text, names, &path, depth + 1);
    }
    text.extend_from_slice(random.pick(&[&b"}"[..], b"\n}\n", b" } # {\n"]));
}

/// Damages a place where the reader looks for punctuation: beside a semicolon, brace or quote.
fn damage_between(random: &mut Random, text: &mut Vec<u8>) {
    let places: Vec<usize> = (0..text.len())
        .filter(|&at| matches!(text[at], b';' | b'{' | b'}' | b'"' | b'\'' | b'\n'))
        .collect();
    if places.is_empty() {
        return;
    }
    let at = places[random.below(places.len())];
    match random.below(6) {
        0 => {
            text.remove(at);
        }
        1 => text.truncate(at),
        2 => text.insert(at, b'}'),
        3 => text.insert(at + 1, b';'),
        _ => {
            let fragment = random.pick(DAMAGE);
            text.splice(at + 1..=at, fragment.iter().copied());
        }
    }
}
