use evidence::client::{Client, Lineage, Method};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic, reconfigure},
};

rule! {
    /// certbot renews over web roots, and has none for a name.
    ///
    /// certbot keeps a web root for each name in `[[webroot_map]]`, and one for all others in
    /// `webroot_path`. For a name that has neither it asks, and where nobody sits at a terminal it
    /// fails: `Missing command line flag or config entry for this setting: Input the webroot`. With
    /// this at the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// [[webroot_map]]
    /// example.com = /var/www/letsencrypt
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
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// [[webroot_map]]
    /// example.com = /var/www/letsencrypt
    /// www.example.com = /var/www/letsencrypt
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
        id: "renewal-without-web-root",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lacks_any = |lineage: &&Lineage| {
        let mut names = lineage.names.iter().flatten();
        lineage.client == Client::Certbot
            && lineage.autorenew
            && names.any(|name| lineage.method_of(name).is_none())
    };
    let mut lacking = facts.evidence.clients.lineages.iter().filter(lacks_any);
    if let Some(lineage) = lacking.next() {
        let lacks = |name: &&String| lineage.method_of(name).is_none();
        let names: Vec<&String> = lineage.names.iter().flatten().filter(lacks).collect();
        let Some(first) = names.first() else { return };
        let more = match names.len() - 1 {
            0 => String::new(),
            1 => " and one more name".to_owned(),
            more => format!(" and {more} more names"),
        };
        let message = format!("certbot has no web root for {first}{more}, and cannot renew");
        let mut diagnostic =
            diagnostic(RULE.id, Severity::Error, message, lineage, "authenticator");
        let web_root = match lineage.methods.first() {
            Some((_, Method::WebRoot(path))) => path.display().to_string(),
            _ => "DIR".to_owned(),
        };
        let command = reconfigure(lineage, &format!("--webroot -w {web_root}"));
        diagnostic.notes.push(format!("one for all of its names:\n    {command}"));
        also_for(&mut diagnostic, lacking);
        found.push(diagnostic);
    }
}
