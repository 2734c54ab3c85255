//! One mistake does not hide the rest of the file: what the tree looks like behind an error.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use parser::{Children, LineIndex, Tree, parse};

#[test]
fn an_unclosed_quote_ends_with_its_line() {
    check(
        "server {\n  root \"/var/www;\n  listen 80;\n  location / { }\n}\n",
        &expect![[r#"
        [server] {
          [root] [\"/var/www] ;
          [listen] [80] ;
          [location] [/] {
        6:1: unexpected end of file, expecting ";" or "}"
    "#]],
    );
}

#[test]
fn an_unclosed_quote_before_a_brace_leaves_the_block_open() {
    check(
        "location \"/a {\n  return 404;\n}\nlisten 80;\n",
        &expect![[r#"
        [location] [\"/a] {
          [return] [404] ;
        [listen] [80] ;
        5:1: unexpected end of file, expecting ";" or "}"
    "#]],
    );
}

#[test]
fn two_unclosed_quotes_pair_up_as_in_nginx() {
    check(
        "root \"/a;\nlisten 80;\nindex \"b;\nlisten 81;\n",
        &expect![[r#"
        [root] [\"/a;\nlisten 80;\nindex \"] [b] ;
        [listen] [81] ;
        3:8: unexpected "b"
    "#]],
    );
}

#[test]
fn text_behind_a_closing_quote_is_a_word() {
    check(
        "return 200 \"a\"b;\nlisten 80;\n",
        &expect![[r#"
        [return] [200] [\"a\"] [b] ;
        [listen] [80] ;
        1:15: unexpected "b"
    "#]],
    );
}

#[test]
fn a_missing_semicolon_joins_two_lines() {
    check(
        "server {\n  listen 80\n  root /a;\n  index b;\n}\n",
        &expect![[r"
        [server] {
          [listen] [80] [root] [/a] ;
          [index] [b] ;
    "]],
    );
}

#[test]
fn a_missing_semicolon_before_a_brace_still_closes_the_block() {
    check(
        "server {\n  listen 80\n}\nserver {\n  listen 81;\n}\n",
        &expect![[r#"
        [server] {
          [listen] [80] ;
        [server] {
          [listen] [81] ;
        3:1: unexpected "}"
    "#]],
    );
}

#[test]
fn a_stray_semicolon_is_skipped() {
    check(
        "server {\n  listen 80;;\n};\nuser a;\n",
        &expect![[r#"
        [server] {
          [listen] [80] ;
        [user] [a] ;
        2:13: unexpected ";"
        3:2: unexpected ";"
    "#]],
    );
}

#[test]
fn a_brace_too_many_is_skipped() {
    check(
        "events { }\n}\nhttp { }\n",
        &expect![[r#"
        [events] {
        [http] {
        2:1: unexpected "}"
    "#]],
    );
}

#[test]
fn a_block_without_a_name_holds_statements_of_the_level_around_it() {
    check(
        "server {\n  {\n    listen 80;\n  }\n  root /a;\n}\n",
        &expect![[r#"
        [server] {
          [listen] [80] ;
          [root] [/a] ;
        2:3: unexpected "{"
    "#]],
    );
}

#[test]
fn a_brace_too_few_is_missed_at_the_end() {
    check(
        "http {\n  server {\n    listen 80;\n}\n",
        &expect![[r#"
        [http] {
          [server] {
            [listen] [80] ;
        5:1: unexpected end of file, expecting "}"
    "#]],
    );
}

#[test]
fn a_block_in_a_map_is_kept() {
    check(
        "map $a $b {\n  a {\n    b c;\n  }\n  d e;\n}\nuser f;\n",
        &expect![[r#"
            [map] [$a] [$b] {
              [a] {
                [b] [c] ;
              [d] [e] ;
            [user] [f] ;
            2:5: unexpected "{"
        "#]],
    );
}

#[test]
fn a_quantifier_in_a_map_opens_no_block() {
    check(
        "map $a $b {\n  ~^a{2}$ c;\n  d e;\n}\nuser f;\n",
        &expect![[r#"
        [map] [$a] [$b] {
          [~^a] ;
          [2}$] [c] ;
          [d] [e] ;
        [user] [f] ;
        2:6: unexpected "{"
    "#]],
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_word() {
    check(
        "\u{FEFF}events { }\n",
        &expect![[r"
        [events] {
        1:1: byte order mark (EF BB BF) at byte 0: nginx reads it as part of the first word
    "]],
    );
}

#[test]
fn a_word_over_the_limit_is_one_word() {
    let source = format!("a {};\nb c;\n", "x".repeat(5000));
    check(
        &source,
        &expect![[r#"
        [a] [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...] ;
        [b] [c] ;
        1:3: too long parameter "xxxxxxxxxx..." started
    "#]],
    );
}

#[test]
fn an_unclosed_lua_block_takes_the_rest() {
    check(
        "location / {\n  content_by_lua_block {\n    t = {\n  }\nuser a;\n",
        &expect![[r"
            [location] [/] {
              [content_by_lua_block] {
            3:9: unexpected end of file, expecting terminating characters for lua code block
        "]],
    );
}

#[test]
fn a_file_that_ends_in_a_statement_keeps_it() {
    check(
        "server {\n  listen 80;\n  root /a",
        &expect![[r#"
        [server] {
          [listen] [80] ;
          [root] [/a] ;
        3:10: unexpected end of file, expecting ";" or "}"
    "#]],
    );
}

#[test]
fn every_mistake_is_reported() {
    check(
        "};\nuser 'a'b;\n{ }\nhttp {\n",
        &expect![[r#"
        [user] [\'a\'] [b] ;
        [http] {
        1:1: unexpected "}"
        1:2: unexpected ";"
        2:9: unexpected "b"
        3:1: unexpected "{"
        5:1: unexpected end of file, expecting "}"
    "#]],
    );
}

fn check(source: &str, expected: &Expect) {
    let tree = parse(source.as_bytes());
    let mut dump = String::new();
    write_level(&mut dump, source, &tree, tree.top_level(), 0);
    let lines = LineIndex::new(source.as_bytes());
    for error in tree.errors() {
        let position = lines.position(error.at);
        let message = error.message(source.as_bytes());
        let _ = writeln!(dump, "{}:{}: {message}", position.line, position.column);
    }
    expected.assert_eq(&dump);
}

/// One line per directive: its words in brackets, then `;` or the directives of its block.
fn write_level(dump: &mut String, source: &str, tree: &Tree, level: Children<'_>, depth: usize) {
    for id in level {
        dump.push_str(&"  ".repeat(depth));
        for word in tree.words(id) {
            let text = word.text(source.as_bytes()).escape_ascii().to_string();
            let _ = match text.get(..40) {
                Some(head) => write!(dump, "[{head}...] "),
                None => write!(dump, "[{text}] "),
            };
        }
        let end = if tree.directive(id).block.is_some() { "{" } else { ";" };
        let _ = writeln!(dump, "{end}");
        write_level(dump, source, tree, tree.children(id), depth + 1);
    }
}
