use std::sync::Arc;

use evidence::client::{CertbotHome, Client, Clients, Hook, Ignored, Lineage, Reload, When};
use model::Directive;

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, NewFile, Place, Reach, Severity,
    acme_sh, facts::Facts, lineages::list, ordering::deploy_hook, places::also_at,
};

rule! {
    /// Nobody tells nginx to read renewed certificates.
    ///
    /// nginx reads certificates when it starts and when it is told to reload. certbot renews the files
    /// in time, `certbot certificates` says that all is well, and visitors get the old certificate
    /// until it expires, and then an error. With this at the end of
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
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
    /// The patch makes a script that certbot runs for each new certificate. A hook that is set for the
    /// certificate does as well, and so does `installer = nginx`:
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
    /// Where a hook runs that may do anything, nothing is said, nor where a crontab reloads nginx.
    RULE {
        id: "renewal-without-reload",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// What the script does.
const SCRIPT: &[u8] = b"#!/bin/sh\n\
    # Lets nginx serve certificates as soon as they are renewed.\n\
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n\
    exec nginx -s reload\n";

/// What it is called.
const NAME: &str = "reload-nginx";

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &*facts.evidence.clients;
    let mut forgotten: Vec<(&Lineage, &[Directive<'_>])> = Vec::new();
    for (lineage, uses) in facts.lineages() {
        // Where lego's command line is not known, its hook is not either.
        let is_known = lineage.client != Client::Lego || lineage.method.is_some();
        let is_renewed = lineage.faults.is_empty() && is_known && !uses.is_empty();
        if is_renewed && clients.reload(lineage) == Reload::Nobody {
            forgotten.push((lineage, uses));
        }
    }
    for client in [Client::Certbot, Client::AcmeSh, Client::Dehydrated, Client::Lego] {
        let of_client: Vec<_> =
            forgotten.iter().filter(|(lineage, _)| lineage.client == client).copied().collect();
        found.extend(diagnostic(clients, client, &of_client));
    }
}

/// What to say of the certificates that one client renews in vain.
fn diagnostic(
    clients: &Clients,
    client: Client,
    forgotten: &[(&Lineage, &[Directive<'_>])],
) -> Option<Diagnostic> {
    let (first, uses) = forgotten.first()?;
    let lineages = || forgotten.iter().map(|(lineage, _)| *lineage);
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: Severity::Warning,
        message: format!(
            "nginx is not told to read the certificate when {client} has renewed {}",
            if forgotten.len() == 1 { "it".to_owned() } else { list(lineages()) }
        ),
        place: Place::Span(uses[0].arg_span(0).unwrap_or_else(|| uses[0].head_span())),
        here: "nginx reads this file when it starts, and not again".to_owned(),
        labels: Vec::new(),
        notes: vec![
            "the old certificate is served until it expires, however often it is renewed"
                .to_owned(),
        ],
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    let others = forgotten.iter().flat_map(|(_, uses)| *uses).skip(1);
    also_at(&mut diagnostic, others.map(|at| at.arg_span(0).unwrap_or_else(|| at.head_span())));
    let ignored = ignored(clients, first);
    let is_off = client == Client::Certbot
        && certbot_home(clients, first).is_some_and(|home| home.has_hooks_off);
    let is_mended_by_it = ignored.is_some() && !is_off;
    diagnostic.notes.extend(ignored);
    if is_mended_by_it {
        return Some(diagnostic);
    }
    if client == Client::Certbot {
        diagnostic.fix = fix(clients, first);
        let command = deploy_hook(first, "nginx -s reload");
        diagnostic.notes.push(match &diagnostic.fix {
            Some(_) => format!("for one certificate alone: `{command}`"),
            None => format!("`{command}` has certbot reload nginx"),
        });
    } else {
        diagnostic.notes.push(advice(first));
    }
    Some(diagnostic)
}

/// How clients other than certbot are told.
fn advice(lineage: &Lineage) -> String {
    let file = lineage.file.display();
    match lineage.client {
        Client::AcmeSh => {
            format!("`{}` has acme.sh reload nginx", acme_sh::install(lineage))
        }
        Client::Dehydrated => format!(
            "HOOK in {file} names the script that dehydrated runs, which does \
             `if [ \"$1\" = deploy_cert ]; then nginx -s reload; fi`"
        ),
        _ if file.to_string().contains(".lego.y") => {
            format!("`nginx -s reload` as command of the hook `deploy` in {file}")
        }
        _ => format!("lego in {file} takes `renew --renew-hook 'nginx -s reload'`"),
    }
}

/// What to say of a script that would do it, did certbot run it.
fn ignored(clients: &Clients, lineage: &Lineage) -> Option<String> {
    let mut hooks = clients.hooks_of(lineage).filter(|hook| hook.when != When::Before);
    let (hook, why) = hooks.find_map(|hook| Some((hook, hook.ignored?)))?;
    let path = hook.script.as_ref()?.display();
    Some(match why {
        Ignored::NotExecutable => {
            let client = lineage.client;
            format!("{client} cannot run {path}, which is not executable: `chmod 755 {path}`")
        }
        Ignored::Backup => {
            format!("certbot passes over {path}: it takes what ends in `~` for a backup")
        }
        Ignored::TurnedOff => {
            format!("certbot passes over {path}: cli.ini has `no-directory-hooks`")
        }
    })
}

/// Where certbot keeps a certificate and its hooks.
fn certbot_home<'c>(clients: &'c Clients, lineage: &Lineage) -> Option<&'c CertbotHome> {
    let path = lineage.file.parent()?.parent()?;
    clients.certbot.iter().find(|home| home.path == path)
}

fn fix(clients: &Clients, lineage: &Lineage) -> Option<Fix> {
    let home = certbot_home(clients, lineage).filter(|home| !home.has_hooks_off)?;
    let path = home.path.join("renewal-hooks/deploy").join(NAME);
    let target = home.deploy_hooks.as_ref()?.join(NAME);
    let is_there = |hook: &Hook| hook.script.as_ref() == Some(&path);
    if clients.hooks.iter().any(|(_, hook)| is_there(hook)) {
        return None;
    }
    let contents = SCRIPT.to_vec();
    let file = NewFile { path, target, contents, is_executable: true };
    Some(Fix {
        title: "let certbot reload nginx for each new certificate".to_owned(),
        applicability: Applicability::Safe,
        files: vec![Arc::new(file)],
        ..Fix::default()
    })
}
