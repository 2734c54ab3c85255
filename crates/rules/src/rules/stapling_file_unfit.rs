use std::path::Path;

use evidence::{Answered, Disguise, Fault, OcspAnswer, Purpose};
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
    /// The file of `ssl_stapling_file` holds no OCSP answer that is good.
    ///
    /// nginx hands the file on to clients for as long as it runs, whatever it says: one that is out of
    /// date, or about the certificate before the last renewal. Clients that look at it refuse the
    /// certificate then: `SEC_ERROR_OCSP_OLD_RESPONSE` in Firefox. If the file is no OCSP answer in
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
    /// Something has to get a new answer every few days and reload nginx. Without
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

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(facts.tls_files().iter().filter_map(|file| report(facts, file)));
}

fn report(facts: &Facts<'_>, file: &TlsFile<'_>) -> Option<Diagnostic> {
    if file.purpose != Purpose::OcspAnswer {
        return None;
    }
    let answer = match file.file.content()?.ocsp_answer() {
        Ok(answer) => answer,
        Err(fault) => return Some(broken(file, &fault)),
    };
    let message = unfit(facts, file, answer)?;
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
            let message = "the OCSP answer is in PEM, and nginx reads DER";
            let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
            diagnostic.notes.push(as_der(&file.file.path));
            diagnostic
        }
        _ => file.problem(RULE.id, Severity::Error, "it holds no OCSP answer in DER"),
    }
}

fn as_der(path: &Path) -> String {
    let path = shell_word(path);
    format!("`sed /^-/d {path} | base64 -d > {path}.new && mv {path}.new {path}` makes DER of it")
}

/// What keeps clients from being content with an answer.
fn unfit(facts: &Facts<'_>, file: &TlsFile<'_>, answer: &OcspAnswer) -> Option<String> {
    if !answer.is_successful {
        return Some("the responder has given no answer".to_owned());
    }
    if answer.certificates.is_empty() {
        return None; // it is not understood
    }
    let spans: Vec<Span> = file.directives.iter().map(|one| one.span()).collect();
    let serials = serials(facts, &spans)?;
    let is_shown = |one: &&Answered| serials.contains(&&*one.serial);
    let Some(shown) = answer.certificates.iter().find(is_shown) else {
        return Some("the answer is about another certificate".to_owned());
    };
    let until = shown.until.filter(|&until| until < facts.settings.now)?;
    Some(format!("the answer was good until {} only", date(until)))
}

/// The numbers of the certificates with which an answer is shown; `None` if they are not all known.
fn serials<'c>(facts: &Facts<'c>, spans: &[Span]) -> Option<Vec<&'c [u8]>> {
    let mut serials = Vec::new();
    for server in tls_servers(facts) {
        let file = server.effective(name::SSL_STAPLING_FILE);
        if !file.is_some_and(|file| spans.contains(&file.span()))
            || !is_on(server.effective(name::SSL_STAPLING))
        {
            continue;
        }
        for certificate in server.effective_all(name::SSL_CERTIFICATE) {
            let chain = facts.evidence.chain(facts.config(), certificate)?;
            serials.push(&*chain.leaf().serial);
        }
    }
    Some(serials)
}
