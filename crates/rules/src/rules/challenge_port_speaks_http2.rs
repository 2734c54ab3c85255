use model::Version;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    cure::{one_edit, without_argument},
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// Port 80 speaks nothing but HTTP/2.
    ///
    /// With `http2` in a `listen` without `ssl`, nginx up to 1.25.0 takes every connection to that port
    /// for HTTP/2. Browsers use HTTP/2 over TLS alone, and certificate authorities ask in HTTP/1.1: they
    /// get bytes that they cannot read. From 1.25.1 on nginx tells both apart, and the parameter is
    /// deprecated.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80 http2;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    RULE {
        id: "challenge-port-speaks-http2",
        group: Group::Challenge,
        max_severity: Severity::Warning,
        fix: FixAvailability::Always,
        since: "0.1.0",
        check: check,
    }
}

/// The first release that tells HTTP/2 from HTTP/1.1 on a port without TLS.
const TELLS_APART: Version = Version { major: 1, minor: 25, patch: 1 };

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::SpeaksHttp2 {
            continue;
        }
        let tells_apart = facts.versions().nginx_has(TELLS_APART);
        if tells_apart == Some(true) {
            return;
        }
        let Some(&listen) = failure.deciders.first() else { continue };
        let message = match tells_apart {
            None => "up to nginx 1.25.0 port 80 speaks nothing but HTTP/2",
            Some(_) => "port 80 speaks nothing but HTTP/2",
        };
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), span_to_show(listen));
        diagnostic.here = "certificate authorities ask in HTTP/1.1".to_owned();
        let word = listen.args().position(|word| &*word == b"http2");
        let edit = word.and_then(|at| without_argument(listen, at));
        diagnostic.fix = edit.map(|edit| one_edit("take `http2` out", edit));
        found.push(diagnostic);
    }
}
