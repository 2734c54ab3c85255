use probe::{End, Reply};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    probed::{problem, reasons, together, without},
    served::first_few,
};

rule! {
    /// The nginx that runs answers challenges differently from what its files say.
    ///
    /// With `--probe` a token is put where the ACME client would put it, and fetched through this
    /// machine's own addresses. What came back is not what nginx answers with these files. Most
    /// often a file has changed and nginx was not told to read it, so that what is linted is not
    /// what runs:
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     location ^~ /.well-known/acme-challenge/ {   # new since the last reload
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// Or somebody else answers: a program that got the port before nginx, a container whose port
    /// is published there, a proxy in front. The message says which program answers by its own
    /// words, and which files have changed. It is an error if the token does not come back, and a
    /// warning if it does so all the same.
    ///
    /// ## See also
    ///
    /// - `probe-nothing-listens`
    /// - `probe-challenge-fails`
    RULE {
        id: "probe-answer-differs",
        group: Group::Probe,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let differences = probed.ways().filter_map(|(name, way)| {
        let hop = way.difference()?;
        if hop.reply == Reply::NothingListens {
            return None;
        }
        let reply = without(&name.text, &hop.reply.words());
        let predicted = without(&name.text, &hop.predicted.words());
        let is_fetched = way.end == End::Passes;
        let at = hop.at.or(hop.listen);
        let key = (at, reply, predicted, is_fetched, hop.url.starts_with("https"));
        Some((key, name.text.clone(), hop))
    });
    for ((at, reply, predicted, is_fetched, is_tls), names, hop) in together(differences) {
        let severity = if is_fetched { Severity::Warning } else { Severity::Error };
        let over = if is_tls { " over TLS" } else { "" };
        let came = match (&hop.reply, is_fetched) {
            (Reply::Response(response), false) if response.status == 200 => {
                "200 with another text".to_owned()
            }
            _ => reply,
        };
        let message = format!(
            "the nginx that runs answers challenges for {}{over} with {came}; these files say: {predicted}",
            first_few(&names)
        );
        let mut diagnostic = problem(facts, (RULE.id, severity), at, message);
        diagnostic.here = format!("with this it would be {predicted}");
        diagnostic.notes = reasons(probed, Some(hop));
        diagnostic.names = names;
        found.push(diagnostic);
    }
}
