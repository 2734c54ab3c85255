use evidence::{Purpose, other_servers};
use model::{Level, Version, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    tls_file::{TlsFile, shell_word},
};

rule! {
    /// The Diffie-Hellman parameters are too short.
    ///
    /// Parameters of 1024 bits and less can be broken. No OpenSSL of the last ten years takes less than
    /// 1024, and OpenSSL 3 less than 2048, unless its security level is lowered: nginx does not start,
    /// `dh key too small`. They are used for cipher suites that begin with `DHE-` only.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_dhparam /etc/ssl/dh512.pem;
    /// }
    /// ```
    ///
    /// There is no patch: make new ones, or delete the line. Without it nginx offers no such suites,
    /// and no client of the last ten years needs them.
    RULE {
        id: "dh-parameters-weak",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// What OpenSSL takes on its security level 2, the usual one from OpenSSL 3 on.
const LEAST_BITS: u32 = 2048;

/// What OpenSSL takes on its security level 1, the usual one before.
const LEAST_BITS_BEFORE: u32 = 1024;

const OPENSSL_3: Version = Version { major: 3, minor: 0, patch: 0 };

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(facts.tls_files().iter().filter_map(|file| report(facts, file)));
}

fn report(facts: &Facts<'_>, file: &TlsFile<'_>) -> Option<Diagnostic> {
    if file.purpose != Purpose::DhParameters {
        return None;
    }
    let bits = file.file.content()?.dh_bits().ok().filter(|&bits| bits < LEAST_BITS)?;
    let is_refused = !sets_security_level(facts)
        && (bits < LEAST_BITS_BEFORE
            || facts.versions().openssl.is_some_and(|openssl| openssl >= OPENSSL_3));
    let severity = if is_refused { Severity::Error } else { Severity::Warning };
    let message = format!("the Diffie-Hellman parameters have {bits} bits only");
    let mut diagnostic = file.problem(RULE.id, severity, &message);
    if !is_refused {
        let note =
            "OpenSSL 3 refuses them on its usual security level, and nginx does not start then";
        diagnostic.notes.push(note.to_owned());
    }
    let path = shell_word(&file.file.path);
    diagnostic.notes.push(format!(
        "`openssl dhparam -out {path} 2048` makes new ones; without `ssl_dhparam` nginx offers no \
         suites that need them, which does no harm"
    ));
    Some(diagnostic)
}

/// Whether the configuration asks for a security level of its own somewhere.
fn sets_security_level(facts: &Facts<'_>) -> bool {
    let levels = facts.http.servers.iter().map(|server| &server.level).chain([&facts.http.level]);
    let names = [name::SSL_CIPHERS, name::SSL_CONF_COMMAND];
    let others = other_servers(facts.http);
    let of_others = others.iter().flat_map(|other| names.map(|name| other.effective_all(name)));
    levels.flat_map(Level::settings).chain(of_others.flatten()).any(|directive| {
        names.contains(&directive.name())
            && directive.args().any(|word| word.windows(8).any(|part| part == b"SECLEVEL"))
    })
}
