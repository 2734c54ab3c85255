use model::{Server, ServerName};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity, facts::Facts,
    failure::Mistake,
};

rule! {
    /// Another server takes challenges from the one that would serve them.
    ///
    /// nginx chooses the server by name: one that has the very name comes before a wildcard, a
    /// wildcard before a regular expression, and of two servers that have the same name on an address
    /// the first counts and the second is ignored, with a warning that few read. A name that no
    /// server has goes to the default server.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     return 404;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// Which of two servers with one name is to stay, their owner knows. Where a server merely lacks
    /// the name, the patch adds it.
    ///
    /// ## Fix safety
    ///
    /// With its name a server takes all requests for it, not only challenges.
    RULE {
        id: "challenge-taken-by-other-server",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::TakenByOtherServer {
            continue;
        }
        let case = failure.first();
        let Some(other) = case.other.map(|id| http.server(id)) else { continue };
        let Some((_, taker)) = case.server(http) else { continue };
        let host = &case.at().request.host;
        let socket = case.at().trace.socket.map(|id| http.socket(id));
        let is_named = socket.is_some_and(|socket| socket.names_host(host));
        let own = name_of(other, host);
        let shown = host.escape_ascii();
        let (message, here) = match own {
            Some(_) => (
                format!("nginx ignores this server for {shown}, which another one has first"),
                "challenges never come here, and it would serve them",
            ),
            None if is_named => (
                format!("a server with a wildcard takes {shown} from this regular expression"),
                "challenges never come here, and it would serve them",
            ),
            None => (
                format!("{shown} is not among the names of the server that serves challenges"),
                "it has names that stand beside this one elsewhere",
            ),
        };
        let name = own.or_else(|| other.names.first());
        let place = name.and_then(|name| name.directive.arg_span(name.index));
        let place = place.unwrap_or(other.directive.name_span());
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        here.clone_into(&mut diagnostic.here);
        let taking = name_of(taker, host).and_then(|name| name.directive.arg_span(name.index));
        let text = format!("this server takes them, and the answer is {}", failure.outcome());
        let span = taking.unwrap_or(taker.directive.name_span());
        diagnostic.labels.push(Label { span, text });
        if !is_named {
            diagnostic.fix = add_names(other, &failure.names);
        }
        found.push(diagnostic);
    }
}

/// Where a server has a host among its names.
fn name_of<'s, 'c>(server: &'s Server<'c>, host: &[u8]) -> Option<&'s ServerName<'c>> {
    server.names.iter().find(|name| name.text == host)
}

fn add_names(server: &Server<'_>, names: &[String]) -> Option<Fix> {
    let directive = server.names.first()?.directive;
    let last = directive.arg_span(directive.arg_count().checked_sub(1)?)?;
    Some(Fix {
        title: "let the server have the name as well".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::insert_after(last, format!(" {}", names.join(" ")))],
        ..Fix::default()
    })
}
