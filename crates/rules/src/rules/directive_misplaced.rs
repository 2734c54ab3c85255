use std::collections::BTreeSet;

use model::{Context, Refusal, directive_table::Record};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::{Refused, diagnostic, list, shown},
};

rule! {
    /// A directive stands in a block where nginx does not allow it.
    ///
    /// Often a closing brace is missing further up, or one is too many, so that blocks end elsewhere
    /// than the indentation says.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location / {
    ///         server_name www.example.com;
    ///     }
    /// }
    /// ```
    ///
    /// A directive that only some releases allow here is not reported, and neither is anything
    /// inside a block that is misplaced itself.
    RULE {
        id: "directive-misplaced",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for refused in &facts.refused {
        if refused.why != Refusal::Misplaced {
            continue;
        }
        let directive = refused.directive;
        let name = shown(&directive.name_text());
        let message = format!("\"{name}\" directive is not allowed here");
        let mut diagnostic = diagnostic(RULE.id, directive.name_span(), message);
        diagnostic.here = format!("may stand in {} only", allowed(refused));
        let around = directive.parent().map(|parent| (parent, parent.head_span()));
        if let Some((parent, span)) = around {
            let text = if span.file == directive.file_id() {
                format!("it stands in this `{}`", shown(&parent.name_text()))
            } else {
                format!("its file is included into this `{}`", shown(&parent.name_text()))
            };
            diagnostic.labels.push(Label { span, text });
        } else if refused.context != Context::Main {
            let text = format!("the file looks as if it were included into `{}`", refused.context);
            diagnostic.notes.push(text);
        }
        found.push(diagnostic);
    }
}

/// Where directives of this name may stand; what other modules call so counts only if nginx has none.
fn allowed(refused: &Refused<'_>) -> String {
    let name = refused.directive.name();
    let is_own = |record: &&Record| record.third_party.is_none() && record.removed.is_none();
    let mut contexts = contexts(name.records().iter().filter(is_own));
    if let Some(declared) = refused.declared {
        contexts = declared.contexts.iter().copied().collect();
    } else if contexts.is_empty() {
        contexts = self::contexts(name.records().iter());
    }
    let words: Vec<String> = contexts.iter().map(|context| format!("`{context}`")).collect();
    list(&words, "and")
}

fn contexts(records: impl Iterator<Item = &'static Record>) -> BTreeSet<Context> {
    records.flat_map(|record| record.contexts.iter()).collect()
}
