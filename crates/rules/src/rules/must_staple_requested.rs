use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic},
};

rule! {
    /// A renewal asks for a certificate that wants stapled answers, which are not given out any more.
    ///
    /// Let's Encrypt ended OCSP in 2025 and refuses such orders: `OCSP must-staple extension is no
    /// longer available`. With this at the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// must_staple = True
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
    /// Without the line the next renewal succeeds.
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
        id: "must-staple-requested",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut asking = facts.evidence.clients.lineages.iter().filter(|lineage| {
        let server = lineage.server.as_deref();
        lineage.must_staple && server.is_none_or(|url| url.contains("letsencrypt.org"))
    });
    if let Some(lineage) = asking.next() {
        let message = format!(
            "{} asks for must-staple with {}, and Let's Encrypt refuses",
            lineage.client, lineage.name
        );
        let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "must_staple");
        if lineage.line("must_staple").is_some() {
            let file = lineage.file.display();
            diagnostic
                .notes
                .push(format!("this takes the line out:\n    sed -i '/^must_staple/d' {file}"));
        }
        also_for(&mut diagnostic, asking);
        found.push(diagnostic);
    }
}
