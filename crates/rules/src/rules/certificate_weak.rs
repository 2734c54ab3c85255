use evidence::{Certificate, Curve, Hash, KeyKind, SignatureAlgorithm};

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts};

rule! {
    /// A certificate has a key or a signature that is too weak.
    ///
    /// OpenSSL refuses to load RSA keys well below 2048 bits and signatures over SHA-1 or MD5, and
    /// with it nginx does not start: `ee key too small`, `ca md too weak`. Where `@SECLEVEL=0` in
    /// `ssl_ciphers` makes it do so all the same, clients refuse the certificate.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/weak.pem;
    ///     ssl_certificate_key /etc/ssl/weak.key;
    /// }
    /// ```
    ///
    /// The signature of a certificate that has signed itself does not matter.
    RULE {
        id: "certificate-weak",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for file in &facts.served().files {
        let all = file.chain.certificates.iter().enumerate();
        let weak = all.filter_map(|(at, certificate)| Some((at, weakness(certificate)?)));
        let Some((at, weakness)) = weak.min_by_key(|(_, weakness)| weakness.level) else {
            continue;
        };
        let is_refused = file.security_level > weakness.level;
        let severity = if is_refused { Severity::Error } else { Severity::Warning };
        let which = match at {
            0 => "the certificate".to_owned(),
            at => format!("certificate {} of the chain", at + 1),
        };
        let message = format!("{which} has {}", weakness.what);
        let mut diagnostic = file.problem(RULE.id, severity, message);
        diagnostic.refused_by_nginx = is_refused;
        diagnostic.notes.push(
            "have a new one issued with a new key, ECDSA P-256 or RSA 2048: every ACME client makes \
             one by itself"
                .to_owned(),
        );
        found.push(diagnostic);
    }
}

/// What makes a certificate weak.
struct Weakness {
    what: String,
    /// The highest of OpenSSL's security levels at which it is taken.
    level: u8,
}

fn weakness(certificate: &Certificate) -> Option<Weakness> {
    let of_key = match &certificate.public_key.kind {
        // OpenSSL counts less than 112 bits of security, and less than 80.
        KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } if *bits < 1960 => {
            Some((format!("an RSA key of only {bits} bits"), u8::from(*bits >= 1000)))
        }
        KeyKind::Ec(Curve::Other(oid)) if oid == "1.2.840.10045.3.1.1" => {
            Some(("a key on a curve of only 192 bits".to_owned(), 1))
        }
        _ => None,
    };
    let hash = match &certificate.signature_algorithm {
        SignatureAlgorithm::Rsa(hash)
        | SignatureAlgorithm::RsaPss { hash, .. }
        | SignatureAlgorithm::Ecdsa(hash) => Some(hash),
        _ => None,
    };
    let of_hash = hash
        .filter(|hash| matches!(hash, Hash::Md5 | Hash::Sha1) && !certificate.is_self_issued())
        .map(|hash| (format!("a signature over {hash}"), 0));
    let (what, level) = of_hash.or(of_key)?;
    Some(Weakness { what, level })
}
