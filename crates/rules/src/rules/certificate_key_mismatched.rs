use std::os::unix::ffi::OsStrExt;

use evidence::{KeyKind, PemFile};
use model::Directive;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    insertion::{line_beside, quoted},
    served::{Consequence, Mismatched, first_few, label_others, place, problem},
};

rule! {
    /// A private key does not belong to its certificate.
    ///
    /// nginx pairs the first `ssl_certificate` with the first `ssl_certificate_key`, and takes the
    /// first certificate of the file for its own. If the key is that of another certificate, nginx
    /// does not start: `key values mismatch`. If it is even of another kind, RSA beside ECDSA, nginx
    /// starts without a word, and every handshake fails.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/other.key;
    /// }
    /// ```
    ///
    /// The usual causes: the key of another renewal, a bundle that begins with the authority's
    /// certificate, a key that is inherited from `http` for a certificate of the server's own. Where
    /// exactly one key beside the two belongs to the certificate, the patch names it.
    RULE {
        id: "certificate-key-mismatched",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for mismatched in &facts.served().mismatched {
        found.extend(report(facts, mismatched));
    }
}

fn report(facts: &Facts<'_>, mismatched: &Mismatched<'_>) -> Option<Diagnostic> {
    let (&first, others) = mismatched.keys.split_first()?;
    let file = &facts.served().files[mismatched.file];
    let key = facts.evidence.key(facts.config(), first)?;
    let wanted = &file.leaf().public_key;
    let own = key
        .public_key
        .as_ref()
        .and_then(|key| file.chain.certificates.iter().position(|other| other.public_key == *key));
    let kind =
        |kind: Option<&KeyKind>| kind.map_or("of another kind".to_owned(), KeyKind::to_string);
    let message = match (own, mismatched.consequence) {
        (Some(own), _) => {
            format!("the key is for certificate {} of the file, not for the first", own + 1)
        }
        (None, Consequence::Refused) => "the key does not belong to the certificate".to_owned(),
        (None, _) => format!(
            "the key is {}, and the certificate is for {}",
            kind(key.kind.as_ref()),
            kind(Some(&wanted.kind))
        ),
    };
    let severity = match mismatched.consequence {
        Consequence::Unused => Severity::Warning,
        Consequence::NoHandshake | Consequence::Refused => Severity::Error,
    };
    let mut diagnostic = problem(RULE.id, severity, place(first), message);
    diagnostic.refused_by_nginx = mismatched.consequence == Consequence::Refused;
    let text = "for this certificate".to_owned();
    diagnostic.labels.push(Label { span: place(mismatched.certificate), text });
    label_others(&mut diagnostic, others);
    match mismatched.consequence {
        Consequence::Refused => {}
        Consequence::NoHandshake => diagnostic.notes.push(
            "nginx starts all the same, and every handshake fails: `no suitable signature \
             algorithm` or `no shared cipher`"
                .to_owned(),
        ),
        Consequence::Unused => diagnostic.notes.push(
            "nginx starts all the same, and never shows this certificate, only the other one of \
             the server"
                .to_owned(),
        ),
    }
    if let Some(own) = own {
        let lines = (file.chain.lines[0], file.chain.lines[own]);
        diagnostic.notes.push(format!(
            "the certificate of the server has to come first in {}: move that on line {} in front \
             of that on line {}",
            file.path.display(),
            lines.1,
            lines.0
        ));
        return Some(diagnostic);
    }
    let matching = matching(facts, mismatched, first);
    match &*matching {
        [] => diagnostic.notes.push(
            "no key beside it belongs to the certificate; a certificate without its key has to be \
             issued anew"
                .to_owned(),
        ),
        [only] => diagnostic.fix = fix(facts, mismatched, only),
        several => {
            let paths: Vec<_> =
                several.iter().map(|file| file.path.display().to_string()).collect();
            diagnostic.notes.push(format!("it belongs to {}", first_few(&paths)));
        }
    }
    Some(diagnostic)
}

/// The files beside the certificate and the key with a key that belongs to the certificate.
fn matching<'c>(
    facts: &Facts<'c>,
    mismatched: &Mismatched<'_>,
    key: Directive<'_>,
) -> Vec<&'c PemFile> {
    let file = &facts.served().files[mismatched.file];
    let wanted = &file.leaf().public_key;
    let Some(named) = facts.evidence.file(facts.config(), key) else { return Vec::new() };
    let beside = facts.evidence.beside(&named.path).chain(facts.evidence.beside(file.path));
    let mut matching: Vec<&PemFile> = Vec::new();
    for other in beside {
        let belongs = other
            .content()
            .and_then(|content| content.key().ok())
            .is_some_and(|key| key.belongs_to(wanted) == Some(true));
        if belongs && !matching.iter().any(|known| known.path == other.path) {
            matching.push(other);
        }
    }
    // Of several copies the one that is called like the certificate is meant.
    let stem = file.path.file_stem();
    let mut alike = matching.iter().filter(|other| other.path.file_stem() == stem);
    match (alike.next(), alike.next()) {
        (Some(only), None) => vec![*only],
        _ => matching,
    }
}

/// Names the other key: where the wrong one is named, or beside the certificate if the wrong one is
/// inherited.
fn fix(facts: &Facts<'_>, mismatched: &Mismatched<'_>, right: &PemFile) -> Option<Fix> {
    let path = right.path.as_os_str().as_bytes();
    if path.contains(&b'$') {
        return None;
    }
    let (certificate, path) = (mismatched.certificate, quoted(path));
    let outer = certificate.parent()?;
    let is_inherited = mismatched.keys.iter().any(|key| key.parent() != Some(outer));
    let edits = if is_inherited {
        if outer.file_id() != certificate.file_id() {
            return None;
        }
        let line = [b"ssl_certificate_key ", &*path, b";"].concat();
        let line = line_beside(facts.sources(), outer, certificate, &line);
        vec![Edit::insert_after(certificate.span(), line)]
    } else {
        let spans = mismatched.keys.iter().filter_map(|key| key.arg_span(0));
        spans.map(|span| Edit::replace(span, path.clone())).collect()
    };
    let title = format!("name the key that belongs to the certificate, {}", right.path.display());
    Some(Fix {
        title,
        applicability: Applicability::Safe,
        edits,
        is_for_handshake: true,
        ..Fix::default()
    })
}
