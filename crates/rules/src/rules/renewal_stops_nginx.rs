use std::collections::HashSet;

use acme::Verdict;
use evidence::client::{Hook, Lineage, Method};

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic},
};

rule! {
    /// A hook stops nginx before each renewal, and nginx is to answer the challenge.
    ///
    /// certbot runs `pre_hook` before it orders. Where it listens on port 80 by itself, that is the
    /// way to have nginx make room. In web root mode the certificate authority asks nginx, which is
    /// stopped by then, and the renewal fails with `Connection refused`. So it goes when a certificate
    /// was ordered with `--standalone` once and is renewed over a web root now. With this at the end
    /// of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// pre_hook = systemctl stop nginx
    /// post_hook = systemctl start nginx
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
    /// A reload afterwards is all that is needed:
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
    ///
    /// Nothing is said of scripts with commands that are not known: they may start nginx again.
    ///
    /// ## See also
    ///
    /// - `standalone-port-taken`: a client that listens by itself, and nginx is not stopped.
    RULE {
        id: "renewal-stops-nginx",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &facts.evidence.clients;
    let mut stopped = clients.lineages.iter().filter_map(|lineage| {
        let hook = clients.stopped_by(lineage).filter(|_| lineage.autorenew)?;
        Some((lineage, hook))
    });
    let Some(first) = stopped.next() else { return };
    let answered: HashSet<&[u8]> = facts
        .verdicts
        .names
        .iter()
        .chain(&facts.verdicts.unserved)
        .filter(|name| {
            name.families.iter().any(|family| matches!(family.verdict, Verdict::Passes(_)))
        })
        .map(|name| &*name.name.text)
        .collect();
    let is_asked = |(lineage, _): &(&Lineage, &Hook)| {
        lineage.names.iter().flatten().any(|name| {
            let method = lineage.method_of(name);
            matches!(method, Some(Method::WebRoot(_) | Method::TokenDirectory(_)))
                && answered.contains(name.as_bytes())
        })
    };
    let mut stopped = std::iter::once(first).chain(stopped).filter(is_asked);
    let Some((lineage, hook)) = stopped.next() else { return };
    let client = lineage.client;
    let message = format!("{client} stops nginx to renew, and its challenge finds nobody there");
    let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "pre_hook");
    let what = match &hook.script {
        Some(script) => {
            diagnostic.place = Place::Path(script.clone());
            "this script".to_owned()
        }
        None => format!("the hook `{}`", String::from_utf8_lossy(&hook.text).trim()),
    };
    diagnostic.notes.push(format!(
        "{what} is for a client that listens by itself: with tokens in a directory nginx has to run, \
         and a reload afterwards is enough"
    ));
    also_for(&mut diagnostic, stopped.map(|(lineage, _)| lineage));
    found.push(diagnostic);
}
