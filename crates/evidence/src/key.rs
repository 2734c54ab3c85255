//! Keys: what kind they are, and whether two belong together.

use x509_parser::{public_key, x509::SubjectPublicKeyInfo};

mod private;

pub use private::PrivateKey;
pub(crate) use private::{is_key, read};

/// A public key; two are equal if they are the same key, however they are written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey {
    /// What kind it is.
    pub kind: KeyKind,
    /// What tells it from others of its kind: of RSA keys modulus and exponent, of points on a
    /// curve the compressed form.
    pub bytes: Box<[u8]>,
}

/// Kinds of keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// The length of the modulus.
        bits: u32,
    },
    /// RSA for PSS signatures only.
    RsaPss {
        /// The length of the modulus.
        bits: u32,
    },
    /// A point on an elliptic curve.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// Another one, by its object identifier.
    Other(String),
}

/// Elliptic curves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Another one, by its object identifier; empty if its parameters are spelt out.
    Other(String),
}

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";
const ED448: &str = "1.3.101.113";

impl PublicKey {
    /// The key of a certificate.
    pub(crate) fn of(info: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let bytes: &[u8] = &info.subject_public_key.data;
        let oid = info.algorithm.algorithm.to_id_string();
        Some(match oid.as_str() {
            RSA | RSA_PSS => {
                let public_key::PublicKey::RSA(key) = info.parsed().ok()? else { return None };
                let key = Self::rsa(key.modulus, key.exponent);
                if oid == RSA { key } else { key.for_pss() }
            }
            EC => {
                let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                Self::ec(Curve::of(&curve.map(|oid| oid.to_id_string()).unwrap_or_default()), bytes)
            }
            _ => Self { kind: KeyKind::of(&oid), bytes: bytes.into() },
        })
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let first = modulus.first().map_or(0, |first| first.leading_zeros());
        let bits = (modulus.len() as u32 * 8).saturating_sub(first);
        let bytes = [&exponent.len().to_be_bytes(), exponent, modulus].concat();
        Self { kind: KeyKind::Rsa { bits }, bytes: bytes.into() }
    }

    /// Whether the exponent of an RSA key has 32 bits at most, and is none of the smallest.
    pub(crate) fn has_usual_exponent(&self) -> bool {
        const MOST_BYTES: usize = 4;
        let Some((length, rest)) = self.bytes.split_first_chunk() else { return false };
        match usize::from_be_bytes(*length) {
            1 => rest.first().is_some_and(|&exponent| exponent > 2),
            length => length <= MOST_BYTES,
        }
    }

    /// The same key, for PSS signatures only.
    fn for_pss(self) -> Self {
        match self.kind {
            KeyKind::Rsa { bits } => Self { kind: KeyKind::RsaPss { bits }, ..self },
            _ => self,
        }
    }

    fn ec(curve: Curve, point: &[u8]) -> Self {
        const UNCOMPRESSED: u8 = 4;
        let bytes = match point {
            [UNCOMPRESSED, coordinates @ .., last] if coordinates.len() % 2 == 1 => {
                let x = &coordinates[..coordinates.len().div_ceil(2)];
                [&[2 + last % 2], x].concat()
            }
            _ => point.to_vec(),
        };
        Self { kind: KeyKind::Ec(curve), bytes: bytes.into() }
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let first = number.iter().position(|&byte| byte != 0);
    &number[first.unwrap_or(number.len())..]
}

impl KeyKind {
    fn of(oid: &str) -> Self {
        match oid {
            ED25519 => Self::Ed25519,
            ED448 => Self::Ed448,
            _ => Self::Other(oid.to_owned()),
        }
    }
}

impl Curve {
    fn of(oid: &str) -> Self {
        match oid {
            "1.2.840.10045.3.1.7" => Self::P256,
            "1.3.132.0.34" => Self::P384,
            "1.3.132.0.35" => Self::P521,
            _ => Self::Other(oid.to_owned()),
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(out, "RSA {bits}"),
            Self::RsaPss { bits } => write!(out, "RSA-PSS {bits}"),
            Self::Ec(Curve::P256) => out.write_str("ECDSA P-256"),
            Self::Ec(Curve::P384) => out.write_str("ECDSA P-384"),
            Self::Ec(Curve::P521) => out.write_str("ECDSA P-521"),
            Self::Ec(Curve::Other(oid)) if oid.is_empty() => out.write_str("ECDSA"),
            Self::Ec(Curve::Other(oid)) => write!(out, "ECDSA on curve {oid}"),
            Self::Ed25519 => out.write_str("Ed25519"),
            Self::Ed448 => out.write_str("Ed448"),
            Self::Other(oid) => write!(out, "kind {oid}"),
        }
    }
}
