//! What certificates say.

use std::{
    net::IpAddr,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
};

use crate::key::{Curve, KeyKind, PublicKey};

mod algorithm;
mod coverage;
mod name;

pub use algorithm::{Hash, SignatureAlgorithm};
pub use name::Name;

/// A certificate (RFC 5280).
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "extensions, each on its own")]
pub struct Certificate {
    /// All of it as it is transmitted.
    pub der: Box<[u8]>,
    /// Whose it is.
    pub subject: Name,
    /// Who says so.
    pub issuer: Name,
    /// The number that the issuer gave it, most significant byte first.
    pub serial: Box<[u8]>,
    /// From when it is valid, in seconds since 1970.
    pub not_before: i64,
    /// The last second in which it is valid, since 1970.
    pub not_after: i64,
    /// Whether it says which names it is for by the extension that clients look at.
    pub has_alternative_names: bool,
    /// The names it is for, as written; clients look at nothing else.
    pub dns_names: Vec<String>,
    /// The addresses it is for.
    pub addresses: Vec<IpAddr>,
    /// The key that it vouches for.
    pub public_key: PublicKey,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// The identifier of its key.
    pub subject_key_id: Option<Box<[u8]>>,
    /// The identifier of the key that signed it.
    pub authority_key_id: Option<Box<[u8]>>,
    /// Where to ask whether it was revoked.
    pub ocsp_urls: Vec<String>,
    /// Where the certificate of its issuer can be had.
    pub issuer_urls: Vec<String>,
    /// Whether it says that it comes from an authority that browsers know: by the policies that
    /// those have to name, or by the proofs that it was logged.
    pub is_public: bool,
    /// Whether clients want a stapled OCSP response (RFC 7633).
    pub must_staple: bool,
    /// What its key may be used for; `None` if it does not say.
    pub key_usage: Option<ExtendedKeyUsage>,
    /// Whether one certificate was found to have signed this one: its public key, and the answer.
    verified: OnceLock<(PublicKey, Issued)>,
    /// How many signatures of its key were checked.
    checked: AtomicUsize,
}

/// What a key may be used for in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    /// For servers, or for anything.
    pub server: bool,
    /// For clients, or for anything.
    pub client: bool,
}

/// Whether one certificate issued another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// Names and signature say so.
    Yes,
    /// They do not.
    No,
    /// The names say so, and the signature is of a kind that is not checked here.
    NotChecked,
}

impl Certificate {
    /// The certificate that these bytes begin with; `None` if they are none that is understood.
    pub fn of_der(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(der).ok()?;
        let der = &der[..der.len() - rest.len()];
        let validity = parsed.validity();
        let mut certificate = Self {
            der: der.into(),
            subject: Name::of(parsed.subject()),
            issuer: Name::of(parsed.issuer()),
            serial: parsed.raw_serial().into(),
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
            has_alternative_names: false,
            dns_names: Vec::new(),
            addresses: Vec::new(),
            public_key: PublicKey::of(parsed.public_key())?,
            signature_algorithm: SignatureAlgorithm::of(&parsed.signature_algorithm),
            is_ca: false,
            subject_key_id: None,
            authority_key_id: None,
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
            is_public: false,
            must_staple: false,
            key_usage: None,
            verified: OnceLock::new(),
            checked: AtomicUsize::new(0),
        };
        for extension in parsed.extensions() {
            certificate.read_extension(
                &extension.oid.to_id_string(),
                extension.value,
                extension.parsed_extension(),
            );
        }
        Some(certificate)
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject.is(&self.issuer)
    }

    /// Whether it is signed with its own key.
    pub fn is_self_signed(&self) -> Issued {
        self.is_issued_by(self)
    }

    /// Whether `issuer` issued this one: its name is that of the issuer here, and the signature was
    /// made with its key. Answered once for each pair of a certificate and its issuer.
    ///
    /// Where one key signed very many certificates, which takes minutes to check with some curves,
    /// it is enough for the later ones that they name that key by its identifier.
    pub fn is_issued_by(&self, issuer: &Self) -> Issued {
        if !self.issuer.is(&issuer.subject) {
            return Issued::No;
        }
        let key = &issuer.public_key;
        let (known, answer) = self.verified.get_or_init(|| (key.clone(), self.check(issuer)));
        if known == key { *answer } else { self.check(issuer) }
    }

