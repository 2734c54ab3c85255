//! What is kept of a private key: what kind it is, and its public key.

use pkcs1::RsaPrivateKeyRef;
use pkcs8::{PrivateKeyInfoRef, der::Decode};
use ring::signature::{Ed25519KeyPair, KeyPair};
use sec1::{EcParameters, EcPrivateKey};

use super::{Curve, EC, ED25519, KeyKind, PublicKey, RSA, RSA_PSS};
use crate::{
    der::is_whole,
    pem::{Damage, Header},
};

/// What is known of a private key. The key itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    /// Whether it takes a password to read it.
    pub is_encrypted: bool,
    /// What kind it is, as far as that can be seen.
    pub kind: Option<KeyKind>,
    /// The public key that belongs to it, if it can be told.
    pub public_key: Option<PublicKey>,
}

impl PrivateKey {
    /// Whether it belongs to the public key of a certificate; `None` if that cannot be told.
    pub fn belongs_to(&self, public_key: &PublicKey) -> Option<bool> {
        let own = self.public_key.as_ref()?;
        let spells_out_curve =
            |key: &PublicKey| key.kind == KeyKind::Ec(Curve::Other(String::new()));
        if spells_out_curve(own) || spells_out_curve(public_key) {
            return None;
        }
        Some(own == public_key)
    }
}

/// The key of a block; `None` if `label` is that of none (`check_pem`), an error if OpenSSL reads
/// none from it.
pub(crate) fn read(label: &[u8], header: Header, der: &[u8]) -> Option<Result<PrivateKey, Damage>> {
    let form = Form::of(label)?;
    Some(match header {
        Header::Other => Err(Damage::Header),
        Header::Encrypted => Ok(ENCRYPTED),
        Header::None if !is_whole(der) => Err(Damage::Contents),
        Header::None => {
            let own = match form {
                Form::EncryptedPkcs8 => return Some(Ok(ENCRYPTED)),
                Form::Pkcs1 => pkcs1(der),
                Form::Sec1 => sec1(der, None),
                Form::Pkcs8 | Form::Other => None,
            };
            Ok(own.or_else(|| pkcs8(der)).unwrap_or(UNKNOWN))
        }
    })
}

/// Whether a block with this label holds a private key.
pub(crate) fn is_key(label: &[u8]) -> bool {
    Form::of(label).is_some()
}

const ENCRYPTED: PrivateKey = PrivateKey { is_encrypted: true, kind: None, public_key: None };

const UNKNOWN: PrivateKey = PrivateKey { is_encrypted: false, ..ENCRYPTED };

/// How a key is written.
#[derive(Clone, Copy)]
enum Form {
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1,
    Sec1,
    Other,
}

impl Form {
    fn of(label: &[u8]) -> Option<Self> {
        Some(match label {
            b"PRIVATE KEY" => Self::Pkcs8,
            b"ENCRYPTED PRIVATE KEY" => Self::EncryptedPkcs8,
            b"RSA PRIVATE KEY" => Self::Pkcs1,
            b"EC PRIVATE KEY" => Self::Sec1,
            b"DSA PRIVATE KEY" => Self::Other,
            _ => return None,
        })
    }
}

/// PKCS #8 (RFC 5208, RFC 5958).
fn pkcs8(der: &[u8]) -> Option<PrivateKey> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let key = info.private_key.as_bytes();
    let oid = info.algorithm.oid.to_string();
    match oid.as_str() {
        RSA => pkcs1(key),
        RSA_PSS => pkcs1(key).map(|key| {
            let public_key = key.public_key.map(PublicKey::for_pss);
            let kind = public_key.as_ref().map(|key| key.kind.clone());
            PrivateKey { kind, public_key, ..key }
        }),
        EC => {
            let curve = info.algorithm.parameters_oid().ok();
            sec1(key, Some(Curve::of(&curve.map(|oid| oid.to_string()).unwrap_or_default())))
        }
        ED25519 => {
            let public_key = ed25519(key);
            Some(PrivateKey { is_encrypted: false, kind: Some(KeyKind::Ed25519), public_key })
        }
        _ => {
            let kind = Some(KeyKind::of(&oid));
            Some(PrivateKey { is_encrypted: false, kind, public_key: None })
        }
    }
}

/// PKCS #1 (RFC 8017, appendix A.1.2).
fn pkcs1(der: &[u8]) -> Option<PrivateKey> {
    let key = RsaPrivateKeyRef::from_der(der).ok()?;
    let public_key = PublicKey::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes());
    let kind = Some(public_key.kind.clone());
    Some(PrivateKey { is_encrypted: false, kind, public_key: Some(public_key) })
}

/// SEC 1 (RFC 5915): the public key is there unless somebody has left it out.
fn sec1(der: &[u8], curve: Option<Curve>) -> Option<PrivateKey> {
    let key = EcPrivateKey::from_der(der).ok()?;
    let named = key.parameters.and_then(EcParameters::named_curve);
    let curve = named.map(|oid| Curve::of(&oid.to_string())).or(curve)?;
    let public_key = key.public_key.map(|point| PublicKey::ec(curve.clone(), point));
    Some(PrivateKey { is_encrypted: false, kind: Some(KeyKind::Ec(curve)), public_key })
}

/// Ed25519 (RFC 8410): the seed, in a string of its own, gives the public key.
fn ed25519(key: &[u8]) -> Option<PublicKey> {
    let seed = key.strip_prefix(&[4, 32])?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    Some(PublicKey { kind: KeyKind::Ed25519, bytes: pair.public_key().as_ref().into() })
}
