use evidence::client::Method;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic},
};

rule! {
    /// A certificate was ordered by hand, and cannot be renewed without a hand.
    ///
    /// With `--manual` certbot asks a person to put tokens or records in their places. A timer is no
    /// person: each renewal fails with `An authentication script must be provided with --manual-auth-
    /// hook`. With this at the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = manual
    /// pref_challs = dns-01,
    /// server = https://acme-v02.api.letsencrypt.org/directory
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
    /// Either a hook does it, or the certificate is ordered in another way, such as from the web root
    /// that nginx serves.
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = manual
    /// pref_challs = dns-01,
    /// manual_auth_hook = /usr/local/bin/add-record
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
        id: "renewal-by-hand",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let by_hand = facts.lineages().filter(|(lineage, uses)| {
        let is_by_hand = lineage.method == Some(Method::Manual { hook: None });
        is_by_hand && !uses.is_empty() && lineage.autorenew
    });
    let mut by_hand = by_hand.map(|(lineage, _)| lineage);
    if let Some(lineage) = by_hand.next() {
        let client = lineage.client;
        let message =
            format!("{client} asks a person to renew {}, and a timer is none", lineage.name);
        let mut diagnostic =
            diagnostic(RULE.id, Severity::Error, message, lineage, "authenticator");
        diagnostic.notes.push(
            "name a hook with `--manual-auth-hook`, or order it in a way that needs nobody"
                .to_owned(),
        );
        also_for(&mut diagnostic, by_hand);
        found.push(diagnostic);
    }
}
