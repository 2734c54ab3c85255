use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use evidence::{Disguise, Fault, OcspResponse, Purpose, SingleResponse};
use model::name;
use parser::Span;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    date::date,
    facts::Facts,
    served::is_on,
    tls_file::{TlsFile, shell_word},
    tls_server::tls_servers,
};

rule! {
    /// The file of `ssl_stapling_file` holds no OCSP response that is good.
    ///
    /// nginx hands the file on to clients for as long as it runs, whatever it says: one that is out of
    /// date, or about the certificate before the last renewal. Clients that look at it refuse the
    /// certificate then: `SEC_ERROR_OCSP_OLD_RESPONSE` in Firefox. If the file is no OCSP response in
    /// DER at all, nginx does not start: `d2i_OCSP_RESPONSE_bio() failed`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_stapling on;
    ///     ssl_stapling_file /etc/ssl/example.com.pem;
    /// }
    /// ```
    ///
    /// Something has to get a new response every few days and reload nginx. Without
    /// `ssl_stapling_file` nginx asks the authority by itself, if the certificate names one to ask.
    RULE {
        id: "stapling-file-unfit",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// The numbers of the certificates that are shown with what a directive names; `None` for one that is
/// not known.
type Serials<'c> = HashMap<Span, Vec<Option<&'c [u8]>>>;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let files = facts.tls_files().iter().filter(|file| file.purpose == Purpose::OcspResponse);
    let files: Vec<_> = files.collect();
    if !files.is_empty() {
        let serials = serials(facts);
        found.extend(files.iter().filter_map(|file| report(facts, file, &serials)));
    }
}

fn report(facts: &Facts<'_>, file: &TlsFile<'_>, serials: &Serials<'_>) -> Option<Diagnostic> {
    let response = match file.file.content()?.ocsp_response() {
        Ok(response) => response,
        Err(fault) => return Some(broken(file, &fault)),
    };
    let message = unfit(facts.settings.now, file, response, serials)?;
    let mut diagnostic = file.problem(RULE.id, Severity::Warning, &message);
    diagnostic.notes.push(
        "nginx shows it to clients all the same, until it is reloaded with another one".to_owned(),
    );
    diagnostic.notes.push(
        "`openssl ocsp -issuer CHAIN -cert CERTIFICATE -url RESPONDER -respout FILE` gets a new one; \
         without `ssl_stapling_file` nginx does so by itself"
            .to_owned(),
    );
    Some(diagnostic)
}

/// A file that keeps nginx from starting.
fn broken(file: &TlsFile<'_>, fault: &Fault) -> Diagnostic {
    let is_pem = |labels: &[String]| labels.iter().any(|label| label == "OCSP RESPONSE");
    match fault {
        Fault::NotPem(Disguise::Empty) => {
            file.problem(RULE.id, Severity::Error, "the file is empty")
        }
        Fault::OtherBlocks(labels) if is_pem(labels) => {
            let message = "the OCSP response is in PEM, and nginx reads DER";
            let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
            diagnostic.notes.push(as_der(&file.file.path));
            diagnostic
        }
        _ => file.problem(RULE.id, Severity::Error, "it holds no OCSP response in DER"),
    }
}

fn as_der(path: &Path) -> String {
    let path = shell_word(path);
    format!("`sed /^-/d {path} | base64 -d > {path}.new && mv {path}.new {path}` makes DER of it")
}

/// What keeps clients from being content with a response.
fn unfit(
    now: i64,
    file: &TlsFile<'_>,
    response: &OcspResponse,
    serials: &Serials<'_>,
) -> Option<String> {
    if !response.is_successful {
        return Some("the responder did not answer the question".to_owned());
    }
    if response.responses.is_empty() {
        return None; // it is not understood
    }
    let wanted = file.directives.iter().filter_map(|directive| serials.get(&directive.span()));
    let wanted: Option<HashSet<&[u8]>> = wanted.flatten().copied().collect();
    let wanted = wanted?;
    let is_shown = |one: &&SingleResponse| wanted.contains(&&*one.serial);
    let Some(shown) = response.responses.iter().find(is_shown) else {
        return Some("the response is about another certificate".to_owned());
    };
    let next_update = shown.next_update.filter(|&time| time < now)?;
    Some(format!("the response was good until {} only", date(next_update)))
}

fn serials<'c>(facts: &Facts<'c>) -> Serials<'c> {
    let mut serials = Serials::new();
    for server in tls_servers(facts) {
        let Some(file) = server.effective(name::SSL_STAPLING_FILE) else { continue };
        if !is_on(server.effective(name::SSL_STAPLING)) {
            continue;
        }
        let serial = |certificate| {
            let chain = facts.evidence.chain(facts.config(), certificate)?;
            Some(&*chain.leaf().serial)
        };
        let of_server = server.effective_all(name::SSL_CERTIFICATE).map(serial);
        serials.entry(file.span()).or_default().extend(of_server);
    }
    serials
}
