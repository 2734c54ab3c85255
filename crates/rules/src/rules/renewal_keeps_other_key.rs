use evidence::KeyKind;

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, lineages::diagnostic};

rule! {
    /// A renewal is to keep the old key and to have one of another type.
    ///
    /// With `reuse_key` certbot signs the next certificate with the key that is there. If the file
    /// says another type than that key has, certbot does neither: `Unable to change the --key-type of
    /// this certificate because --reuse-key is set`. With this at the end of
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// key_type = rsa
    /// reuse_key = True
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
    /// The key of this example is an ECDSA key.
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// key_type = ecdsa
    /// reuse_key = True
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
        id: "renewal-keeps-other-key",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for lineage in facts.evidence.clients.lineages.iter().filter(|lineage| lineage.reuse_key) {
        let Some(certificate) = &lineage.certificate else { continue };
        let is = match certificate.public_key.kind {
            KeyKind::Rsa { .. } => "rsa",
            KeyKind::Ec(_) => "ecdsa",
            _ => continue,
        };
        let Some(wanted) =
            lineage.key_type.as_deref().filter(|wanted| !wanted.eq_ignore_ascii_case(is))
        else {
            continue;
        };
        let message = format!(
            "{} is told to keep the key of {} and to have one of type {wanted}: it does neither",
            lineage.client, lineage.name
        );
        let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "key_type");
        diagnostic.here = format!("the key that is there is of type {is}");
        let (name, new) = (&lineage.name, "--new-key --force-renewal");
        diagnostic.notes.push(format!(
            "a new key once, to be kept from then on:\n    certbot renew --cert-name {name} {new}"
        ));
        found.push(diagnostic);
    }
}
