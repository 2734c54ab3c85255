use std::time::{Duration, Instant};

use expect_test::expect;
use rules::{Applicability, Label, Severity};
use textwrap::core::display_width;

use super::*;
use crate::report::{File, Problem, example};

fn drawn(look: Look, report: &Report<'_>) -> String {
    let mut out = Vec::new();
    write(&mut out, look, report).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(report: &Report<'_>) -> String {
    drawn(Look::PLAIN, report)
}

#[test]
fn a_problem_is_told_in_full() {
    expect![[r"
        error[challenge-taken-by-regex]: challenge requests never reach this location
            ╭─[/etc/nginx/sites-enabled/shop:9:14]
          5 │     location ~ /\. {
            ·                ─┬─
            ·                 ╰── this regular expression takes them
          6 │         deny all;
          7 │     }
          8 │
          9 │     location /.well-known/acme-challenge/ {
            ·              ──────────────┬─────────────
            ·                            ╰── never asked
         10 │         root /var/www/html;
            ╰────
           /etc/nginx/sites-enabled/shop → /etc/nginx/sites-available/shop
           ╭─[/etc/nginx/nginx.conf:1:9]
         1 │ include sites-enabled/*;
           ·         ───────┬───────
           ·                ╰── included here
           ╰────
          the way of the request:
          1. http://shop.example.com/.well-known/acme-challenge/…
             - the only server on port 80
             - /etc/nginx/sites-enabled/shop:5:16: the regular expression matches
             → 403
          note: nginx tries regular expressions before it settles for a prefix.
          fix: make the prefix final with `^~` (`--fix` prints the patch)
             /etc/nginx/sites-enabled/shop:9
             -     location /.well-known/acme-challenge/ {
             +     location ^~ /.well-known/acme-challenge/ {

        found 1 error; `--fix` mends 1
        looked at 2 files, 1 server; names: 1 fails
    "]]
    .assert_eq(&plain(&example::report(example::shop())));
}

#[test]
fn a_narrow_ascii_terminal_shows_the_same() {
    let look = Look { width: 40, source_width: 40, unicode: false, colour: false };
    let text = drawn(look, &example::report(example::shop()));
    assert!(text.is_ascii());
    expect![[r"
        error[challenge-taken-by-regex]:
          challenge requests never reach this
          location
            ,-[/etc/nginx/sites-enabled/shop:9:14]
          5 |     location ~ /\. {
            :                ^|^
            :                 `-| this regular
            :                   | expression takes
            :                   | them
          6 |         deny all;
          7 |     }
          8 |
          9 |     location /.well-known/ac...
            :              ^^^^^^^|^^^^^^^
            :                     `-- never asked
         10 |         root /var/www/html;
            `----
           /etc/nginx/sites-enabled/shop -> /etc/nginx/sites-available/shop
           ,-[/etc/nginx/nginx.conf:1:9]
         1 | include sites-enabled/*;
           :         ^^^^^^^|^^^^^^^
           :                `-- included here
           `----
          the way of the request:
          1. http://shop.example.com/.well-known/acme-challenge/...
             - the only server on port 80
             - /etc/nginx/sites-enabled/shop:5:16:
               the regular expression matches
             -> 403
          note: nginx tries regular expressions
                before it settles for a prefix.
          fix: make the prefix final with `^~`
               (`--fix` prints the patch)
             /etc/nginx/sites-enabled/shop:9
             -     location /.well-known/a...
             +     location ^~ /.well-know...

        found 1 error; `--fix` mends 1
        looked at 2 files, 1 server; names: 1 fails
    "]]
    .assert_eq(&text);
}

#[test]
fn colours_are_only_added() {
    let report = example::report(example::shop());
    let coloured = drawn(Look { colour: true, ..Look::PLAIN }, &report);
    assert!(coloured.starts_with("\x1b[1;31merror[challenge-taken-by-regex]\x1b[0m"));
    let mut plain_again = String::new();
    for (number, part) in coloured.split("\x1b[").enumerate() {
        let part = if number == 0 { part } else { part.split_once('m').unwrap().1 };
        plain_again.push_str(part);
    }
    assert_eq!(plain_again, plain(&report));
}

#[test]
fn odd_bytes_tabs_and_line_ends_do_not_move_marks() {
    let source = b"# \x90\xdd\x92\xe8\tabc\r\n\tlisten\t80;\x07 # \xe8\r\n";
    let at = source.windows(2).position(|two| two == b"80").unwrap() as u32;
    expect![[r"
        error[challenge-taken-by-regex]: challenge requests never reach this location
           ╭─[/etc/nginx/nginx.conf:2:9]
         1 │ # �ݒ�   abc
         2 │     listen  80;\x07 # �
           ·             ──
           ╰────

        found 1 error
        looked at 1 file, 0 servers; no name was judged
    "]]
    .assert_eq(&plain(&example::places(source, [(at, at + 2)])));
}

#[test]
fn a_mark_at_the_end_of_an_unfinished_file_is_shown() {
    let source = b"events {\n";
    let end = source.len() as u32;
    expect![[r"
        error[challenge-taken-by-regex]: challenge requests never reach this location
           ╭─[/etc/nginx/nginx.conf:2:1]
         1 │ events {
         2 │
           · ▲
           ╰────

        found 1 error
        looked at 1 file, 0 servers; no name was judged
    "]]
    .assert_eq(&plain(&example::places(source, [(end, end)])));
    plain(&example::places(b"", [(0, 0)]));
    plain(&example::places(b"\n\n", [(1, 1), (2, 2)]));
}

#[test]
fn long_blocks_are_marked_on_their_first_line() {
    let source = b"http {\n    server {\n        listen 80;\n    }\n}\n";
    expect![[r"
        error[challenge-taken-by-regex]: challenge requests never reach this location
           ╭─[/etc/nginx/nginx.conf:2:5]
         1 │ http {
         2 │     server {
           ·     ────────
         3 │         listen 80;
           ╰────

        found 1 error
        looked at 1 file, 0 servers; no name was judged
    "]]
    .assert_eq(&plain(&example::places(source, [(11, 45)])));
}

#[test]
fn a_very_long_line_is_cut() {
    let mut source = vec![b'a'; 10_000_000];
    source[5_000_000..5_000_006].copy_from_slice(b"listen");
    let text = plain(&example::places(&source, [(5_000_000, 5_000_006)]));
    assert!(text.contains("listen"), "{text}");
    assert!(text.contains(":1:5000001]"), "{text}");
    assert!(text.lines().all(|line| display_width(line) <= 120), "{text}");
}

#[test]
fn more_of_the_same_is_counted() {
    let source = "listen 80;\n".repeat(20_000);
    let spans = (0..20_000).map(|number| (number * 11, number * 11 + 6));
    let report = example::places(source.as_bytes(), spans);
    let start = Instant::now();
    let text = plain(&report);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(text.matches("challenge-taken-by-regex]").count(), SHOWN_PER_FILE);
    assert!(text.contains("… and 19995 more challenge-taken-by-regex in"), "{text}");
    assert!(text.contains("found 20000 errors"), "{text}");
}

#[test]
fn many_places_of_one_problem_are_counted() {
    let source = "listen 80;\n".repeat(1000);
    let mut report = example::places(source.as_bytes(), [(0, 6)]);
    let labels = (1..1000).map(|number| Label {
        span: parser::Span::new(FileId(0), number * 11, number * 11 + 6),
        text: "again".to_owned(),
    });
    report.configurations[0].diagnostics[0].labels = labels.collect();
    assert!(plain(&report).contains("… and 990 more places"));
}

#[test]
fn marks_that_overlap_are_all_drawn() {
    let source = b"location ~ \\.php$ { }\n";
    let mut report = example::places(source, [(0, 21)]);
    for (start, end) in [(0, 21), (9, 17), (9, 10), (11, 17), (21, 21)] {
        let span = parser::Span::new(FileId(0), start, end);
        let text = format!("from {start} to {end}");
        report.configurations[0].diagnostics[0].labels.push(Label { span, text });
    }
    let text = plain(&report);
    for label in ["from 0 to 21", "from 9 to 17", "from 9 to 10", "from 11 to 17", "from 21 to 21"]
    {
        assert!(text.contains(label), "{label} is missing in {text}");
    }
}

#[test]
fn fixes_say_how_far_they_go() {
    let mut configuration = example::shop();
    configuration.diagnostics[0].way.clear();
    let mut report = example::report(configuration);
    for (state, words) in [
        (FixState::NeedsUnsafe, "only with `--fix --unsafe-fixes`"),
        (FixState::NextRun, "collides with another fix"),
        (FixState::ByHand, "(by hand)"),
    ] {
        report.configurations[0].fixes[0] = Some(state);
        let text = plain(&report);
        assert!(text.replace("\n       ", " ").contains(words), "{text}");
        assert!(text.contains("+     location ^~ /.well-known/"), "{text}");
    }
    report.configurations[0].fixes[0] = Some(FixState::InPatch);
    report.patch = Some(Vec::new());
    let text = plain(&report);
    assert!(text.contains("(in the patch)"), "{text}");
    assert!(!text.contains("+     location"), "{text}");
}

#[test]
fn a_fix_that_is_not_safe_shows_the_request_that_says_so() {
    let mut configuration = example::shop();
    configuration.fixes[0] = Some(FixState::NeedsUnsafe);
    let change = Change {
        method: "GET".to_owned(),
        url: "http://shop.example.com/.env".to_owned(),
        is_ipv6: true,
        before: "403".to_owned(),
        after: "the file /srv/shop/.env".to_owned(),
    };
    configuration.changes.insert(0, change);
    let text = plain(&example::report(configuration));
    let shown = "  changes: GET http://shop.example.com/.env over IPv6: 403 → the file\n           \
                 /srv/shop/.env\n";
    assert!(text.contains(shown), "{text}");
}

#[test]
fn a_new_location_is_previewed_as_added_lines() {
    let mut configuration = example::shop();
    let inner = example::span(&configuration, 1, "location ~");
    let fix = configuration.diagnostics[0].fix.as_mut().unwrap();
    fix.applicability = Applicability::Unsafe;
    let location = "location ^~ /.well-known/acme-challenge/ {\n        root /w;\n    }\n\n    ";
    fix.edits = vec![rules::Edit::insert_before(inner, location)];
    configuration.fixes[0] = Some(FixState::NeedsUnsafe);
    let text = plain(&example::report(configuration));
    let preview = text.split_once("--unsafe-fixes`)\n").unwrap().1;
    expect![[r#"
             /etc/nginx/sites-enabled/shop:5
             +     location ^~ /.well-known/acme-challenge/ {
             +         root /w;
             +     }
             +

        found 1 error; `--fix --unsafe-fixes` would mend 1
        looked at 2 files, 1 server; names: 1 fails
    "#]]
    .assert_eq(preview);
}

#[test]
fn a_path_as_a_whole_has_no_source() {
    let mut report = example::places(b"", []);
    let mut diagnostic = example::diagnostic(Place::Path("/etc/letsencrypt/live".into()));
    diagnostic.severity = Severity::Info;
    report.configurations[0].diagnostics.push(diagnostic);
    report.configurations[0].fixes.push(None);
    expect![[r#"
        info[challenge-taken-by-regex]: challenge requests never reach this location
           at /etc/letsencrypt/live

        found 1 info
        looked at 1 file, 0 servers; no name was judged
    "#]]
    .assert_eq(&plain(&report));
}

#[test]
fn what_was_not_read_is_said_first_and_last() {
    let mut report = example::places(b"", []);
    report.configurations[0].files.clear();
    report.configurations[0].problems.push(Problem {
        path: "/etc/ng\x1binx".into(),
        reason: "permission denied".to_owned(),
        at: None,
        is_unresolved: false,
    });
    expect![[r"
        error: cannot read /etc/ng\x1binx: permission denied

        looked at 0 files, 0 servers, 1 not read; no name was judged
    "]]
    .assert_eq(&plain(&report));
}

#[test]
fn nothing_from_the_configuration_reaches_the_terminal_as_a_command() {
    let source = b"server_name \x1b[2J\xc2\x9b31m;\n";
    let mut report = example::places(source, [(0, 11)]);
    let configuration = &mut report.configurations[0];
    configuration.files[0] = File::new("/etc/\x1b[31m".into(), None, source);
    configuration.diagnostics[0].message = "the name \x1b[2J is odd".to_owned();
    configuration.diagnostics[0].notes = vec!["\x07\u{202e}".to_owned()];
    let text = plain(&report);
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'), "{text:?}");
}
