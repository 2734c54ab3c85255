//! Finds messages of the catalogue in whatever text somebody has: a log, a mail, a page.

use std::{collections::HashMap, net::IpAddr};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::catalogue::{Message, Weight, messages};
use context::{Around, Context};
use pattern::{Filled, Pattern};

pub use context::Ca;
pub use plain::Plain;

mod context;
mod pattern;
mod plain;

/// A message that somebody has said.
#[derive(Clone, Debug)]
pub struct Mention {
    /// What was said.
    pub message: &'static Message,
    /// The line on which it starts, counted from 1.
    pub line: usize,
    /// The words, their escapes undone and on one line.
    pub words: String,
    /// What differs each time.
    pub fields: Fields,
}

/// What a message names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The name that a certificate is for, in lower case.
    pub name: Option<String>,
    /// The address that answered, or did not.
    pub address: Option<IpAddr>,
    /// What was asked for.
    pub url: Option<String>,
    /// The status that came back.
    pub status: Option<u16>,
    /// A port.
    pub port: Option<u16>,
    /// A file or directory.
    pub path: Option<String>,
    /// The file of a configuration, and the line in it.
    pub at: Option<(String, u32)>,
    /// Another word that matters: a directive, a certificate, a program.
    pub word: Option<String>,
    /// The type of the ACME problem.
    pub problem: Option<String>,
    /// The kind of challenge.
    pub challenge: Option<&'static str>,
    /// How certbot answers challenges.
    pub authenticator: Option<String>,
    /// The authority.
    pub ca: Option<Ca>,
    /// Whether only some of the places failed from which the authority asks.
    pub is_secondary: bool,
}

/// What finds messages.
#[derive(Debug)]
pub struct Reader {
    patterns: Vec<Pattern>,
    /// The patterns that start with each of the texts that are searched for.
    starts: Vec<Vec<usize>>,
    search: AhoCorasick,
    context: Context,
}

/// Programs that ask any other host say this with the same words.
const TO_AUTHORITY: &str = "authority-unreachable";

/// What stands so near behind a summary is what it sums up.
const BESIDE: usize = 80;

/// A type of a problem says nothing new so near to what went wrong.
const NEAR: usize = 800;

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// One that knows the catalogue.
    ///
    /// # Panics
    /// If a pattern of the catalogue is none: a test reads all of them.
    pub fn new() -> Self {
        let mut patterns = Vec::new();
        for message in messages() {
            patterns.extend(message.patterns.iter().map(|text| Pattern::new(message, text)));
        }
        let mut starts: Vec<Vec<usize>> = Vec::new();
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let start = pattern.start().to_ascii_lowercase();
            let at = *known.entry(start.clone()).or_insert_with(|| {
                texts.push(start);
                starts.push(Vec::new());
                starts.len() - 1
            });
            starts[at].push(index);
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&texts)
            .expect("a few hundred short texts are not too many");
        Self { patterns, starts, search, context: Context::new() }
    }

    /// Every message in a text, in order.
    pub fn mentions(&self, plain: &Plain) -> Vec<Mention> {
        let text = plain.text();
        let mut found: Vec<(usize, usize, Filled<'_>)> = Vec::new();
        for hit in self.search.find_overlapping_iter(text) {
            let fits = self.starts[hit.pattern().as_usize()].iter().find_map(|&index| {
                let pattern = &self.patterns[index];
                let (start, filled) = pattern.fit(text, hit.start())?;
                let is_said = pattern.message.id != TO_AUTHORITY
                    || context::may_be_authority(&text[start..filled.end]);
                is_said.then_some((start, index, filled))
            });
            found.extend(fits);
        }
        // Of those that overlap, the most telling one counts, and of those the first of the table.
        found.sort_by_key(|(start, index, _)| (*start, *index));
        let rank = |index: usize| (self.patterns[index].message.weight, index);
        let mut mentions: Vec<(usize, usize, Filled<'_>)> = Vec::new();
        for (start, index, filled) in found {
            match mentions.last_mut() {
                Some((_, last, before)) if start < before.end => {
                    if rank(index) < rank(*last) {
                        mentions.pop();
                        mentions.push((start, index, filled));
                    }
                }
                _ => mentions.push((start, index, filled)),
            }
        }
        self.told(plain, &mentions)
    }

    fn told(&self, plain: &Plain, found: &[(usize, usize, Filled<'_>)]) -> Vec<Mention> {
        let message = |index: usize| self.patterns[index].message;
        let causes: Vec<usize> = found
            .iter()
            .filter(|(_, index, _)| message(*index).weight != Weight::Type)
            .map(|(start, ..)| *start)
            .collect();
        let mut authorities = self.context.authorities(plain.text());
        let mut mentions = Vec::with_capacity(found.len());
        let mut end_before = 0;
        let mut summary: Option<(usize, String)> = None;
        let mut authenticator: Option<String> = None;
        for (start, index, filled) in found {
            let message = message(*index);
            let next = causes.partition_point(|cause| cause < start);
            let is_near = |at: Option<&usize>| at.is_some_and(|at| at.abs_diff(*start) < NEAR);
            if message.weight == Weight::Type
                && (is_near(causes.get(next)) || next > 0 && is_near(causes.get(next - 1)))
            {
                continue;
            }
            let mut fields = filled.fields();
            // Who says that something failed names it, and lets the authority say why.
            let named = summary.take().filter(|(end, _)| *start - end < BESIDE);
            let around = Around {
                text: plain.text(),
                floor: end_before,
                own: *start..filled.end,
                named: named.map(|(_, name)| name),
            };
            self.context.complete(&mut fields, around);
            fields.ca = authorities.before(*start);
            // certbot says how it answers before it says of which names.
            match &fields.authenticator {
                Some(said) => authenticator = Some(said.clone()),
                None => fields.authenticator.clone_from(&authenticator),
            }
            end_before = filled.end;
            if message.weight == Weight::Summary {
                summary = fields.name.clone().map(|name| (filled.end, name));
            }
            let words = &plain.text()[*start..filled.end];
            mentions.push(Mention {
                message,
                line: plain.line(*start),
                words: String::from_utf8_lossy(words).into_owned(),
                fields,
            });
        }
        mentions
    }
}
