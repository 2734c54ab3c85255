use model::Directive;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    tls_file::{place, problem},
};

rule! {
    /// The paths of a certificate and its key are swapped.
    ///
    /// The file that `ssl_certificate` names holds a private key, and that of `ssl_certificate_key` a
    /// certificate. nginx does not start: `PEM_read_bio_X509_AUX() failed … no start line`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.key;
    ///     ssl_certificate_key /etc/ssl/example.com.pem;
    /// }
    /// ```
    ///
    /// The patch swaps the two paths. One file that holds both, key and certificates, may stand in
    /// both places.
    RULE {
        id: "certificate-and-key-swapped",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for &(certificate, key) in facts.swapped() {
        let message = "certificate and key are swapped".to_owned();
        let mut diagnostic = problem(RULE.id, Severity::Error, place(certificate), message);
        "this file holds a private key".clone_into(&mut diagnostic.here);
        let text = "and this one a certificate".to_owned();
        diagnostic.labels.push(Label { span: place(key), text });
        diagnostic.fix = fix(certificate, key);
        found.push(diagnostic);
    }
}

/// Swaps the two arguments as they are written.
fn fix(certificate: Directive<'_>, key: Directive<'_>) -> Option<Fix> {
    // Elsewhere one of them may be right, beside another.
    if certificate.parent() != key.parent() {
        return None;
    }
    let text = |directive: Directive<'_>| {
        let span = directive.arg_span(0)?;
        let bytes = directive.file().bytes.get(span.start as usize..span.end as usize)?;
        Some((span, bytes.to_vec()))
    };
    let ((certificate_span, certificate), (key_span, key)) = (text(certificate)?, text(key)?);
    Some(Fix {
        title: "swap the two paths".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![Edit::replace(certificate_span, key), Edit::replace(key_span, certificate)],
        ..Fix::default()
    })
}
