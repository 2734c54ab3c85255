use acme::{PATH, is_meant_for_challenges};
use model::{Directive, name};

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    failure::{Case, Mistake, span_to_show},
    insertion::{NewLocation, insert_at_head, lifted_restrictions},
};

rule! {
    /// An address list or a password keeps the certificate authority out.
    ///
    /// `allow`, `deny`, `auth_basic` and `auth_request` of a server, or of `http`, hold for every
    /// location that has none of its own, the one for challenges included. Certificate authorities ask from many
    /// addresses all over the Internet, which they do not publish, and know no password.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     allow 192.0.2.0/24;
    ///     deny all;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// The patch lifts the restriction for the path of challenges only. A list that lets everybody
    /// in after refusing a few, or `satisfy any` with `allow all`, is fine and not reported.
    RULE {
        id: "challenge-access-refused",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::AccessRefused {
            continue;
        }
        let is_in_doubt = failure.first().cause.is_none();
        let decided = failure.deciders.first().copied();
        let Some(directive) = decided.or(failure.at().trace.decided_by) else { continue };
        let is_of_browsers = is_in_doubt && directive.name() != name::AUTH_REQUEST;
        let is_of_method =
            directive.parent().is_some_and(|parent| parent.name() == name::LIMIT_EXCEPT);
        let message = match directive.name() {
            name::AUTH_BASIC => "a password keeps the certificate authority out",
            _ if is_of_browsers => "a check for browsers keeps the certificate authority out",
            name::AUTH_REQUEST if is_in_doubt => {
                "`auth_request` asks another server about challenges"
            }
            name::AUTH_REQUEST => "`auth_request` keeps the certificate authority out",
            _ if is_of_method => "`limit_except` refuses the method of certificate authorities",
            _ => "an address list keeps the certificate authority out",
        };
        let place = span_to_show(directive);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = if is_of_browsers {
            "certificate authorities keep no cookies and run no scripts".to_owned()
        } else if is_in_doubt {
            "it lets in who has logged in, and certificate authorities never do".to_owned()
        } else {
            format!("this answers {}", failure.outcome())
        };
        if let Some(location) = failure.first().location(facts.http)
            && location.directive != directive.parent().unwrap_or(directive)
        {
            let text = "it holds in this location, too".to_owned();
            diagnostic.labels.push(Label { span: location.directive.head_span(), text });
        }
        diagnostic.fix = if is_of_browsers { None } else { failure.fix(|case| fix(facts, case)) };
        if is_of_browsers {
            let how = "switch it off in the location for challenges, with the same directive";
            diagnostic.notes.push(how.to_owned());
        }
        if diagnostic.fix.is_none() && !is_in_doubt {
            diagnostic.notes.push(
                "the location for challenges refuses by itself: let everybody in there, or take \
                 the location out"
                    .to_owned(),
            );
        }
        found.push(diagnostic);
    }
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let sources = facts.sources();
    let (id, server) = case.server(facts.http)?;
    let location_id = case.at().trace.answered_by;
    let location = location_id.map(|id| server.location(id));
    if let Some(location) = location
        && is_meant_for_challenges(location)
        && location.pattern.starts_with(PATH.trim_end_matches('/').as_bytes())
        && has_own_rules(location.directive)
    {
        // What it is for, its owner knows.
        return None;
    }
    if let (Some(location_id), Some(location)) = (location_id, location)
        && is_meant_for_challenges(location)
        && location.pattern.starts_with(PATH.as_bytes())
    {
        let lines = lifted_restrictions(facts.http, server, location_id);
        return Some(Fix {
            title: "lift the restriction in the location for challenges".to_owned(),
            applicability: Applicability::Safe,
            edits: vec![insert_at_head(sources, location.directive, &lines)?],
            ..Fix::default()
        });
    }
    let location = NewLocation::for_server(facts, id);
    let applicability = location.applicability;
    let edit = location.insert_into(facts, server)?;
    Some(Fix {
        title: "add a location for challenges that everybody may reach".to_owned(),
        applicability,
        edits: vec![edit],
        ..Fix::default()
    })
}

/// Whether a location restricts access by itself.
fn has_own_rules(location: Directive<'_>) -> bool {
    location.children().any(|inner| match inner.name() {
        name::ALLOW | name::DENY => true,
        name::AUTH_BASIC | name::AUTH_REQUEST => inner.arg(0).as_deref() != Some(b"off"),
        _ => false,
    })
}
