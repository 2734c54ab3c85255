//! What rules have in common that speak about the nginx that runs.

use std::hash::Hash;

use parser::Span;
use probe::{Probed, ProbedHop, Seen};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Diagnostic, Place, Severity, facts::Facts, lineages::empty, served::first_few};

/// How nginx is told to read its configuration and its certificates anew.
const RELOAD: &str = "    nginx -t && nginx -s reload";

/// A problem of some names with the nginx that runs.
pub(crate) fn problem(
    facts: &Facts<'_>,
    (rule, severity): (&'static str, Severity),
    at: Option<Span>,
    message: String,
) -> Diagnostic {
    let whole = || {
        let first = facts.sources().files().next();
        Place::Path(first.map(|(_, file)| file.path.clone()).unwrap_or_default())
    };
    empty(rule, severity, message, at.map_or_else(whole, Place::Span))
}

/// Puts together what is the same but for the name; what comes first is first.
pub(crate) fn together<K: Clone + Eq + Hash, V>(
    all: impl Iterator<Item = (K, String, V)>,
) -> Vec<(K, Vec<String>, V)> {
    let mut groups: Vec<(K, Vec<String>, V)> = Vec::new();
    let mut known: FxHashMap<K, usize> = FxHashMap::default();
    let mut seen: FxHashSet<(usize, String)> = FxHashSet::default();
    for (key, name, value) in all {
        let at = *known.entry(key.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push((key, Vec::new(), value));
        }
        if seen.insert((at, name.clone())) {
            groups[at].1.push(name);
        }
    }
    groups
}

/// A text with `NAME` for a name, so that names that are alike can be put together.
pub(crate) fn without(name: &str, text: &str) -> String {
    if name.is_empty() { text.to_owned() } else { text.replace(name, "NAME") }
}

/// What may be behind an answer that no file explains.
pub(crate) fn reasons(probed: &Probed, hop: Option<&ProbedHop>) -> Vec<String> {
    if let Some(hop) = hop
        && let Some(server) = hop.reply.other_server()
    {
        let address = hop.address;
        return vec![format!(
            "`{server}` answers at {address}, and not nginx: another program has that port, or stands \
             in front of nginx"
        )];
    }
    if probed.changed.is_empty() {
        return match (probed.nginx, hop) {
            (Seen::Nowhere, _) => vec!["no nginx is seen among the processes here".to_owned()],
            (_, Some(hop)) => vec![format!(
                "another configuration, or another server in front, may have {}",
                hop.address
            )],
            (_, None) => Vec::new(),
        };
    }
    let files: Vec<_> = probed.changed.iter().map(|path| path.display().to_string()).collect();
    let (verb, nginx) = if files.len() == 1 { ("has", "it") } else { ("have", "them") };
    vec![
        format!(
            "{} {verb} changed since nginx read {nginx}; this has nginx read the configuration anew:",
            first_few(&files)
        ),
        RELOAD.to_owned(),
    ]
}

/// How to have nginx read certificates anew.
pub(crate) fn reload() -> [String; 2] {
    [
        "nginx reads certificates when it starts and when it is told to; this has it read them:"
            .to_owned(),
        RELOAD.to_owned(),
    ]
}
