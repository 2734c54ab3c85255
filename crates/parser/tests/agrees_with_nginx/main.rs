//! The parser and a real `nginx -t` say the same about the same bytes: accepted, or rejected with
//! the same words at the same line.
//!
//! nginx stops at its first complaint and also judges what a directive means, so most inputs put
//! their words where any word will do (`types`, `gzip_types`). Where nginx complains about the
//! meaning all the same, the parser may have found an error only on that line or later.

mod by_hand;
mod every_byte;
mod generated;
mod lengths;
mod lua;
mod nginx;
mod random;

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

use nginx::{Complaint, Nginx, Setup};
use parser::{LineIndex, SyntaxError, SyntaxErrorKind, Tree, parse};

/// One input.
struct Case {
    /// What it shows, or which seed made it.
    name: String,
    /// Where its text stands.
    place: Place,
    /// The bytes to be compared.
    text: Vec<u8>,
}

/// Where the text of a case stands in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is the whole file.
    File,
    /// In `http`.
    Http,
    /// In `types`, where every statement is an entry and any words make one.
    Types,
    /// In `server`.
    Server,
    /// It is a file that `types` includes.
    IncludedInTypes,
    /// It is a file that `server` includes.
    IncludedInServer,
    /// It is a Lua block in `location`, without its opening brace.
    Lua,
    /// The same, with nothing behind it.
    LuaAtTheEnd,
}

/// How an agreement came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreement {
    /// Both read the file to its end.
    Accepted,
    /// Both stop at the same line with the same words.
    Rejected,
    /// nginx takes the byte order mark for the head of a word; the parser names the mark.
    ByteOrderMark,
    /// nginx stopped at the meaning of a directive, up to which the parser saw no error either.
    CutShort,
}

#[test]
fn the_current_nginx_agrees_about_every_case() {
    let mut cases = by_hand::cases();
    let by_hand = cases.len();
    cases.extend(every_byte::cases());
    cases.extend(lengths::cases());
    let systematic = cases.len() - by_hand;
    cases.extend(generated::cases());
    assert!(by_hand >= 250, "{by_hand} cases by hand");
    assert!(cases.len() >= 3000, "{} cases", cases.len());

    let tally = compare(&Nginx::current(), &cases);
    let generated = cases.len() - by_hand - systematic;
    tell(&format!("{by_hand} by hand, {systematic} systematic, {generated} generated: {tally:?}"));
    assert!(tally.cut_short * 5 < cases.len(), "too much is cut short by meaning: {tally:?}");
    assert!(tally.rejected > 1000 && tally.accepted > 1000, "too little is compared: {tally:?}");
}

#[test]
fn openresty_agrees_where_a_lua_block_ends() {
    let cases = lua::cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let tally = compare(&Nginx::with_lua(), &cases);
    tell(&format!("{} Lua cases: {tally:?}", cases.len()));
    assert!(tally.rejected > 100 && tally.accepted > 100, "too little is compared: {tally:?}");
}

/// How many agreements there are of each sort.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    rejected: usize,
    byte_order_mark: usize,
    cut_short: usize,
}

/// Judges every case on two threads; panics with all disagreements.
fn compare(nginx: &Nginx, cases: &[Case]) -> Tally {
    let next = AtomicUsize::new(0);
    let worker = || {
        let setup = Setup::new(nginx);
        let mut judged = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            judged.push(judge(&setup, case));
        }
        judged
    };
    let judged = std::thread::scope(|scope| {
        let threads = [scope.spawn(worker), scope.spawn(worker)];
        threads.map(|thread| thread.join().expect("a worker does not panic")).concat()
    });

    let mut tally = Tally::default();
    let mut disagreements = Vec::new();
    for agreement in judged {
        match agreement {
            Ok(Agreement::Accepted) => tally.accepted += 1,
            Ok(Agreement::Rejected) => tally.rejected += 1,
            Ok(Agreement::ByteOrderMark) => tally.byte_order_mark += 1,
            Ok(Agreement::CutShort) => tally.cut_short += 1,
            Err(disagreement) => disagreements.push(disagreement),
        }
    }
    disagreements.sort_by_key(String::len);
    let shown = disagreements.iter().take(20).fold(String::new(), |mut shown, disagreement| {
        let _ = write!(shown, "\n{disagreement}");
        shown
    });
    assert!(disagreements.is_empty(), "{} disagreements{shown}", disagreements.len());
    tally
}

/// What the parser and nginx say about a case, or the text of their disagreement.
fn judge(setup: &Setup<'_>, case: &Case) -> Result<Agreement, String> {
    let verdict = setup.judge(case);
    let tree = parse(&verdict.source);
    let lines = LineIndex::new(&verdict.source);
    let stray_block = stray_block(case.place, &tree);
    let first = stray_block.as_ref().or(tree.errors().first());
    let line_of_first = first.map(|error| lines.position(error.at).line);
    let disagreement = |nginx_says: &dyn std::fmt::Display| {
        let parser_says = first.map_or("nothing".to_owned(), |error| {
            let line = lines.position(error.at).line;
            format!("{} at line {line}", error.message(&verdict.source))
        });
        let text = &case.text[..case.text.len().min(300)];
        let (name, place) = (&case.name, case.place);
        Err(format!(
            "{name} ({place:?}): {}\n  nginx:  {nginx_says}\n  parser: {parser_says}",
            text.escape_ascii()
        ))
    };

    let Some(complaint) = verdict.complaint else {
        return match first {
            // Where any word will do, nginx takes one with a byte order mark as well.
            Some(error) if error.kind == SyntaxErrorKind::ByteOrderMark => {
                Ok(Agreement::ByteOrderMark)
            }
            Some(_) => disagreement(&"accepted"),
            None => Ok(Agreement::Accepted),
        };
    };
    let agreement = match (&complaint, first) {
        (_, Some(error)) if error.kind == SyntaxErrorKind::ByteOrderMark => {
            let about_the_mark = complaint.message.windows(3).any(|word| word == b"\xEF\xBB\xBF");
            (about_the_mark || complaint.about_text).then_some(Agreement::ByteOrderMark)
        }
        (Complaint { message, line: Some(line), about_text: true }, Some(error)) => {
            let same_words = nginx::words(error, &verdict.source) == *message;
            (same_words && line_of_first == Some(*line)).then_some(Agreement::Rejected)
        }
        (Complaint { about_text: true, .. }, _) => None,
        // Complaints without a line come after the last one has been read.
        (Complaint { line: None, .. }, _) => first.is_none().then_some(Agreement::Accepted),
        (Complaint { line: Some(line), .. }, _) => {
            line_of_first.is_none_or(|of_first| of_first >= *line).then_some(Agreement::CutShort)
        }
    };
    agreement.map_or_else(|| disagreement(&complaint), Ok)
}

/// What nginx says about a block in a file that is included where none may open. A file's own tree
/// cannot know that.
fn stray_block(place: Place, tree: &Tree) -> Option<SyntaxError> {
    if place != Place::IncludedInTypes {
        return None;
    }
    let block = tree.directives().iter().find_map(|directive| directive.block)?;
    if tree.errors().first().is_some_and(|error| error.start < block.open) {
        return None;
    }
    let kind = SyntaxErrorKind::Unexpected(b'{');
    Some(SyntaxError { kind, at: block.open, start: block.open, end: block.open + 1 })
}

/// Says something to whoever runs the tests with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the counts are what the test is run for")]
fn tell(text: &str) {
    println!("{text}");
}
