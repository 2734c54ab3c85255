use model::Refusal;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::{diagnostic, forgotten_semicolon, shown},
};

rule! {
    /// A block follows a directive that has none.
    ///
    /// Mostly the semicolon is missing, so that the directive goes on up to the brace of the next
    /// one, or a regular expression with braces is not quoted.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html
    ///
    ///     location / {
    ///         try_files $uri =404;
    ///     }
    /// }
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The patch ends the directive before the name of the next one, if both then have the arguments
    /// they need. Whether that was meant only the author knows.
    RULE {
        id: "directive-not-terminated",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for refused in &facts.refused {
        if refused.why != Refusal::NotTerminated {
            continue;
        }
        let directive = refused.directive;
        let name = shown(&directive.name_text());
        let message = format!("directive \"{name}\" is not terminated by \";\"");
        let mut diagnostic = diagnostic(RULE.id, directive.head_span(), message);
        let brace_is_in_word = directive.block_span().is_some_and(|inside| {
            directive.arg_count() > 0 && directive.head_span().end + 1 == inside.start
        });
        if let Some((at, fix)) = forgotten_semicolon(refused) {
            diagnostic.here = format!("`{name}` has no block");
            if let Some(span) = directive.arg_span(at) {
                let text = "this looks like the next directive".to_owned();
                diagnostic.labels.push(Label { span, text });
            }
            diagnostic.fix = Some(fix);
        } else if brace_is_in_word {
            let here = "a brace outside of quotes ends the word and opens a block";
            here.clone_into(&mut diagnostic.here);
        } else {
            diagnostic.here = format!("`{name}` has no block; is a semicolon missing?");
        }
        found.push(diagnostic);
    }
}
