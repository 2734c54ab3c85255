use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic},
    ordering::trusted,
};

rule! {
    /// A certificate that nginx serves is renewed from a test authority.
    ///
    /// The staging environment of a certificate authority gives out certificates that no browser
    /// trusts. It is for trying; `certbot renew --dry-run` uses it and keeps nothing. With this at
    /// the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-staging-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    RULE {
        id: "renewal-from-staging",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut of_tests = facts.lineages().filter_map(|(lineage, uses)| {
        let server = lineage.server.as_deref().filter(|server| is_for_tests(server))?;
        Some((lineage, server, *uses.first()?))
    });
    if let Some((lineage, server, used)) = of_tests.next() {
        let message = format!(
            "{} gets {} from a test authority that no browser trusts",
            lineage.client, lineage.name
        );
        let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "server");
        diagnostic.here = server.to_owned();
        let span = used.arg_span(0).unwrap_or_else(|| used.head_span());
        diagnostic.labels.push(Label { span, text: "nginx serves it here".to_owned() });
        diagnostic.notes.push(trusted(lineage));
        also_for(&mut diagnostic, of_tests.map(|(lineage, ..)| lineage));
        found.push(diagnostic);
    }
}

/// Whether certificates from there are for trying (`certbot.util.is_staging`).
fn is_for_tests(server: &str) -> bool {
    server.contains("staging")
}
