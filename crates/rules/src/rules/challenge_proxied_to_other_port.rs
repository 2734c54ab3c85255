use acme::Cause;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// nginx hands challenges to a port on which the ACME client does not listen.
    ///
    /// certbot listens on the port that `http01_port` says, while it orders, and nginx hands challenges
    /// to it. If the two differ, nobody answers. With this in
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = standalone
    /// http01_port = 8080
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         proxy_pass http://127.0.0.1:8888;
    ///     }
    /// }
    /// ```
    ///
    /// Either one can follow the other: change `proxy_pass`, or tell certbot `--http-01-port`.
    RULE {
        id: "challenge-proxied-to-other-port",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        let Some(Cause::OtherPort { proxied, client }) = failure.first().cause else { continue };
        if failure.mistake != Mistake::OtherPort {
            continue;
        }
        let Some(at) = failure.at().trace.decided_by else { continue };
        let message = "challenges are handed to a port on which the ACME client does not listen";
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), span_to_show(at));
        diagnostic.here = format!("port {proxied}, and the client listens on {client}");
        found.push(diagnostic);
    }
}
