use std::collections::HashMap;

use acme::{Cause, NameVerdict, Verdict};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity, facts::Facts, lineages::diagnostic,
    ordering::without_others,
};

rule! {
    /// A certificate has a name that nginx has no server for, and no challenge for it passes.
    ///
    /// All names of a certificate are validated when it is renewed. One that is left from a site that
    /// has moved comes to the default server, which has no token for it, and the whole certificate is
    /// not renewed. With this at the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80 default_server;
    ///     return 404;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// The name goes with `certbot certonly --cert-name` and the names that are left, each with `-d`,
    /// with what validates them and the hooks: certbot forgets what it is not told again.
    /// A default server that serves challenges for every name is fine, too:
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80 default_server;
    ///     root /var/www/letsencrypt;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    RULE {
        id: "renewal-of-unserved-name",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let by_name: HashMap<&[u8], _> =
        facts.verdicts.unserved.iter().map(|verdict| (&*verdict.name.text, verdict)).collect();
    if by_name.is_empty() {
        return;
    }
    for lineage in &facts.evidence.clients.lineages {
        let names = lineage.names.iter().flatten();
        let unserved: Vec<(&NameVerdict<'_>, &Cause)> =
            names.clone().filter_map(|name| failing(by_name.get(name.as_bytes())?)).collect();
        let Some((first, cause)) = unserved.first() else { continue };
        let text = String::from_utf8_lossy(&first.name.text);
        let more = match unserved.len() - 1 {
            0 => String::new(),
            1 => " and one more of its names".to_owned(),
            more => format!(" and {more} more of its names"),
        };
        let (client, certificate) = (lineage.client, &lineage.name);
        let (severity, message) = if lineage.allows_subset {
            let message = format!(
                "{client} renews {certificate} without {text}{more}, which no server here has"
            );
            (Severity::Warning, message)
        } else {
            let message =
                format!("{client} cannot renew {certificate}: no server here has {text}{more}");
            (Severity::Error, message)
        };
        let mut diagnostic = diagnostic(RULE.id, severity, message, lineage, "");
        let server = first.servers.first().map(|&id| facts.http.server(id));
        if let Some(server) = server {
            let text = format!("the challenge comes here and gets {}", cause.words());
            diagnostic.labels.push(Label { span: server.directive.name_span(), text });
        }
        let is_left =
            |name: &&String| !unserved.iter().any(|(one, _)| *one.name.text == *name.as_bytes());
        let left: Vec<&str> = names.filter(is_left).map(|name| &**name).collect();
        diagnostic.notes.push(without_others(lineage, &left));
        found.push(diagnostic);
    }
}

/// A verdict, if the challenge fails over IPv4.
fn failing<'f>(verdict: &'f NameVerdict<'f>) -> Option<(&'f NameVerdict<'f>, &'f Cause)> {
    match &verdict.families.first()?.verdict {
        Verdict::Fails(Cause::PortTaken { .. }) => None,
        Verdict::Fails(cause) => Some((verdict, cause)),
        _ => None,
    }
}
