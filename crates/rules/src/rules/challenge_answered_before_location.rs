use model::{Directive, LocationId, Server};

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    failure::{Mistake, span_to_show},
    insertion::{exempt_from_code, is_movable, move_into_location},
};

rule! {
    /// The server answers before the location for challenges can.
    ///
    /// `return`, `rewrite` and `if` that stand right in a `server` block run before nginx looks for
    /// a location, wherever they stand in the block. A perfect location for challenges is dead
    /// behind them.
    ///
    /// This is reported only where the challenge really fails: a redirect to a server that serves
    /// the token is fine, because certificate authorities follow it.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    ///
    ///     return 301 https://$host$request_uri;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///
    ///     location / {
    ///         proxy_pass http://127.0.0.1:3000;
    ///     }
    /// }
    /// ```
    ///
    /// The patch moves the `return` into a `location /` where that changes no other answer;
    /// otherwise it adds a `rewrite … break` that ends the server's code for challenges alone.
    RULE {
        id: "challenge-answered-before-location",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::AnsweredBeforeLocation {
            continue;
        }
        let Some((_, server)) = failure.first().server(facts.http) else { continue };
        let Some(meant) = failure.first().meant else { continue };
        let Some(&directive) = failure.deciders.first() else { continue };
        let message = "the server answers before the location for challenges can".to_owned();
        let place = span_to_show(directive);
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        diagnostic.here = "this runs first, wherever it stands in the block".to_owned();
        let location = server.location(meant).directive;
        let text = "this location is never reached".to_owned();
        diagnostic.labels.push(Label { span: location.head_span(), text });
        diagnostic.notes.push(format!("the certificate authority gets {}", failure.outcome()));
        for other in &failure.deciders[1..] {
            let text = "and so does this".to_owned();
            diagnostic.labels.push(Label { span: span_to_show(*other), text });
        }
        let first = failure.deciders.iter().min_by_key(|other| other.span()).copied();
        let first = first.unwrap_or(directive);
        diagnostic.fix = failure.fix(|case| {
            let (_, server) = case.server(facts.http)?;
            fix(facts, server, first, case.meant?)
        });
        found.push(diagnostic);
    }
}

fn fix(
    facts: &Facts<'_>,
    server: &Server<'_>,
    directive: Directive<'_>,
    meant: LocationId,
) -> Option<Fix> {
    let sources = facts.sources();
    let location = server.location(meant);
    let is_alone = server.outer_locations.iter().all(|&id| id == meant)
        && location.modifier.is_prefix()
        && location.pattern.starts_with(acme::PATH.as_bytes());
    if is_movable(server, directive) && is_alone {
        return Some(Fix {
            title: "move the `return` into a location of its own".to_owned(),
            applicability: Applicability::Safe,
            edits: move_into_location(sources, server, directive),
            ..Fix::default()
        });
    }
    Some(Fix {
        title: "end the server's code for challenges with `rewrite … break`".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![exempt_from_code(sources, server, directive)?],
        ..Fix::default()
    })
}
