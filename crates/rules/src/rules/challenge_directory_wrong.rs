use acme::PATH;
use model::{Directive, Location, name};

use crate::{
    Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    cure::{end_of_word, one_edit},
    facts::Facts,
    failure::{Case, Mistake, is_glued, span_to_show},
};

rule! {
    /// The path of the token is put together wrongly.
    ///
    /// `root` is put in front of the whole path, `alias` in the place of the part that the location
    /// names. So an `alias` wants a slash at its end where the location has one: without it nginx
    /// opens `/var/www/challengesTOKEN`. And in a regular expression an `alias` stands for the whole
    /// path: it needs a capture, or all tokens become the directory itself.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         alias /var/www/challenges;
    ///     }
    /// }
    /// ```
    ///
    /// A location and an `alias` that both lack the slash fit together, and are not reported.
    RULE {
        id: "challenge-directory-wrong",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in &facts.failures {
        if failure.mistake != Mistake::DirectoryWrong {
            continue;
        }
        let case = failure.first();
        let Some(location) = case.location(facts.http) else { continue };
        let Some(directive) = directive(location) else { continue };
        let is_glued = is_glued(&case.at().trace);
        let message = if is_glued {
            "the directory and the token run together"
        } else {
            "all tokens become one path: the `alias` of a regular expression has no capture"
        };
        let place = span_to_show(directive);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = match &case.at().trace.missing {
            Some(path) if is_glued => {
                let path = acme::abridged(&path.to_string_lossy());
                format!("nginx looks for `{path}`")
            }
            _ => "this is the path of each token".to_owned(),
        };
        let text = "in this location".to_owned();
        diagnostic.labels.push(Label { span: location.directive.head_span(), text });
        diagnostic.fix = failure.fix(|case| fix(facts, case));
        found.push(diagnostic);
    }
}

/// What puts the path together.
fn directive<'c>(location: &Location<'c>) -> Option<Directive<'c>> {
    location.level.first(name::ALIAS).or_else(|| location.level.first(name::ROOT))
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let location = case.location(facts.http)?;
    let alias = location.level.first(name::ALIAS)?;
    let sources = facts.sources();
    let slash = || Some(Edit::insert_after(end_of_word(sources, alias, 0)?, "/"));
    if location.modifier.is_prefix() {
        return Some(one_edit("end the `alias` with a slash", slash()?));
    }
    let head = location.directive;
    if head.arg_count() != 2 {
        return None;
    }
    let mut edits =
        vec![Edit::replace(head.arg_span(0)?, "^~"), Edit::replace(head.arg_span(1)?, PATH)];
    if !alias.arg(0)?.ends_with(b"/") {
        edits.push(slash()?);
    }
    Some(Fix { edits, ..one_edit("make the location a prefix, for which `alias` works", slash()?) })
}
