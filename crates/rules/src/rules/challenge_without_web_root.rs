use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    cure::own_location,
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// No way leads from port 80 to a directory where a token could lie.
    ///
    /// Port 80 only redirects, hands everything to a backend, or refuses, and so does the server
    /// behind the redirect. An ACME client in web root mode has nowhere to put its token, and one in
    /// standalone mode cannot have port 80, because nginx owns it.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
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
    /// The patch adds a location for challenges in front of the redirect. Its web root comes from
    /// the configuration, or from `--webroot DIR`; without either it is a placeholder, and the patch
    /// is only shown.
    ///
    /// A backend may answer challenges by itself, and names may be validated over DNS: where
    /// everything goes to a backend this is a warning.
    RULE {
        id: "challenge-without-web-root",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::NoWay {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let message = "no way leads from port 80 to a directory where a token could lie";
        let decided = failure.at().trace.decided_by;
        let place = decided.map_or(server.directive.name_span(), span_to_show);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = match case.challenge.hops.len() {
            1 => format!("the certificate authority gets {}", failure.outcome()),
            _ => "challenges are redirected here".to_owned(),
        };
        let last = case.challenge.hops.last().and_then(|hop| hop.trace.decided_by);
        if let Some(directive) = last
            && Some(directive) != decided
        {
            let text = format!("and here the certificate authority gets {}", failure.outcome());
            diagnostic.labels.push(Label { span: span_to_show(directive), text });
        }
        let socket = failure.at().trace.socket.map(|id| facts.http.socket(id));
        if socket.is_some_and(|socket| !socket.names_host(&failure.at().request.host)) {
            let port = failure.at().request.port;
            diagnostic.notes.push(format!("no server on port {port} has this name"));
        }
        diagnostic.fix = failure.fix(|case| own_location(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}
