use std::collections::HashSet;

use model::{LocationId, Modifier, Server};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity, facts::Facts, refusal::diagnostic,
};

rule! {
    /// Two locations of one level have the same path.
    ///
    /// A prefix and the same prefix with `^~` are the same to nginx; a prefix and an exact path with
    /// `=` are not.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location /.well-known/ {
    ///         allow all;
    ///     }
    ///
    ///     location ^~ /.well-known/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// Regular expressions and named locations may stand twice.
    RULE {
        id: "location-duplicated",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for (_, server) in facts.servers() {
        if has_distinct_paths(server) {
            continue;
        }
        for (first, second) in duplicates(server) {
            let (first, second) = (server.location(first), server.location(second));
            let span = second.directive.head_span();
            if !seen.insert(span) {
                continue;
            }
            let pattern = second.pattern.utf8_chunks().fold(String::new(), |text, chunk| {
                text + chunk.valid() + &chunk.invalid().escape_ascii().to_string()
            });
            let message = format!("duplicate location \"{pattern}\"");
            let mut diagnostic = diagnostic(RULE.id, span, message);
            if first.directive.span() == second.directive.span() {
                "its file is included twice".clone_into(&mut diagnostic.here);
            } else {
                let text = "this is the first".to_owned();
                diagnostic.labels.push(Label { span: first.directive.head_span(), text });
            }
            found.push(diagnostic);
        }
    }
}

/// Whether no two of the few locations of a server are on one level and have the same pattern.
fn has_distinct_paths(server: &Server<'_>) -> bool {
    const FEW: usize = 16;
    let locations = &server.locations;
    let is_repeated = |at: usize| {
        let (one, others) = (&locations[at], &locations[..at]);
        others.iter().any(|other| (&other.pattern, other.parent) == (&one.pattern, one.parent))
    };
    locations.len() <= FEW && !(0..locations.len()).any(is_repeated)
}

fn duplicates(server: &Server<'_>) -> Vec<(LocationId, LocationId)> {
    let what_counts = |id: LocationId| {
        let location = server.location(id);
        (location.parent, location.modifier == Modifier::Exact, &*location.pattern)
    };
    let ids = (0..server.locations.len() as u32).map(LocationId);
    let mut paths: Vec<_> = ids
        .filter(|&id| match server.location(id).modifier {
            Modifier::Exact | Modifier::Prefix | Modifier::FinalPrefix => true,
            Modifier::Regex | Modifier::RegexCaseless | Modifier::Named => false,
        })
        .collect();
    // The same ones come to lie side by side, in nginx's order.
    paths.sort_by_key(|&id| what_counts(id));
    let same = paths.chunk_by(|&left, &right| what_counts(left) == what_counts(right));
    let mut duplicates: Vec<_> =
        same.flat_map(|same| same[1..].iter().map(|&second| (same[0], second))).collect();
    duplicates.sort_by_key(|&(_, second)| second);
    duplicates
}
