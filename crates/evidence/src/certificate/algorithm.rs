//! How certificates are signed.

use x509_parser::{signature_algorithm::RsaSsaPssParams, x509::AlgorithmIdentifier};

/// How a certificate is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSA with the padding of PKCS #1 v1.5.
    Rsa(Hash),
    /// RSA with the padding PSS.
    RsaPss {
        /// What is signed.
        hash: Hash,
        /// Whether the salt is as long as the hash, which makes the mask, too: so it is in TLS.
        is_usual: bool,
    },
    /// ECDSA.
    Ecdsa(Hash),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// Another one, by its object identifier.
    Other(String),
}

/// What is signed of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say all")]
pub enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl SignatureAlgorithm {
    pub(super) fn of(identifier: &AlgorithmIdentifier<'_>) -> Self {
        let oid = identifier.algorithm.to_id_string();
        match oid.as_str() {
            "1.2.840.113549.1.1.4" => Self::Rsa(Hash::Md5),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::Rsa(Hash::Sha1),
            "1.2.840.113549.1.1.14" => Self::Rsa(Hash::Sha224),
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.113549.1.1.10" => pss(identifier).unwrap_or(Self::Other(oid)),
            "1.2.840.10045.4.1" => Self::Ecdsa(Hash::Sha1),
            "1.2.840.10045.4.3.1" => Self::Ecdsa(Hash::Sha224),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            _ => Self::Other(oid),
        }
    }
}

fn pss(identifier: &AlgorithmIdentifier<'_>) -> Option<SignatureAlgorithm> {
    let parameters = RsaSsaPssParams::try_from(identifier.parameters.as_ref()?).ok()?;
    let oid = parameters.hash_algorithm_oid();
    let (hash, length) = match oid.to_id_string().as_str() {
        "1.3.14.3.2.26" => (Hash::Sha1, 20),
        "2.16.840.1.101.3.4.2.4" => (Hash::Sha224, 28),
        "2.16.840.1.101.3.4.2.1" => (Hash::Sha256, 32),
        "2.16.840.1.101.3.4.2.2" => (Hash::Sha384, 48),
        "2.16.840.1.101.3.4.2.3" => (Hash::Sha512, 64),
        _ => return None,
    };
    let is_mask = parameters.mask_gen_algorithm().is_ok_and(|mask| mask.hash == *oid);
    let is_usual = is_mask && parameters.salt_length() == length;
    Some(SignatureAlgorithm::RsaPss { hash, is_usual })
}

impl std::fmt::Display for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa(hash) => write!(out, "RSA with {hash}"),
            Self::RsaPss { hash, .. } => write!(out, "RSA-PSS with {hash}"),
            Self::Ecdsa(hash) => write!(out, "ECDSA with {hash}"),
            Self::Ed25519 => out.write_str("Ed25519"),
            Self::Ed448 => out.write_str("Ed448"),
            Self::Other(oid) => write!(out, "algorithm {oid}"),
        }
    }
}
