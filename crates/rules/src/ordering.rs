//! The commands by which clients order a certificate anew, and keep doing so.

use evidence::client::{Client, Hook, Lineage, Method, When};

use crate::{
    acme_sh,
    lineages::{knows_reconfigure, reconfigure, shell_word},
};

/// The directory of Let's Encrypt.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The command that has certbot run another one for each new certificate. Before 2.3 it takes a
/// renewal to remember it; `certonly` would forget all else.
pub(crate) fn deploy_hook(lineage: &Lineage, hook: &str) -> String {
    let option = format!("--deploy-hook {}", shell_word(hook));
    if knows_reconfigure(lineage) {
        return reconfigure(lineage, &option);
    }
    let name = shell_word(&lineage.name);
    format!("certbot renew --cert-name {name} {option} --force-renewal")
}

/// How a client orders a certificate that browsers trust, in place of one of a test authority.
pub(crate) fn trusted(lineage: &Lineage) -> String {
    let this = "this orders one that is trusted:";
    match lineage.client {
        Client::AcmeSh => {
            let name = acme_sh::name(lineage);
            format!("{this}\n    acme.sh --renew {name} --server letsencrypt --force")
        }
        Client::Dehydrated => "with `CA=letsencrypt` in its settings, this orders one that is \
                               trusted:\n    dehydrated --register --accept-terms\n    \
                               dehydrated --cron --force"
            .to_owned(),
        Client::Lego => format!(
            "lego orders one that is trusted if its server is {LETS_ENCRYPT} and its command `run` \
             once"
        ),
        Client::Certbot | Client::NginxModule => {
            let names: Vec<&str> = lineage.names.iter().flatten().map(|name| &**name).collect();
            let order = certbot(lineage, &names);
            format!("{this}\n    {order} --server {LETS_ENCRYPT} --force-renewal")
        }
    }
}

/// How a client goes on with these names of a certificate alone.
pub(crate) fn without_others(lineage: &Lineage, names: &[&str]) -> String {
    let without = "without it:";
    match (lineage.client, names) {
        (Client::Certbot | Client::NginxModule, []) => format!(
            "if nothing needs it any more: `certbot delete --cert-name {}`",
            shell_word(&lineage.name)
        ),
        (Client::Certbot | Client::NginxModule, names) => {
            format!("{without}\n    {}", certbot(lineage, names))
        }
        (Client::AcmeSh, []) => {
            format!("if nothing needs it any more: `acme.sh --remove {}`", acme_sh::name(lineage))
        }
        (Client::AcmeSh, names) => match acme_sh::order(lineage, names) {
            Some(order) => {
                format!("{without}\n    {order} --force\n    {}", acme_sh::install(lineage))
            }
            None => {
                "without it: `acme.sh --issue` as before, with the other names and `--force`".into()
            }
        },
        (Client::Dehydrated, []) => {
            format!("if nothing needs it any more, {} goes from domains.txt", lineage.name)
        }
        (Client::Dehydrated, _) => {
            "once domains.txt is without it, this orders the rest:\n    dehydrated --cron".into()
        }
        (Client::Lego, []) => "if nothing needs it any more, lego need not be started".into(),
        (Client::Lego, _) => {
            "without it: lego as before, with the other names and `run` once".into()
        }
    }
}

/// The command that has certbot order these names, validate them as it does now, and run what it runs
/// now: it forgets what it is not told again.
fn certbot(lineage: &Lineage, names: &[&str]) -> String {
    let mut command = format!("certbot certonly --cert-name {}", shell_word(&lineage.name));
    command += &validated(lineage, names, "--webroot");
    for Hook { when, text, .. } in &lineage.hooks {
        let option = match when {
            When::Before => "--pre-hook",
            When::Renewed => "--deploy-hook",
            When::After => "--post-hook",
        };
        let hook = shell_word(&String::from_utf8_lossy(text));
        command.extend([" ", option, " ", &*hook]);
    }
    command
}

/// The names as options, each behind its web root if all have one, or behind what validates all of
/// them, as far as that is a single option.
pub(crate) fn validated(lineage: &Lineage, names: &[&str], by_web_root: &str) -> String {
    let roots = names.iter().map(|name| match lineage.method_of(name) {
        Some(Method::WebRoot(path)) => Some(path.to_string_lossy()),
        _ => None,
    });
    let Some(roots) = roots.collect::<Option<Vec<_>>>() else {
        let option = match &lineage.method {
            Some(Method::Nginx) => " --nginx".to_owned(),
            Some(Method::Standalone(_)) => " --standalone".to_owned(),
            Some(Method::Dns(plugin)) if lineage.client == Client::Certbot => {
                format!(" --authenticator {}", shell_word(plugin))
            }
            Some(Method::Dns(plugin)) => format!(" --dns {}", shell_word(plugin)),
            _ => String::new(),
        };
        return names
            .iter()
            .fold(option, |options, name| format!("{options} -d {}", shell_word(name)));
    };
    let start = if by_web_root.is_empty() { String::new() } else { format!(" {by_web_root}") };
    let mut last = None;
    names.iter().zip(roots).fold(start, |mut options, (name, root)| {
        if last.as_ref() != Some(&root) {
            options.extend([" -w ", &*shell_word(&root)]);
            last = Some(root);
        }
        options + &format!(" -d {}", shell_word(name))
    })
}
