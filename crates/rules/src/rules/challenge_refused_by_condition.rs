use model::AnswerPhase;

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    condition::{Visitor, around, refuses_visitor},
    cure::location_at,
    facts::Facts,
    failure::{Case, Mistake, span_to_show},
    insertion::exempt_from_code,
};

rule! {
    /// A condition meant for other visitors refuses the certificate authority.
    ///
    /// Rules against bots, foreign countries or hot links, and switches for maintenance, mostly stand
    /// as an `if` in the `server` block, where they come before every location. The certificate
    /// authority is such a visitor: its user agent is `Mozilla/5.0 (compatible; Let's Encrypt
    /// validation server; +https://www.letsencrypt.org)`, it sends neither a `Referer` nor a cookie,
    /// and it asks from several continents at once.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     if ($http_user_agent ~* "(compatible;|crawler)") {
    ///         return 403;
    ///     }
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// The patch ends the server's code for challenges, and for nothing else, before the condition is
    /// asked. A condition in `location /` is fine if challenges have a location of their own.
    RULE {
        id: "challenge-refused-by-condition",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::RefusedByCondition {
            continue;
        }
        let case = failure.first();
        let trace = &case.at().trace;
        // What a database of addresses says is not known; what it is there for is.
        let doubt = failure.deciders.first().filter(|_| case.cause.is_none()).copied();
        let visitor = match doubt {
            Some(_) => Visitor::Origin,
            None => match refuses_visitor(facts.http, trace) {
                Some(visitor) => visitor,
                None => continue,
            },
        };
        let Some(decided) = doubt.or(trace.decided_by) else { continue };
        let condition = doubt.unwrap_or_else(|| around(decided));
        let message = match &visitor {
            Visitor::UserAgent => "the certificate authority is refused for its user agent",
            Visitor::Referer => {
                "the certificate authority is refused, because it sends no `Referer`"
            }
            Visitor::Cookie => "the certificate authority is refused, because it has no cookie",
            Visitor::Origin if doubt.is_some() => {
                "whether certificate authorities come in depends on where they ask from"
            }
            Visitor::Origin => "the certificate authority is refused for where it comes from",
            Visitor::Header(_) => "the certificate authority is refused for a header field",
            Visitor::File(_) => "everybody is refused while a file is there, challenges included",
            Visitor::Everybody => "everybody is refused, challenges included",
        };
        let mut diagnostic =
            failure.diagnostic(RULE.id, message.to_owned(), span_to_show(condition));
        diagnostic.here = match &visitor {
            Visitor::Header(field) => format!("it sends no such `{field}`"),
            Visitor::File(path) => format!("`{path}` is there"),
            _ if doubt.is_some() => "they ask from several continents at once".to_owned(),
            _ => "this holds for certificate authorities".to_owned(),
        };
        if doubt.is_none() {
            let text = format!("and this answers {}", failure.outcome());
            diagnostic.labels.push(Label { span: span_to_show(decided), text });
        }
        if let (Some((_, server)), Some(meant)) = (case.server(facts.http), case.meant) {
            let text = "this location is never reached".to_owned();
            let span = server.location(meant).directive.head_span();
            diagnostic.labels.push(Label { span, text });
        }
        diagnostic.fix = failure.fix(|case| fix(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let (_, server) = case.server(facts.http)?;
    let trace = &case.at().trace;
    if case.meant.is_none() || trace.phase != AnswerPhase::ServerRewrite {
        return location_at(facts, case, "serve challenges before the condition is asked");
    }
    Some(Fix {
        title: "end the server's code for challenges before the condition is asked".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![exempt_from_code(facts.sources(), server, trace.decided_by?)?],
        ..Fix::default()
    })
}