    fn check(&self, issuer: &Self) -> Issued {
        /// So many signatures of one key on P-384 are checked.
        const MOST_CHECKED: usize = 256;
        let is_slow = issuer.public_key.kind == KeyKind::Ec(Curve::P384);
        let names_key =
            self.authority_key_id.is_some() && self.authority_key_id == issuer.subject_key_id;
        let is_enough = || issuer.checked.fetch_add(1, Ordering::Relaxed) >= MOST_CHECKED;
        if is_slow && names_key && is_enough() { Issued::Yes } else { self.verify(issuer) }
    }

    fn verify(&self, issuer: &Self) -> Issued {
        if !can_verify(&issuer.public_key, &self.signature_algorithm) {
            return Issued::NotChecked;
        }
        let parsed = X509Certificate::from_der(&self.der);
        let parsed_issuer = X509Certificate::from_der(&issuer.der);
        let (Ok((_, parsed)), Ok((_, parsed_issuer))) = (parsed, parsed_issuer) else {
            return Issued::NotChecked;
        };
        match parsed.verify_signature(Some(parsed_issuer.public_key())) {
            Ok(()) => Issued::Yes,
            Err(X509Error::SignatureVerificationError) => Issued::No,
            Err(_) => Issued::NotChecked,
        }
    }

    fn read_extension(&mut self, oid: &str, value: &[u8], parsed: &ParsedExtension<'_>) {
        const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
        /// `status_request`, and `status_request_v2`.
        const STATUS_REQUESTS: [&[u8]; 2] = [&[2, 1, 5], &[2, 1, 17]];
        const OCSP: &str = "1.3.6.1.5.5.7.48.1";
        const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
        /// Those of the CA/Browser Forum.
        const POLICIES: &str = "2.23.140.1.";
        match parsed {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.has_alternative_names = true;
                for name in &names.general_names {
                    match name {
                        GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
                        GeneralName::IPAddress(bytes) => self.addresses.extend(address(bytes)),
                        _ => {}
                    }
                }
            }
            ParsedExtension::BasicConstraints(constraints) => self.is_ca = constraints.ca,
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.into()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.into());
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in access.iter() {
                    let GeneralName::URI(url) = description.access_location else { continue };
                    match description.access_method.to_id_string().as_str() {
                        OCSP => self.ocsp_urls.push(url.to_owned()),
                        CA_ISSUERS => self.issuer_urls.push(url.to_owned()),
                        _ => {}
                    }
                }
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.key_usage = Some(ExtendedKeyUsage {
                    server: usage.server_auth || usage.any,
                    client: usage.client_auth || usage.any,
                });
            }
            ParsedExtension::SCT(_) => self.is_public = true,
            ParsedExtension::CertificatePolicies(policies) => {
                self.is_public |= policies
                    .iter()
                    .any(|policy| policy.policy_id.to_id_string().starts_with(POLICIES));
            }
            _ if oid == TLS_FEATURE => {
                let has = |feature: &&[u8]| value.windows(feature.len()).any(|at| at == *feature);
                self.must_staple = STATUS_REQUESTS.iter().any(has);
            }
            _ => {}
        }
    }
}

/// Whether the library checks signatures of this kind made with keys of this kind; of others it
/// would say that they are wrong.
fn can_verify(key: &PublicKey, algorithm: &SignatureAlgorithm) -> bool {
    const MOST_BITS: u32 = 8192;
    let is_rsa = |bits, least| (least..=MOST_BITS).contains(&bits) && key.has_usual_exponent();
    match (&key.kind, algorithm) {
        (&KeyKind::Rsa { bits }, SignatureAlgorithm::Rsa(Hash::Sha1)) => is_rsa(bits, 1024),
        (
            &KeyKind::Rsa { bits },
            SignatureAlgorithm::Rsa(_) | SignatureAlgorithm::RsaPss { is_usual: true, .. },
        ) => is_rsa(bits, 2048),
        (KeyKind::Ec(_), SignatureAlgorithm::Ecdsa(_))
        | (KeyKind::Ed25519, SignatureAlgorithm::Ed25519) => true,
        _ => false,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests;
