use probe::{Handshake, NoAnswer};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    probed::{problem, reasons, together},
    served::first_few,
};

rule! {
    /// A server that should speak TLS does not, or only in versions that no browser takes.
    ///
    /// With `--probe` a handshake is made for every name, once with TLS 1.2 and once with TLS 1.3,
    /// and neither succeeded. Browsers, and most authorities that follow a redirect to HTTPS, want
    /// one of them.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_protocols TLSv1 TLSv1.1;   # neither TLS 1.2 nor TLS 1.3
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// Which older version it is, is not found out: this program does not speak any. Where the
    /// server answers with an alert, the message has it. Where `ssl_ciphers`, `ssl_ecdh_curve` or
    /// `ssl_conf_command` leave only what this program does not speak, nothing can be told: that is
    /// for information.
    ///
    /// ## See also
    ///
    /// - `ssl-protocols-outdated`
    /// - `probe-nothing-listens`
    RULE {
        id: "probe-handshake-fails",
        group: Group::Probe,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let failing = probed.shown().filter_map(|(name, shown)| {
        if shown.tls12.is_done() || shown.tls13.is_done() || shown.fails_as_predicted {
            return None;
        }
        let why = match (&shown.tls12, &shown.tls13) {
            (Handshake::NothingListens, _) => return None,
            (Handshake::NothingInCommon(_), _) | (_, Handshake::NothingInCommon(_)) => {
                let why = NoAnswer::NothingInCommon.words();
                return Some((
                    (shown.listen, shown.address, why),
                    name.text.clone(),
                    Severity::Info,
                ));
            }
            (Handshake::NotOffered, Handshake::NotOffered) => {
                "neither TLS 1.2 nor TLS 1.3 is offered".to_owned()
            }
            (Handshake::NotOffered, other) | (other, _) => words(other)?,
        };
        Some(((shown.listen, shown.address, why), name.text.clone(), Severity::Error))
    });
    for ((at, address, why), names, severity) in together(failing) {
        let names_in_words = first_few(&names);
        let message = match severity {
            Severity::Info => {
                format!(
                    "the TLS handshake for {names_in_words} at {address} cannot be tried: {why}"
                )
            }
            _ => format!("no TLS handshake for {names_in_words} at {address}: {why}"),
        };
        let mut diagnostic = problem(facts, (RULE.id, severity), at, message);
        diagnostic.notes = match severity {
            Severity::Info => vec![SPOKEN.to_owned()],
            _ => reasons(probed, None),
        };
        diagnostic.names = names;
        found.push(diagnostic);
    }
}

/// What the probe can agree on with a server.
const SPOKEN: &str = "this program speaks AES-GCM and ChaCha20-Poly1305 with ECDHE over X25519, P-256 and \
                      P-384; others may get on with the server";

fn words(shaken: &Handshake) -> Option<String> {
    match shaken {
        Handshake::Refused(why) | Handshake::Failed(why) => Some(why.clone()),
        Handshake::TimedOut => Some("nothing comes within the time limit".to_owned()),
        Handshake::NotOffered => Some("neither TLS 1.2 nor TLS 1.3 is offered".to_owned()),
        Handshake::NothingInCommon(_) => Some(NoAnswer::NothingInCommon.words()),
        Handshake::Done(_) | Handshake::NothingListens | Handshake::NotAsked => None,
    }
}
