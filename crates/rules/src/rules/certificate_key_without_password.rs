use evidence::Purpose;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    tls_file::{TlsFile, shell_word},
};

rule! {
    /// A private key is encrypted, and no `ssl_password_file` opens it.
    ///
    /// nginx asks for the password on the terminal. Started by the system, after a reboot or an
    /// update, there is none, and nginx does not start: `problems getting password`. A reload keeps
    /// the old configuration.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/encrypted.key;
    /// }
    /// ```
    ///
    /// Write the password into a file that only root may read, and name it with
    /// `ssl_password_file`; or take the password off the key. Whether the password in the file is
    /// the right one is not checked.
    RULE {
        id: "certificate-key-without-password",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(facts.tls_files().iter().filter_map(report));
}

fn report(file: &TlsFile<'_>) -> Option<Diagnostic> {
    if file.purpose != Purpose::Key || file.has_passwords {
        return None;
    }
    file.file.content()?.key().ok().filter(|key| key.is_encrypted)?;
    let message = "the key is encrypted, and nobody tells nginx the password";
    let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
    let name = file.directives.first()?.name().text();
    let directive = name.replace("certificate_key", "password_file");
    diagnostic.notes.push(format!(
        "nginx asks for it on the terminal, and does not start where there is none; write it into \
         a file that only root may read, and name that with `{directive}`"
    ));
    if !file.is_data() {
        let path = shell_word(&file.file.path);
        diagnostic.notes.push(format!(
            "to do without a password: `openssl pkey -in {path} -out {path}.new && mv {path}.new \
             {path}`"
        ));
    }
    Some(diagnostic)
}
