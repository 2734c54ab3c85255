use std::collections::{HashMap, HashSet};

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
    for (_, server) in facts.http.servers() {
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
    let mut firsts = HashMap::new();
    let mut duplicates = Vec::new();
    for (location, id) in server.locations.iter().zip((0..).map(LocationId)) {
        let is_exact = match location.modifier {
            Modifier::Exact => true,
            Modifier::Prefix | Modifier::FinalPrefix => false,
            Modifier::Regex | Modifier::RegexCaseless | Modifier::Named => continue,
        };
        let key = (location.parent, is_exact, &*location.pattern);
        match firsts.get(&key) {
            Some(first) => duplicates.push((*first, id)),
            None => {
                firsts.insert(key, id);
            }
        }
    }
    duplicates
}
