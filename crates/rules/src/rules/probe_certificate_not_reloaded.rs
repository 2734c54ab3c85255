use probe::Held;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    date::{date, length},
    facts::Facts,
    probed::{problem, reload, together},
    served::first_few,
};

rule! {
    /// nginx still shows the old certificate: it was renewed, and nginx was not told.
    ///
    /// The file has the new certificate, `certbot certificates` says that all is well, and visitors
    /// get the old one until it expires. With `--probe` the certificate that nginx really shows is
    /// held against the file that it should be from.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;   # renewed last night
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// `nginx -s reload` cures it for now. So that it does not come again with the next renewal,
    /// the ACME client has to run that itself: `renewal-without-reload` has the patch.
    ///
    /// The same is said where the certificate is that of the file, but nginx sends other
    /// certificates along than the file has now: an intermediate that was added since, for example.
    ///
    /// ## See also
    ///
    /// - `renewal-without-reload`
    /// - `probe-certificate-differs`
    RULE {
        id: "probe-certificate-not-reloaded",
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
    let stale = probed.shown().filter_map(|(name, shown)| {
        let leaf = shown.leaf.as_ref()?;
        let file = shown.files.first().map(|path| path.display().to_string()).unwrap_or_default();
        let why = match shown.held {
            Held::Older { by } => {
                let end = if leaf.not_after < now {
                    format!("expired on {}", date(leaf.not_after))
                } else {
                    format!("ends on {}", date(leaf.not_after))
                };
                format!("a certificate that {end}; the one in {file} is {} newer", length(by))
            }
            Held::OtherChain { in_file } => format!(
                "{} with the certificate; {file} has {in_file} by now, in all",
                match shown.sent - 1 {
                    0 => "no intermediate".to_owned(),
                    1 => "one more".to_owned(),
                    more => format!("{more} more"),
                }
            ),
            _ => return None,
        };
        Some(((shown.at, why), name.text.clone(), ()))
    });
    for ((at, why), names, ()) in together(stale) {
        let message = format!("for {} nginx still shows {why}", first_few(&names));
        let mut diagnostic = problem(facts, (RULE.id, Severity::Error), at, message);
        diagnostic.here = "has changed since nginx read it".to_owned();
        diagnostic.notes = reload().into();
        diagnostic.names = names;
        found.push(diagnostic);
    }
}
