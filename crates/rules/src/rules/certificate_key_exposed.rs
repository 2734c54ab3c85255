use evidence::Purpose;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    tls_file::{TlsFile, shell_word},
};

rule! {
    /// Every user of the machine may read a private key.
    ///
    /// Who has the key can pass for the site, and read what its visitors sent. nginx opens it as root
    /// before it becomes another user, so mode 0600 is enough; a group of its own, as Debian's
    /// `ssl-cert`, does no harm.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/open.key;
    /// }
    /// ```
    ///
    /// A key that others may read in a directory that they may not enter, such as certbot's `live`
    /// and `archive`, is not reported, and neither is one in a copy of a configuration.
    RULE {
        id: "certificate-key-exposed",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    if facts.settings.is_machine {
        found.extend(facts.tls_files().iter().filter_map(report));
    }
}

fn report(file: &TlsFile<'_>) -> Option<Diagnostic> {
    let has_key = file.file.content()?.key().is_ok_and(|key| !key.is_encrypted);
    if file.purpose != Purpose::Key || !file.file.is_open || !has_key {
        return None;
    }
    let message = "every user of this machine may read the private key";
    let mut diagnostic = file.problem(RULE.id, Severity::Warning, message);
    let mode = file.file.stat?.mode;
    let path = shell_word(&file.file.path);
    diagnostic.notes.push(format!("its mode is {mode:04o}; `chmod o= {path}` closes it"));
    Some(diagnostic)
}
