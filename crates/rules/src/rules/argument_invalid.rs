use std::collections::HashSet;

use model::Standing;

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::diagnostic};

rule! {
    /// An argument is one that nginx refuses.
    ///
    /// This looks at the words where mistakes are made most often: the modifier of a `location`, the
    /// condition of an `if`, the codes of `return` and `error_page`, the flag of a `rewrite`, the
    /// parameters of `listen`, log levels, and the ports of backends and resolvers.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     if ($host == www.example.com) {
    ///         return 301 http://example.com$request_uri;
    ///     }
    /// }
    /// ```
    RULE {
        id: "argument-invalid",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for (context, directive) in facts.standings.iter().flat_map(Standing::judged) {
        let is_refused = !facts.refused.is_empty() && directive.refusal(context).is_some();
        if is_refused || facts.errors.cut_short(directive) {
            continue;
        }
        let Some(bad) = directive.bad_argument(context) else { continue };
        let span = directive.arg_span(bad.index).unwrap_or_else(|| directive.name_span());
        if seen.insert(span) {
            let mut diagnostic = diagnostic(RULE.id, span, bad.message);
            bad.help.clone_into(&mut diagnostic.here);
            found.push(diagnostic);
        }
    }
}
