//! Names for people: a row for each, below those that share a fate how it comes about.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use textwrap::core::display_width;

use super::{
    Page,
    fate::{Fate, Group, Label, Limits, Line, NAME, Shown, groups},
    judged::{End, Judged},
};
use crate::report::{Look, Paint, printable, wrap};

/// Columns of a verdict, with blanks behind it.
const CELL: usize = 9;

/// Columns of the word in front of a line, with blanks behind it.
const LABEL: usize = 8;

/// Columns for the place of a server at most; what comes after a longer one begins a line.
const WIDEST_PLACE: usize = 40;

/// Writes the names of a configuration, grouped by their fates; `title` is what it is called if
/// there are several.
pub(crate) fn write(
    out: &mut dyn Write,
    look: Look,
    page: &Page<'_, '_>,
    title: Option<&str>,
    names: &[Judged<'_>],
    limits: Limits,
) -> io::Result<Shown> {
    let mut shown = Shown::All;
    if names.is_empty() {
        return Ok(shown);
    }
    if let Some(title) = title {
        writeln!(out, "{}\n", look.fit(look.paint(Paint::Bold, title)))?;
    }
    let has_dns = names.iter().any(|name| name.asked.is_some());
    let dns = if has_dns { format!("{:CELL$}", "DNS") } else { String::new() };
    let heading = format!("{:CELL$}{:CELL$}{dns}name", "IPv4", "IPv6");
    writeln!(out, "{}", look.paint(Paint::Dim, &heading))?;
    for group in groups(page, names, limits) {
        let block = Block { look, group: &group, limits, has_dns };
        if block.is_abridged() {
            shown = Shown::Abridged;
        }
        writeln!(out, "{}", look.fit(block.draw()))?;
    }
    Ok(shown)
}

/// A group to be drawn.
struct Block<'b, 'c> {
    look: Look,
    group: &'b Group<'b, 'c>,
    limits: Limits,
    /// Whether there is a column for DNS.
    has_dns: bool,
}

impl Block<'_, '_> {
    fn is_abridged(&self) -> bool {
        self.names_shown() < self.group.names.len() || self.group.is_mixed
    }

    /// One more is shown rather than counted.
    fn names_shown(&self) -> usize {
        let count = self.group.names.len();
        if count <= self.limits.names.saturating_add(1) { count } else { self.limits.names }
    }

    fn draw(&self) -> String {
        let mut text = String::new();
        let shown = self.names_shown();
        for (name, _) in &self.group.names[..shown] {
            text += &self.row(&self.name(name));
        }
        let more = self.group.names.len() - shown;
        if more > 0 {
            text += &self.row(&self.look.paint(Paint::Dim, &format!("and {more} more")));
        }
        let lines: Vec<_> = (0..self.fate().lines.len()).map(|at| self.line(at)).collect();
        let hops = lines.iter().filter(|line| line.is_hop());
        let column = hops.map(|line| display_width(&line.place)).max().unwrap_or(0);
        for line in &lines {
            text += &self.detail(line, column.min(WIDEST_PLACE));
            text.push('\n');
        }
        text
    }

    /// What becomes of the first name.
    fn fate(&self) -> &Fate {
        &self.group.names[0].1
    }

    fn row(&self, name: &str) -> String {
        let [ipv4, ipv6] = self.fate().ends.map(|end| self.cell(end));
        let dns = if self.has_dns { self.cell(self.fate().dns) } else { String::new() };
        format!("{ipv4}{ipv6}{dns}{name}\n")
    }

    /// Columns in front of names.
    fn margin(&self) -> usize {
        if self.has_dns { 3 * CELL } else { 2 * CELL }
    }

    fn cell(&self, end: Option<End>) -> String {
        let (paint, word) = match end {
            Some(End::Passes) => (Paint::Good, "passes"),
            Some(End::Fails) => (Paint::Bad, "fails"),
            Some(End::Unknown) => (Paint::Elsewhere, "unknown"),
            Some(End::NotHttp01) | None => (Paint::Dim, "–"),
        };
        let blanks = " ".repeat(CELL - display_width(word));
        self.look.paint(paint, word) + &blanks
    }

    /// The name in both of its forms.
    fn name(&self, name: &Judged<'_>) -> String {
        let text = printable::bytes(&name.verdict.name.text);
        // What nobody may want to see as it is, an empty name for example, stands in quotes.
        let is_plain = !text.is_empty() && !text.contains(' ');
        let text = if is_plain { text } else { format!("\"{text}\"") };
        let bold = self.look.paint(Paint::Bold, &text);
        match &name.other_form {
            Some(other) if self.look.unicode || other.is_ascii() => {
                let other = printable::words(other);
                let width = self.margin() + display_width(&text) + display_width(&other) + 3;
                let is_wide = width > self.look.width;
                let blanks = " ".repeat(self.margin());
                let gap = if is_wide { format!("\n{blanks}") } else { " ".to_owned() };
                format!("{bold}{gap}{}", self.look.paint(Paint::Dim, &format!("({other})")))
            }
            _ => bold,
        }
    }

    /// A line about all names of the group: what it is for the first of them, and how many others
    /// there are.
    fn line(&self, at: usize) -> Line {
        let names = &self.group.names;
        let lines = || names.iter().map(|(name, fate)| (*name, &fate.lines[at]));
        let places: HashSet<_> = lines().map(|(_, line)| &*line.place).collect();
        let texts: HashSet<_> = lines().map(|(_, line)| &*line.text).collect();
        let mut line = self.fate().lines[at].clone();
        if places.len() > 1 && !line.place.is_empty() {
            line.place = format!("{} and {} more", line.place, places.len() - 1);
        }
        if texts.len() == 1 && names.len() > 1 {
            line.text = line.text.replace(NAME, "NAME");
            return line;
        }
        let texts: HashSet<_> = lines().map(|(name, line)| line.text_for(name)).collect();
        let text = line.text_for(names[0].0);
        line.text = match (texts.len() - 1, line.label) {
            (0, _) => text,
            (others, Label::Why) => format!("{text}; {others} more are alike"),
            (others, _) => format!("{text} and {others} more"),
        };
        line
    }

    fn detail(&self, line: &Line, column: usize) -> String {
        let Line { label, place, text, .. } = line;
        let start = " ".repeat(self.margin());
        let label_text = self.look.paint(Paint::Dim, &format!("{:<LABEL$}", label.word()));
        let indent = self.margin() + if *label == Label::Family { 0 } else { LABEL };
        let blanks = " ".repeat(indent);
        // Painted letters count as none, so they are put in front when all else has its place.
        let wrapped = |text: &str| {
            let wrapped = wrap(self.look, &blanks, &blanks, text);
            wrapped.get(indent..).unwrap_or_default().to_owned()
        };
        if *label == Label::Family {
            return start + &self.look.paint(Paint::Dim, text);
        }
        if !line.is_hop() {
            let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
            return start + &label_text + &wrapped(&format!("{text}{place}"));
        }
        let place_text = if place.is_empty() { "–" } else { place };
        let gap = column.saturating_sub(display_width(place_text)) + 2;
        if text.is_empty() {
            return start + &label_text + place_text;
        }
        if indent + column.max(display_width(place_text)) + 2 + display_width(text)
            <= self.look.width
        {
            return start + &label_text + place_text + &" ".repeat(gap) + text;
        }
        start + &label_text + place_text + "\n" + &blanks + &wrapped(text)
    }
}

impl Label {
    fn word(self) -> &'static str {
        match self {
            Self::Family => "",
            Self::Http => "http",
            Self::Https => "https",
            Self::File => "file",
            Self::Text => "text",
            Self::Client => "client",
            Self::Nginx => "nginx",
            Self::Gets => "gets",
            Self::Why => "why",
            Self::Rule => "rule",
            Self::Cert => "cert",
            Self::Renews => "renews",
            Self::Probe => "probe",
            Self::Tls => "tls",
            Self::Dns => "dns",
        }
    }
}
