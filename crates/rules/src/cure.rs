//! Cures that several rules offer.

use model::{AnswerPhase, Directive, Http, Server, Sources, name};
use parser::Span;

use crate::{
    facts::Facts,
    failure::Case,
    fix::{Applicability, Edit, Fix},
    insertion::{NewLocation, line_beside, past_server_code},
};

/// A location for challenges in the server that takes them first, and a way past the code that
/// stands before it.
pub(crate) fn own_location(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let first = Case { hop: 0, ..*case };
    location_at(
        facts,
        &first,
        "serve challenges from a web root, before anything else answers them",
    )
}

/// The same in the server where the mistake is.
pub(crate) fn location_at(facts: &Facts<'_>, case: &Case<'_>, title: &str) -> Option<Fix> {
    let (id, _) = case.server(facts.http)?;
    insert_at(facts, case, title, NewLocation::for_server(facts, id))
}

/// The same with this location.
pub(crate) fn insert_at(
    facts: &Facts<'_>,
    case: &Case<'_>,
    title: &str,
    location: NewLocation,
) -> Option<Fix> {
    let sources = facts.sources();
    let (_, server) = case.server(facts.http)?;
    let trace = &case.at().trace;
    let applicability = location.applicability;
    let mut edits: Vec<Edit> = Vec::new();
    if trace.phase == AnswerPhase::ServerRewrite {
        edits.extend(past_server_code(sources, server, trace.decided_by?)?);
    } else if trace.phase == AnswerPhase::Connection {
        return None;
    }
    edits.push(location.insert_into(facts, server)?);
    // The new location stands in front of what moves, should both go to one place.
    edits.sort_by_key(|edit| edit.span.start);
    Some(Fix { title: title.to_owned(), applicability, edits, ..Fix::default() })
}

/// A fix of one edit that is believed to change no other answer.
pub(crate) fn one_edit(title: &str, edit: Edit) -> Fix {
    Fix {
        title: title.to_owned(),
        applicability: Applicability::Safe,
        edits: vec![edit],
        ..Fix::default()
    }
}

/// Takes a directive out, with its line if it stands there alone.
pub(crate) fn remove(sources: &Sources, directive: Directive<'_>) -> Edit {
    let span = directive.span();
    let bytes = &sources.file(span.file).bytes;
    let (before, after) = (&bytes[..span.start as usize], &bytes[span.end as usize..]);
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let blanks_before = before.iter().rev().take_while(|byte| is_blank(byte)).count() as u32;
    let blanks_after = after.iter().take_while(|byte| is_blank(byte)).count() as u32;
    let starts_line = before.len() as u32 == blanks_before
        || before[before.len() - 1 - blanks_before as usize] == b'\n';
    let ends_line = after.get(blanks_after as usize).is_none_or(|&byte| byte == b'\n');
    let (start, end) = match (starts_line, ends_line) {
        (true, true) => {
            (span.start - blanks_before, (span.end + blanks_after + 1).min(bytes.len() as u32))
        }
        (true, false) => (span.start, span.end + blanks_after),
        (false, _) => (span.start - blanks_before, span.end),
    };
    Edit::replace(Span::new(span.file, start, end), "")
}

/// Takes an argument out, with the blanks in front of it.
pub(crate) fn without_argument(directive: Directive<'_>, index: usize) -> Option<Edit> {
    let before = match index.checked_sub(1) {
        Some(before) => directive.arg_span(before)?,
        None => directive.name_span(),
    };
    let word = directive.arg_span(index)?;
    Some(Edit::replace(Span::new(word.file, before.end, word.end), ""))
}

/// The end of a word's text: in front of its quote, if it has one.
pub(crate) fn end_of_word(
    sources: &Sources,
    directive: Directive<'_>,
    index: usize,
) -> Option<Span> {
    let span = directive.arg_span(index)?;
    let bytes = &sources.file(span.file).bytes[span.range()];
    let quoted = matches!(bytes.first(), Some(b'"' | b'\''));
    let end = span.end - u32::from(quoted);
    Some(Span::new(span.file, end, end))
}

/// The `listen` that makes the socket of a challenge speak TLS.
pub(crate) fn ssl_listen<'c>(http: &'c Http<'c>, case: &Case<'c>) -> Option<Directive<'c>> {
    let socket = http.socket(case.at().trace.socket?);
    let servers = socket.servers.iter().map(|&id| http.server(id));
    let mut listens = servers.flat_map(|server| &server.listens);
    let ssl = listens.find(|listen| listen.ssl && listen.address == socket.address)?;
    ssl.directive.filter(|directive| directive.name() == name::LISTEN)
}

/// One more `listen` behind another one.
pub(crate) fn add_listen(
    sources: &Sources,
    server: &Server<'_>,
    listen: Directive<'_>,
    address: &str,
) -> Edit {
    let line = format!("listen {address};");
    Edit::insert_after(
        listen.span(),
        line_beside(sources, server.directive, listen, line.as_bytes()),
    )
}
