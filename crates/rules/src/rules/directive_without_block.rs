use model::Refusal;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::{diagnostic, shown},
};

rule! {
    /// A directive that needs a block in braces has none.
    ///
    /// ```nginx,bad
    /// upstream backend;
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// A `{` right after a `$` belongs to the word, as in `location ~ ^/images${`: put a blank in
    /// between.
    RULE {
        id: "directive-without-block",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for refused in &facts.refused {
        if refused.why != Refusal::WithoutBlock {
            continue;
        }
        let directive = refused.directive;
        let name = shown(&directive.name_text());
        let message = format!("directive \"{name}\" has no opening \"{{\"");
        let mut diagnostic = diagnostic(RULE.id, directive.head_span(), message);
        "a block in braces should follow".clone_into(&mut diagnostic.here);
        let swallowed = directive.args().position(|arg| arg.ends_with(b"${"));
        if let Some(span) = swallowed.and_then(|index| directive.arg_span(index)) {
            let text = "after a `$` the brace belongs to the word: put a blank between".to_owned();
            diagnostic.labels.push(Label { span, text });
        }
        found.push(diagnostic);
    }
}
