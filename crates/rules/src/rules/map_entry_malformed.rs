use std::collections::HashSet;

use model::{Body, Directive, Standing, name};

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::diagnostic};

rule! {
    /// An entry of a `map` or `geo` is not two words.
    ///
    /// Each entry is a value to compare with and a result. Either of them has to be quoted if it has
    /// blanks in it.
    ///
    /// ```nginx,bad
    /// map $http_user_agent $is_robot {
    ///     default 0;
    ///     ~Mozilla compatible 1;
    /// }
    /// ```
    ///
    /// The single words `hostnames`, `volatile`, `ranges` and `proxy_recursive` are settings.
    RULE {
        id: "map-entry-malformed",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let with_entries = facts.standings.iter().filter(|standing| standing.has_entries());
    for (body, entry) in with_entries.flat_map(Standing::directives) {
        if body != Body::Entries || entry.has_block() {
            continue;
        }
        let (block, settings): (_, &[&[u8]]) = match entry.parent().map(Directive::name) {
            Some(name::MAP) => ("map", &[b"hostnames", b"volatile"]),
            Some(name::GEO) => ("geo", &[b"ranges", b"proxy_recursive", b"volatile"]),
            _ => continue,
        };
        let is_right = match entry.arg_count() {
            0 => settings.contains(&&*entry.name_text()),
            count => count == 1,
        };
        if is_right || facts.errors.cut_short(entry) || !seen.insert(entry.name_span()) {
            continue;
        }
        let message = format!("invalid number of the {block} parameters");
        let mut diagnostic = diagnostic(RULE.id, entry.head_span(), message);
        "an entry is two words: a value and its result".clone_into(&mut diagnostic.here);
        found.push(diagnostic);
    }
}
