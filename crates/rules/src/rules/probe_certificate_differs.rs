use probe::Held;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    date::date,
    facts::Facts,
    probed::{problem, reasons, together},
    served::first_few,
};

rule! {
    /// nginx shows another certificate than the one in the file of the server.
    ///
    /// With `--probe` the certificate that is really shown for a name is held against the file that
    /// its server names. It is that of another server block, or in none of the files.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name shop.example.com;   # added since the last reload: nginx takes its first server
    ///     ssl_certificate /etc/ssl/shop.example.com.pem;
    ///     ssl_certificate_key /etc/ssl/shop.example.com.key;
    /// }
    /// ```
    ///
    /// Either the configuration has changed since nginx read it, or something else has the port:
    /// another nginx, a container, a load balancer. The message names the files that have changed.
    ///
    /// It is an error if the certificate is not for the name, or has expired, and else a warning.
    ///
    /// ## See also
    ///
    /// - `probe-certificate-not-reloaded`
    /// - `probe-answer-differs`
    RULE {
        id: "probe-certificate-differs",
        group: Group::Probe,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let now = facts.settings.now;
    let other = probed.shown().filter_map(|(name, shown)| {
        let leaf = shown.leaf.as_ref()?;
        let (what, at) = match &shown.held {
            Held::OfOther { file, at } => {
                (format!("the certificate in {}", file.display()), Some(*at))
            }
            Held::InNoFile => ("a certificate that is in none of the files".to_owned(), None),
            _ => return None,
        };
        let faults = [
            (!leaf.covers(name.text.as_bytes())).then(|| "is not for that name".to_owned()),
            (leaf.not_after < now).then(|| format!("expired on {}", date(leaf.not_after))),
        ];
        let faults: Vec<_> = faults.into_iter().flatten().collect();
        let key = (shown.at, what, faults, at);
        Some((key, name.text.clone(), ()))
    });
    for ((at, what, faults, of), names, ()) in together(other) {
        let severity = if faults.is_empty() { Severity::Warning } else { Severity::Error };
        let faults = match &*faults.join(" and ") {
            "" => String::new(),
            faults => format!(", which {faults}"),
        };
        let message = format!("for {} nginx shows {what}{faults}", first_few(&names));
        let mut diagnostic = problem(facts, (RULE.id, severity), at, message);
        diagnostic.here = "this should be shown".to_owned();
        let label = |span| Label { span, text: "this is shown".to_owned() };
        diagnostic.labels.extend(of.map(label));
        diagnostic.notes = reasons(probed, None);
        diagnostic.names = names;
        found.push(diagnostic);
    }
}
