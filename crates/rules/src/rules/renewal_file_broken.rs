use std::path::Path;

use evidence::client::{FileFault, Lineage, ProblemKind, StateProblem};
use model::FileKind;

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic, empty, shell_word},
};

rule! {
    /// certbot passes over a certificate, because it cannot make sense of its files.
    ///
    /// A file in `/etc/letsencrypt/renewal` that does not parse, or lacks what certbot needs, is
    /// passed over at each renewal: `Renewal configuration file … is broken. Skipping.` So is a
    /// certificate whose files in `/etc/letsencrypt/live` are no links into `archive`, as after a
    /// copy with `scp` or into an image. Nothing else fails, and the certificate expires. With this
    /// at the end of `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// autorenew = no
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
    /// `autorenew` is `True` or `False`, and nothing else.
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// autorenew = True
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
        id: "renewal-file-broken",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// So many links are made anew in one note.
const KINDS: [&str; 4] = ["cert", "privkey", "chain", "fullchain"];

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &facts.evidence.clients;
    found.extend(clients.problems.iter().map(of_problem));
    let mut broken = clients.lineages.iter().filter(|lineage| !lineage.faults.is_empty());
    if let Some(mut diagnostic) = broken.next().and_then(of_links) {
        also_for(&mut diagnostic, broken);
        found.push(diagnostic);
    }
}

/// A file that cannot be read, or not be understood.
fn of_problem(problem: &StateProblem) -> Diagnostic {
    let StateProblem { client, path, line, kind } = problem;
    let (severity, message) = match kind {
        ProblemKind::Malformed(why) => {
            (Severity::Error, format!("{client} renews nothing by this file: {why}"))
        }
        ProblemKind::Unreadable(reason) => {
            (Severity::Info, format!("what {client} will do is not known: {reason}"))
        }
    };
    let place = match line {
        Some(line) => Place::Line(path.clone(), *line),
        None => Place::Path(path.clone()),
    };
    empty(RULE.id, severity, message, place)
}

/// Links that are none, or lead nowhere.
fn of_links(lineage: &Lineage) -> Option<Diagnostic> {
    let (path, fault) = lineage.faults.first()?;
    let client = lineage.client;
    let what = match fault {
        FileFault::Missing => "is missing",
        FileFault::NoLink(FileKind::File) => "is a file of its own, not a link to the newest",
        FileFault::NoLink(_) => "is no link",
        FileFault::Dangling(_) => "is a link to nothing",
    };
    let message = format!("{client} passes over {}: {} {what}", lineage.name, path.display());
    let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "fullchain");
    if lineage.faults.len() > 1 {
        diagnostic.notes.push(format!("and so are {} more of its files", lineage.faults.len() - 1));
    }
    let live = path.parent().and_then(Path::to_str).map(shell_word);
    let archive = lineage.files.archive.as_deref().and_then(Path::to_str);
    if let (Some(newest), Some(live), Some(archive)) = (lineage.newest, live, archive) {
        let commands = KINDS.map(|kind| {
            let file = shell_word(&format!("{archive}/{kind}{newest}.pem"));
            format!("    ln -sf {file} {live}/{kind}.pem")
        });
        let commands = commands.join("\n");
        diagnostic.notes.push(format!("these lead to the newest files again:\n{commands}"));
    } else {
        diagnostic.notes.push(format!(
            "its archive has no whole set of files: order the certificate anew after `certbot delete \
             --cert-name {}`",
            shell_word(&lineage.name)
        ));
    }
    Some(diagnostic)
}
