use model::{Refusal, directive_table};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::{Refused, diagnostic, forgotten_semicolon, list, shown},
};

rule! {
    /// A directive has too few arguments, too many, or something else than `on` or `off`.
    ///
    /// A missing semicolon makes too many: everything up to the next one is an argument.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80
    ///     server_name example.com;
    ///     root /var/www/html /srv/www;
    /// }
    /// ```
    ///
    /// A number of arguments that any release or any known module takes is not reported.
    ///
    /// ## Fix safety
    ///
    /// The patch ends the directive before the first argument that is the name of another one, if
    /// both then have the arguments they need. Whether that was meant only the author knows.
    ///
    /// ## See also
    ///
    /// - `argument-invalid`, for arguments that are wrong in themselves
    RULE {
        id: "directive-arguments-wrong",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for refused in &facts.refused {
        let directive = refused.directive;
        let name = shown(&directive.name_text());
        let mut diagnostic = match refused.why {
            Refusal::ArgumentCount => {
                let message = format!("invalid number of arguments in \"{name}\" directive");
                diagnostic(RULE.id, directive.head_span(), message)
            }
            Refusal::NotAFlag => {
                let value = shown(&directive.arg(0).unwrap_or_default());
                let message = format!(
                    "invalid value \"{value}\" in \"{name}\" directive, it must be \"on\" or \
                     \"off\""
                );
                let span = directive.arg_span(0).unwrap_or_else(|| directive.name_span());
                diagnostic(RULE.id, span, message)
            }
            _ => continue,
        };
        if refused.why == Refusal::ArgumentCount {
            diagnostic.here = format!("it takes {}", expected(refused));
            if let Some((at, fix)) = forgotten_semicolon(refused) {
                if let Some(span) = directive.arg_span(at) {
                    let text = "this looks like the next directive".to_owned();
                    diagnostic.labels.push(Label { span, text });
                }
                diagnostic.fix = Some(fix);
            }
        }
        found.push(diagnostic);
    }
}

/// The numbers of arguments that are right here.
fn expected(refused: &Refused<'_>) -> String {
    let directive = refused.directive;
    if let Some(declared) = refused.declared {
        return declared.arguments.to_string();
    }
    let mut arities: Vec<String> = Vec::new();
    for record in directive_table::candidates(directive.name(), refused.context) {
        let arity = record.arity.to_string();
        if record.block == directive.has_block() && !arities.contains(&arity) {
            arities.push(arity);
        }
    }
    list(&arities, "or")
}
