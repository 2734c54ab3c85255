//! Traces for people: what decides, where it stands, and why.

use std::io::{self, Write};

use model::{Answer, AnswerPhase, Client, Directive, Server, Step, name};
use textwrap::core::display_width;

use super::{
    ask::Ask,
    follow::{Follow, Hop},
    place::Places,
};
use crate::report::{Look, Paint, printable, wrap};

/// Columns for the words in front: `location` and two blanks on both sides.
const MARGIN: usize = 12;

/// A body is shown up to this many letters.
const SHOWN_BODY: usize = 60;

/// Writes the way of each request.
pub(crate) fn write(
    out: &mut dyn Write,
    look: Look,
    asks: &[Ask],
    follow: &Follow<'_, '_>,
    places: &Places<'_>,
) -> io::Result<()> {
    for (number, ask) in asks.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let traced = follow.trace(ask);
        for (number, hop) in traced.hops.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            let page = Page { look, follow, places, hop };
            writeln!(out, "{}", look.fit(page.draw().trim_end().to_owned()))?;
        }
        if let Some(why) = &traced.stopped {
            let line = format!("not followed: {}", printable::words(why));
            let indent = " ".repeat(MARGIN);
            writeln!(out, "{}", wrap(look, &indent, &indent, &line))?;
        }
    }
    Ok(())
}

/// A hop to be drawn.
struct Page<'t, 'c> {
    look: Look,
    follow: &'t Follow<'t, 'c>,
    places: &'t Places<'c>,
    hop: &'t Hop<'c>,
}

/// A decision.
struct Row {
    word: &'static str,
    /// What decides.
    text: String,
    /// Where it stands.
    place: String,
    /// Why: sentences.
    why: Vec<String>,
}

