//! What a text says, each thing once.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use acme::{
    catalogue::{Message, Seen, Weight, When, Why},
    is_public_name,
    mention::{Ca, Fields, Mention, Plain, Reader},
};

use super::problem::{self, Problem};

mod clues;

pub(super) use clues::Clues;

/// What a text says.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What has to be explained, the most telling first.
    pub(super) main: Vec<Finding>,
    /// What only says that something else went wrong, which is among the former.
    pub(super) also: Vec<Finding>,
    /// What else was understood, if no message was.
    pub(super) clues: Clues,
    /// How many lines were read.
    pub(super) lines: usize,
    /// Whether there is not a single word.
    pub(super) is_empty_text: bool,
}

/// A message, said once or many times.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) message: &'static Message,
    /// How often it was said.
    pub(super) count: usize,
    /// The first line, counted from 1.
    pub(super) line: usize,
    /// The words of the first time.
    pub(super) words: String,
    /// The names that it was said of, in order.
    pub(super) names: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
    /// The rest is that of the first time.
    pub(super) fields: Fields,
}

/// Words are shown up to this many letters.
const MOST_WORDS: usize = 240;

/// So many bytes of each log are searched for clues, at both ends.
const FOR_CLUES: usize = 64 * 1024;

/// What is the same each time a thing is said.
type Key = (&'static str, Option<u16>, bool, Option<String>, Option<(String, u32)>, bool);

/// Reads a text.
pub(super) fn findings(bytes: &[u8]) -> Findings {
    let reader = Reader::new();
    let (problems, rest) = problem::take(bytes);
    let plain = Plain::new(&rest);
    let mut mentions = reader.mentions(&plain);
    let ends: Vec<usize> =
        if problems.is_empty() { Vec::new() } else { memchr::memchr_iter(b'\n', bytes).collect() };
    for problem in &problems {
        let line = ends.partition_point(|&end| end < problem.start) + 1;
        mentions.extend(of_problem(&reader, problem, line));
    }
    mentions.sort_by_key(|mention| mention.line);
    let mut found = Findings {
        lines: plain.lines(),
        is_empty_text: plain.is_empty() && problems.is_empty(),
        ..grouped(mentions)
    };
    if found.main.is_empty() {
        let text = plain.text();
        let middle = text.len().saturating_sub(FOR_CLUES).max(FOR_CLUES.min(text.len()));
        found.clues = Clues::of(&text[..text.len().min(FOR_CLUES)]);
        found.clues.extend(Clues::of(&text[middle..]));
    }
    found
}

/// What an authority's problem says.
fn of_problem(reader: &Reader, problem: &Problem, line: usize) -> Vec<Mention> {
    let detail = Plain::new(problem.detail.as_bytes());
    let mut mentions = reader.mentions(&detail);
    mentions.retain(|mention| mention.message.weight != Weight::Type);
    if mentions.is_empty() {
        // The type alone says something.
        let words = format!("acme:error:{} {}", problem.kind, problem.detail);
        mentions = reader.mentions(&Plain::new(words.as_bytes()));
        for mention in &mut mentions {
            mention.words = words.clone();
        }
    }
    for mention in &mut mentions {
        mention.line = line;
        let fields = &mut mention.fields;
        fields.problem = Some(problem.kind.clone());
        fields.challenge = problem.challenge.or(fields.challenge);
        fields.address = fields.address.or(problem.address);
        fields.ca = problem.ca.or(fields.ca);
        if let Some(name) = &problem.name {
            fields.name = Some(name.clone());
        }
    }
    mentions
}

fn grouped(mentions: Vec<Mention>) -> Findings {
    let mut all: Vec<Finding> = Vec::new();
    let mut known: HashMap<Key, usize> = HashMap::new();
    for Mention { message, line, words, mut fields } in mentions {
        fields.path = fields.path.map(|path| without_token(&path));
        let is_https = fields.url.as_deref().is_some_and(|url| url.starts_with("https:"));
        let Fields { status, path, at, is_secondary, .. } = &fields;
        let key = (message.id, *status, is_https, path.clone(), at.clone(), *is_secondary);
        let index = *known.entry(key).or_insert_with(|| {
            all.push(Finding {
                message,
                count: 0,
                line,
                words: shortened(&words),
                names: Vec::new(),
                addresses: Vec::new(),
                fields: fields.clone(),
            });
            all.len() - 1
        });
        all[index].add(fields);
    }
    // What only some of the words tell is a part of what all of them do.
    all.sort_by_key(|finding| finding.line);
    let is_main = |finding: &Finding| finding.message.weight == Weight::Cause;
    let has_cause = all.iter().any(is_main);
    let has_type = all.iter().any(|finding| finding.message.weight == Weight::Type);
    let (main, also): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|finding| match finding.message.weight {
            Weight::Cause => true,
            Weight::Type => !has_cause,
            Weight::Summary | Weight::Harmless => !has_cause && !has_type,
        });
    let mut main = main;
    main.sort_by_key(|finding| (finding.message.weight, finding.line));
    Findings { main, also, ..Findings::default() }
}

