//! The page of a message in Markdown: for `explain`, and for the documentation.

use std::fmt::Write as _;

use super::{Lies, Message, Seen, Speaker, Weight, When, Why};

/// The page, without its heading.
pub fn page(message: &Message) -> String {
    let mut page = format!("{}\n\n", sentence(message.title));
    let speakers: Vec<_> =
        message.speakers.iter().map(|speaker: &Speaker| speaker.name()).collect();
    let _ = writeln!(page, "Said by {}:\n\n```text", speakers.join(", "));
    for pattern in message.patterns {
        let _ = writeln!(page, "{}", shown(pattern));
    }
    let _ = writeln!(page, "```\n\n{}", message.meaning);
    if message.weight == Weight::Harmless {
        page += "\nNothing has to be mended because of it.\n";
    }
    if !message.causes.is_empty() {
        page += "\n## What may be behind it\n";
    }
    for (number, why) in (1..).zip(message.causes) {
        let _ =
            writeln!(page, "\n{number}. **{}.**{}", sentence_without_stop(why.cause), when(why));
        let _ = writeln!(page, "   - To tell: {}.", why.tell);
        let _ = writeln!(page, "   - To do, {}: {}.", why.lies.words(), why.cure);
        if !why.rules.is_empty() {
            let rules: Vec<_> = why.rules.iter().map(|rule| format!("`{rule}`")).collect();
            let _ = writeln!(page, "   - Rules: {}.", rules.join(", "));
        }
    }
    if is_compared(message) {
        page += "\n`nginx-acme-lint diagnose` says whether today's configuration still leads to this.\n";
    }
    page += "\n## Sources\n\n";
    for source in message.sources {
        let _ = writeln!(page, "- {source}");
    }
    page
}

/// A pattern as people read it.
pub fn shown(pattern: &str) -> String {
    pattern.replace("{at}", "").replace("{any}", "…").replace('{', "<").replace('}', ">")
}

/// Whether a configuration can tell if it is still so.
fn is_compared(message: &Message) -> bool {
    let own = [Lies::Configuration, Lies::Files, Lies::Client];
    message.seen != Seen::Other
        || message.causes.iter().any(|why| own.contains(&why.lies) && !why.rules.is_empty())
}

fn when(why: &Why) -> &'static str {
    match why.when {
        When::Always => "",
        When::Ipv6 => " (over IPv6)",
        When::Https => " (if the URL starts with `https`)",
        When::Http => " (if the URL starts with `http:`)",
        When::Secondary => " (with `During secondary validation`)",
        When::PrivateName => " (for names that are not public)",
    }
}

fn sentence(text: &str) -> String {
    sentence_without_stop(text) + "."
}

fn sentence_without_stop(text: &str) -> String {
    let mut letters = text.chars();
    // Names of programs and directives keep their small letters.
    let keeps = ["nginx", "certbot", "dehydrated", "lego", "acme.sh", "`"];
    if keeps.iter().any(|start| text.starts_with(start)) {
        return text.to_owned();
    }
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