impl<'c> Page<'_, 'c> {
    fn draw(&self) -> String {
        let rows = self.rows();
        let widest = |text: fn(&Row) -> &str| {
            rows.iter().map(|row| display_width(text(row))).max().unwrap_or(0)
        };
        let (texts, places) = (widest(|row| &row.text), widest(|row| &row.place));
        let room = self.look.width.saturating_sub(MARGIN + 2 + places);
        let column = texts.min(room.max(24));

        let mut text = self.heading();
        for row in rows {
            text += &self.row(&row, column);
        }
        text + &self.answer()
    }

    /// A row for each directive that decides: its steps one after another are one, and each stage
    /// has its word at its first row.
    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut last: Option<(&str, Option<Directive<'_>>)> = None;
        for step in &self.hop.trace.steps {
            let word = match word(step) {
                // Nothing listens there, or a server has no `listen`.
                "request" if last.is_none() => "socket",
                word => word,
            };
            match (last, rows.last_mut()) {
                (Some((_, at)), Some(row)) if at.is_some() && at == step.at => {
                    row.why.push(step.why.clone());
                }
                (Some((stage, _)), _) if stage == word => rows.push(self.row_of("", step)),
                _ => rows.push(self.row_of(word, step)),
            }
            last = Some((word, step.at));
        }
        rows
    }

    /// What is asked.
    fn heading(&self) -> String {
        let Hop { url, request, .. } = self.hop;
        let line = format!("{} {}", printable::bytes(&request.method), printable::bytes(url));
        let family = if request.address.is_ipv6() { " over IPv6" } else { "" };
        let host = match &request.host_field {
            Some(host) => format!(" with `Host: {}`", printable::bytes(host)),
            None => String::new(),
        };
        let client = match request.client {
            Client::Known(client) => format!(" from {client}"),
            Client::UnknownPublic => String::new(),
        };
        format!("{}{family}{host}{client}\n", self.look.paint(Paint::Bold, &line))
    }

    fn row(&self, row: &Row, column: usize) -> String {
        let word = self.look.paint(Paint::Dim, &format!("  {:<10}", row.word));
        let text = cut(&row.text, column);
        let gap = " ".repeat(column.saturating_sub(display_width(&text)) + 2);
        let text = self.look.paint(Paint::Bold, &text);
        let place = self.look.paint(Paint::Dim, &row.place);
        let mut drawn = format!("{word}{text}{gap}{place}");
        drawn.truncate(drawn.trim_end().len());
        drawn.push('\n');
        let indent = " ".repeat(MARGIN);
        for why in &row.why {
            drawn += &wrap(self.look, &indent, &indent, &printable::words(why));
            drawn.push('\n');
        }
        drawn
    }

    fn row_of(&self, word: &'static str, step: &Step<'c>) -> Row {
        let text = match step.at {
            Some(directive) if directive.name() == name::SERVER => self.server_names(),
            Some(directive) => printable::words(&self.places.text(directive)).into_owned(),
            None => "–".to_owned(),
        };
        let place = step.at.map(|directive| self.place(directive)).unwrap_or_default();
        Row { word, text, place, why: vec![step.why.clone()] }
    }

    fn server_names(&self) -> String {
        let server = self.hop.trace.server.map(|id| self.follow.http.server(id));
        let names = |server: &Server<'_>| {
            let names = server.names.iter().map(|name| printable::bytes(&name.text));
            names.collect::<Vec<_>>().join(" ")
        };
        format!("server {}", server.map(names).unwrap_or_default()).trim_end().to_owned()
    }

    fn place(&self, directive: Directive<'_>) -> String {
        let file = printable::path(self.places.file(directive));
        format!("{file}:{}", self.places.line(directive))
    }

    fn answer(&self) -> String {
        let trace = &self.hop.trace;
        let good = |status: u16| if status < 400 { Paint::Good } else { Paint::Bad };
        let (paint, head, rest) = match &trace.answer {
            Answer::File { path, .. } => {
                (Paint::Good, "200".to_owned(), format!(", the file {}", printable::path(path)))
            }
            Answer::Redirect { status, to } => {
                (Paint::Elsewhere, status.to_string(), format!(" to {}", printable::bytes(to)))
            }
            Answer::Status { status, body } => {
                let body = body.as_deref().unwrap_or_default();
                let rest = match cut(&printable::bytes(body), SHOWN_BODY) {
                    nothing if nothing.is_empty() => nothing,
                    text => format!(" with the text `{text}`"),
                };
                (good(*status), status.to_string(), rest)
            }
            Answer::Proxy { protocol, to, .. } => {
                let rest = format!(" {} answers, over {}", printable::bytes(to), protocol.name());
                (Paint::Good, "whatever".to_owned(), rest)
            }
            Answer::Close => (Paint::Bad, "none".to_owned(), ", the connection is closed".into()),
            Answer::Refused => {
                (Paint::Bad, "none".to_owned(), ", the connection is refused".into())
            }
            Answer::TlsError => (Paint::Bad, "none".to_owned(), ", the TLS handshake fails".into()),
            Answer::Unknown { because, .. } => {
                (Paint::Elsewhere, "unknown".to_owned(), format!(": {}", printable::words(because)))
            }
        };
        let decided = match &trace.answer {
            Answer::Unknown { at, .. } => *at,
            _ => trace.decided_by,
        };
        let last = trace.steps.iter().rev().find_map(|step| step.at);
        let place = decided.filter(|_| decided != last).map(|directive| self.place(directive));
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let indent = " ".repeat(MARGIN);
        let wrapped = wrap(self.look, &indent, &indent, &format!("{head}{rest}{place}"));
        let start = self.look.paint(Paint::Dim, &format!("  {:<10}", "answer"));
        // The first word is never broken.
        let rest = wrapped.get(MARGIN + head.len()..).unwrap_or_default();
        format!("{start}{}{rest}\n", self.look.paint(paint, &head))
    }
}

/// The part of nginx's work that a decision belongs to.
fn word(step: &Step<'_>) -> &'static str {
    let is = |name| step.at.is_some_and(|at| at.name() == name);
    match step.phase {
        _ if is(name::ERROR_PAGE) => "error",
        AnswerPhase::Connection if is(name::SERVER) => "server",
        AnswerPhase::Connection if is(name::LISTEN) => "socket",
        AnswerPhase::Connection
            if is(name::SSL_CERTIFICATE)
                || is(name::SSL_REJECT_HANDSHAKE)
                || is(name::SSL_VERIFY_CLIENT) =>
        {
            "TLS"
        }
        AnswerPhase::Connection => "request",
        AnswerPhase::ServerRewrite | AnswerPhase::LocationRewrite => "rewrite",
        AnswerPhase::Location => "location",
        AnswerPhase::Access => "access",
        AnswerPhase::Content => "content",
    }
}

/// A text of at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if display_width(&cut) + 2 > columns {
            break;
        }
        cut.push(letter);
    }
    cut + "…"
}
