use std::path::Path;

use evidence::client::{FileFault, Lineage, ProblemKind, Repair, StateProblem};
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
        FileFault::WithoutNumber(_) => "is a link to a file whose name has no number",
        FileFault::NoCertificate => "has no certificate in it",
    };
    let message = format!("{client} passes over {}: {} {what}", lineage.name, path.display());
    let mut diagnostic = diagnostic(RULE.id, Severity::Error, message, lineage, "fullchain");
    if lineage.faults.len() > 1 {
        let more = lineage.faults.len() - 1;
        diagnostic.notes.push(format!("and {more} more of its files are no good either"));
    }
    diagnostic.notes.extend(how_to_mend(lineage, path));
    Some(diagnostic)
}

/// What mends it. No command replaces a file of which there is no other.
fn how_to_mend(lineage: &Lineage, broken: &Path) -> Option<String> {
    let word = |path: Option<&Path>| path.and_then(Path::to_str).map(shell_word);
    let archive = lineage.files.archive.as_deref();
    let each = |command: &dyn Fn(&str, &str) -> String, number: u64| {
        let command = |(kind, path): (&str, Option<&Path>)| {
            let kept = archive?.join(format!("{kind}{number}.pem"));
            Some(format!("    {}", command(&word(path)?, &word(Some(&kept))?)))
        };
        let commands: Option<Vec<_>> = lineage.files.kinds().into_iter().map(command).collect();
        Some(commands?.join("\n"))
    };
    Some(match lineage.repair? {
        Repair::Link(number) => {
            let commands = each(&|live, kept| format!("ln -sf {kept} {live}"), number)?;
            format!("these lead to the newest files again:\n{commands}")
        }
        Repair::Keep(number) => {
            let keep =
                |live: &str, kept: &str| format!("cp -p {live} {kept} && ln -sf {kept} {live}");
            let (directory, commands) = (word(archive)?, each(&keep, number)?);
            format!(
                "not all of these files are in the archive under a number: copy them there, and link \
                 to the copies:\n    mkdir -p {directory}\n{commands}"
            )
        }
        Repair::FromFullchain => {
            let fullchain = word(lineage.files.fullchain.as_deref())?;
            let certificate = word(Some(broken))?;
            format!(
                "it is the first one of the full chain:\n    openssl x509 -in {fullchain} -out {certificate}"
            )
        }
        Repair::Anew => {
            let is_left = |(_, fault): &(_, FileFault)| {
                !matches!(fault, FileFault::Missing | FileFault::Dangling(_))
            };
            let first = if lineage.faults.iter().any(is_left) {
                format!("keep a copy of what {} has, and ", broken.parent()?.display())
            } else {
                String::new()
            };
            format!(
                "its archive has no whole set of files: {first}order the certificate anew after \
                 `certbot delete --cert-name {}`",
                shell_word(&lineage.name)
            )
        }
    })
}
