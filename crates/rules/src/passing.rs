//! Challenges that pass, by the servers that take part in them.

use std::{collections::HashMap, hash::Hash};

use acme::{KeyAuthorization, NameVerdict, Verdict};
use model::{Server, ServerId};

use crate::{
    Reach,
    diagnostic::{Diagnostic, Place, Severity},
    facts::Facts,
};
use parser::Span;

/// What is found in a server that passing challenges go through.
pub(crate) struct Found<T> {
    pub(crate) what: T,
    /// The first of the servers in which it is found.
    pub(crate) server: ServerId,
    /// The names that it matters to.
    pub(crate) names: Vec<String>,
}

/// What `look` finds in the servers that passing challenges go through, each once, in the order of
/// the names. `matters` says for which challenges to look.
pub(crate) fn find<'c, T: Clone + Eq + Hash>(
    facts: &Facts<'c>,
    matters: impl Fn(&KeyAuthorization<'c>) -> bool,
    look: impl Fn(&'c Server<'c>) -> Option<T>,
) -> Vec<Found<T>> {
    let mut by_server: HashMap<ServerId, Option<T>> = HashMap::new();
    let mut known: HashMap<T, usize> = HashMap::new();
    let mut found: Vec<Found<T>> = Vec::new();
    for verdict in facts.verdicts.names.iter().filter(|verdict| passes(verdict, &matters)) {
        let text = verdict.name.text.escape_ascii().to_string();
        for &id in &verdict.servers {
            let one = by_server.entry(id).or_insert_with(|| look(facts.http.server(id)));
            let Some(one) = one else { continue };
            let at = *known.entry(one.clone()).or_insert(found.len());
            if at == found.len() {
                found.push(Found { what: one.clone(), server: id, names: Vec::new() });
            }
            let names = &mut found[at].names;
            if names.last() != Some(&text) {
                names.push(text.clone());
            }
        }
    }
    found
}

fn passes<'c>(verdict: &NameVerdict<'c>, matters: impl Fn(&KeyAuthorization<'c>) -> bool) -> bool {
    verdict.families.iter().any(|family| match &family.verdict {
        Verdict::Passes(authorization) => matters(authorization),
        _ => false,
    })
}

/// A warning about challenges that may fail, though nothing is certain.
pub(crate) fn warning(
    rule: &'static str,
    message: &str,
    place: Span,
    names: &[String],
) -> Diagnostic {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Diagnostic {
        rule,
        severity: Severity::Warning,
        message: message.to_owned(),
        place: Place::Span(place),
        here: String::new(),
        labels: Vec::new(),
        notes: vec![format!("it matters to the challenges of {shown}{more}")],
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    }
}