impl Findings {
    /// The names of which it is said how a challenge over HTTP-01 ended.
    pub(super) fn challenged(&self) -> BTreeSet<Vec<u8>> {
        let about = self.main.iter().filter(|one| {
            let is_over_http = one.fields.challenge.is_none_or(|kind| kind == "http-01");
            one.message.seen != Seen::Other && is_over_http
        });
        about.flat_map(|one| &one.names).map(|name| name.clone().into_bytes()).collect()
    }
}

impl Finding {
    fn add(&mut self, fields: Fields) {
        self.count += 1;
        let Fields { name, address, ca, authenticator, challenge, problem, .. } = fields;
        if let Some(name) = name.filter(|name| !self.names.contains(name)) {
            self.names.push(name);
        }
        if let Some(address) = address.filter(|address| !self.addresses.contains(address)) {
            self.addresses.push(address);
        }
        let known = &mut self.fields;
        known.ca = known.ca.or(ca);
        known.authenticator = known.authenticator.take().or(authenticator);
        known.challenge = known.challenge.or(challenge);
        known.problem = known.problem.take().or(problem);
    }

    /// Whether nothing has to be mended.
    pub(super) fn is_harmless(&self) -> bool {
        self.message.weight == Weight::Harmless
    }

    /// The authority that it is about.
    pub(super) fn ca(&self) -> Option<Ca> {
        self.fields.ca
    }

    /// What may be behind it in this case.
    pub(super) fn causes(&self) -> impl Iterator<Item = &'static Why> {
        self.message.causes.iter().filter(|why| self.fits(why))
    }

    /// Whether something may be behind it in this case.
    pub(super) fn fits(&self, why: &Why) -> bool {
        let url = self.fields.url.as_deref();
        match why.when {
            When::Always => true,
            When::Ipv6 => self.addresses.is_empty() || self.addresses.iter().any(IpAddr::is_ipv6),
            When::Https => url.is_some_and(|url| url.starts_with("https:")),
            When::Http => url.is_none_or(|url| url.starts_with("http:")),
            When::Secondary => self.fields.is_secondary,
            When::PrivateName => !self.names.iter().all(|name| is_public_name(name.as_bytes())),
        }
    }
}

/// The words without tokens, which differ each time, and not too many of them.
fn shortened(words: &str) -> String {
    let words = without_token(words.trim());
    match words.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The text with `TOKEN` for each token and key authorization.
fn without_token(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
        let word = &rest[..length];
        let is_token = length >= 38 && word.bytes().any(|byte| byte.is_ascii_digit());
        let is_asked = !word.is_empty() && plain.ends_with("/.well-known/acme-challenge/");
        plain.push_str(if is_token || is_asked { "TOKEN" } else { word });
        let other = rest[length..].chars().next();
        plain.extend(other);
        rest = &rest[length + other.map_or(0, char::len_utf8)..];
    }
    plain
}

#[cfg(test)]
mod tests;
