//! What is wrong with what DNS says, put together where names fare alike.

use std::{collections::HashMap, hash::Hash, path::Path};

use acme::dns::{Consequence, Fault, Zone};
use parser::Span;

use crate::{
    Diagnostic, Severity,
    diagnostic::Place,
    facts::Facts,
    lineages::{self, empty},
    places::also_at,
};

/// Names with which the same is wrong.
pub(crate) struct Case<'f> {
    /// The names.
    pub(crate) names: Vec<&'f str>,
    /// What is wrong with the first of them.
    pub(crate) fault: &'f Fault,
    /// Where they are written in the configuration.
    spans: Vec<Span>,
    /// Where a client says so that renews them, if no server has them.
    elsewhere: Option<Diagnostic>,
    /// The first file of the configuration.
    main: &'f Path,
}

/// The names with which something is wrong that this rule speaks about, together where the cause is
/// the same.
pub(crate) fn cases<'f, K: Eq + Hash>(
    facts: &'f Facts<'_>,
    rule: &'static str,
    cause: impl Fn(&'f Fault) -> K,
) -> Vec<Case<'f>> {
    let Some(dns) = &facts.verdicts.dns else { return Vec::new() };
    let is_met = |fault: &&Fault| fault.rule() == rule;
    if !dns.names.values().any(|asked| asked.faults.iter().any(|fault| is_met(&fault))) {
        return Vec::new();
    }
    let spans = spans(facts);
    let sources = facts.sources();
    let main = sources.files().next().map_or(sources.conf_prefix(), |(_, file)| &*file.path);
    let mut cases: Vec<Case<'f>> = Vec::new();
    let mut known: HashMap<(bool, K), usize> = HashMap::new();
    for (name, asked) in &dns.names {
        let span = spans.get(name.as_bytes()).copied();
        for fault in asked.faults.iter().filter(is_met) {
            let at = *known.entry((span.is_some(), cause(fault))).or_insert_with(|| {
                let elsewhere = if span.is_none() { of_client(facts, rule, name) } else { None };
                cases.push(Case { names: Vec::new(), fault, spans: Vec::new(), elsewhere, main });
                cases.len() - 1
            });
            if cases[at].names.last() != Some(&&**name) {
                cases[at].names.push(name);
                cases[at].spans.extend(span);
            }
        }
    }
    for case in &mut cases {
        case.spans.sort_unstable();
        case.spans.dedup();
    }
    cases
}

/// Where servers have the names: a wildcard counts for the name below which it stands, if nothing
/// else does.
fn spans<'f>(facts: &'f Facts<'_>) -> HashMap<&'f [u8], Span> {
    let mut spans = HashMap::new();
    for verdict in &facts.verdicts.names {
        let (text, at) = (&*verdict.name.text, &verdict.name.server_name);
        let span = at.directive.arg_span(at.index).unwrap_or_else(|| at.directive.head_span());
        match text.strip_prefix(b"*.") {
            Some(base) => {
                spans.entry(base).or_insert(span);
            }
            None => {
                spans.insert(text, span);
            }
        }
    }
    spans
}

/// An empty diagnostic where a client renews a name that no server has.
fn of_client(facts: &Facts<'_>, rule: &'static str, name: &str) -> Option<Diagnostic> {
    let mut lineages = facts.evidence.clients.lineages.iter();
    let has = |text: &String| text.strip_prefix("*.").unwrap_or(text) == name;
    let lineage = lineages.find(|lineage| lineage.names.iter().flatten().any(has))?;
    Some(lineages::diagnostic(rule, Severity::Error, String::new(), lineage, ""))
}

impl Case<'_> {
    /// The first name, and how many others there are.
    pub(crate) fn who(&self) -> String {
        match self.names.len() - 1 {
            0 => self.names[0].to_owned(),
            1 => format!("{} and one more name", self.names[0]),
            more => format!("{} and {more} more names", self.names[0]),
        }
    }

    /// The same with what they do: `leads to`, or `lead to` of several.
    pub(crate) fn leads_to(&self) -> String {
        let verb = if self.names.len() == 1 { "leads to" } else { "lead to" };
        format!("{} {verb}", self.who())
    }

    /// A diagnostic about all of the names.
    pub(crate) fn diagnostic(&self, rule: &'static str, message: String, here: &str) -> Diagnostic {
        let severity = match self.fault.consequence() {
            Consequence::Fails => Severity::Error,
            Consequence::MayFail => Severity::Warning,
            Consequence::WorthKnowing => Severity::Info,
        };
        let mut diagnostic = match (&self.elsewhere, self.spans.first()) {
            (_, Some(span)) => empty(rule, severity, message, Place::Span(*span)),
            (Some(elsewhere), None) => Diagnostic { severity, message, ..elsewhere.clone() },
            (None, None) => empty(rule, severity, message, Place::Path(self.main.to_owned())),
        };
        diagnostic.here = here.to_owned();
        also_at(&mut diagnostic, self.spans.iter().skip(1).copied());
        diagnostic.names = self.names.iter().map(|name| (*name).to_owned()).collect();
        diagnostic
    }
}

/// The servers of a zone in words, for the end of a sentence.
pub(crate) fn served_by(zone: &Zone) -> String {
    /// So many are named.
    const SHOWN: usize = 2;
    let shown: Vec<_> = zone.servers.iter().take(SHOWN).map(String::as_str).collect();
    match zone.servers.len() {
        0 => String::new(),
        count if count > SHOWN => format!(", which {} and others serve", shown.join(", ")),
        1 => format!(", which {} serves", shown[0]),
        _ => format!(", which {} serve", shown.join(" and ")),
    }
}
