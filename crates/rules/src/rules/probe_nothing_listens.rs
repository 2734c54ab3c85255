use std::net::SocketAddr;

use parser::Span;
use probe::{Handshake, Predicted, Reply, Seen};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    probed::{problem, reasons, together},
    served::first_few,
};

rule! {
    /// Nothing listens where nginx should.
    ///
    /// With `--probe` the addresses are asked on which nginx listens by its configuration, and
    /// nobody accepts the connection.
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     listen [::]:80;   # added, but nginx was not reloaded
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// nginx does not run, or it runs and has not read this `listen` yet. The message says which,
    /// as far as that can be seen. Where nginx is in a container, its ports may be published at
    /// other addresses: name them with `--connect`.
    ///
    /// ## See also
    ///
    /// - `probe-answer-differs`
    RULE {
        id: "probe-nothing-listens",
        group: Group::Probe,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let asked = probed.ways().filter_map(|(name, way)| {
        let hop = way.hops.last()?;
        let is_it = hop.reply == Reply::NothingListens && hop.predicted != Predicted::Refused;
        // Where nothing is said to listen, nothing is missing.
        (is_it && hop.listen.is_some()).then_some((hop.listen, hop.address, name))
    });
    let shaken = probed.shown().filter_map(|(name, shown)| {
        let is_it = shown.tls13 == Handshake::NothingListens && !shown.fails_as_predicted;
        is_it.then_some((shown.listen, shown.address, name))
    });
    let all = asked.chain(shaken).map(|(at, address, name)| ((at, address), name.text.clone(), ()));
    for ((at, address), names, ()) in together(all) {
        found.push(diagnostic(facts, at, address, names));
    }
}

fn diagnostic(
    facts: &Facts<'_>,
    at: Option<Span>,
    address: SocketAddr,
    names: Vec<String>,
) -> Diagnostic {
    let message =
        format!("nothing listens at {address}, where nginx should for {}", first_few(&names));
    let mut diagnostic = problem(facts, (RULE.id, Severity::Error), at, message);
    if let Some(probed) = facts.settings.probed.as_deref() {
        diagnostic.notes = match probed.nginx {
            Seen::Nowhere => vec![
                "no nginx is seen among the processes here; this starts it:".to_owned(),
                "    nginx -t && systemctl start nginx".to_owned(),
            ],
            _ => reasons(probed, None),
        };
    }
    diagnostic.names = names;
    diagnostic
}
