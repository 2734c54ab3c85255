//! Keys, and the certificates that they sign.

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};

use super::surgery;
use crate::error::{Context, Error, Result};
use crate::openssl;

/// A private key.
pub(crate) struct Key {
    /// In PEM.
    pub(crate) pem: String,
    /// The same for the library, or another in its place if the library does not know its kind.
    pair: KeyPair,
    /// Whether it is another.
    is_foreign: bool,
}

impl Key {
    /// A new key of a kind that a fixture names.
    pub(crate) fn new(kind: &str) -> Result<Self> {
        let making = "cannot make a key";
        let own = |pair: KeyPair| Self { pem: pair.serialize_pem(), pair, is_foreign: false };
        if kind == "ecdsa-p256" {
            return KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map(own).context(making);
        }
        if kind == "ecdsa-p384" {
            return KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).map(own).context(making);
        }
        let pem = if kind == "ed25519" {
            // OpenSSL does not read the form that the library would give this kind.
            openssl::text(&["genpkey", "-algorithm", "ed25519"], "")
        } else if let Some(bits) = kind.strip_prefix("rsa-") {
            let bits = format!("rsa_keygen_bits:{bits}");
            openssl::text(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits], "")
        } else {
            let curve = format!("ec_paramgen_curve:{kind}");
            openssl::text(&["genpkey", "-algorithm", "EC", "-pkeyopt", &curve], "")
        };
        let pem =
            pem.map_err(|_| Error::new(format!("`{kind}` is no kind of key that can be made")))?;
        match KeyPair::from_pem(&pem) {
            Ok(pair) => Ok(Self { pem, pair, is_foreign: false }),
            Err(_) => {
                Ok(Self { pem, pair: KeyPair::generate().context(making)?, is_foreign: true })
            }
        }
    }
}

/// A certificate that signs others.
pub(crate) struct Signer {
    /// In PEM.
    pub(crate) pem: String,
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: String,
    is_foreign: bool,
}

impl Signer {
    /// A certificate authority with this key, signed by another or by itself.
    pub(crate) fn new(
        parameters: CertificateParams,
        key: Key,
        signer: Option<&Self>,
    ) -> Result<Self> {
        let making = "cannot make an authority";
        let pem = signed(&parameters, &key, signer, None)?;
        let issuer = match signer {
            Some(signer) => CertifiedIssuer::signed_by(parameters, key.pair, &signer.issuer),
            None => CertifiedIssuer::self_signed(parameters, key.pair),
        };
        let issuer = issuer.context(making)?;
        Ok(Self { pem, issuer, key: key.pem, is_foreign: key.is_foreign })
    }

    /// A certificate of another authority for the same name and key.
    pub(crate) fn crossed_by(
        &self,
        parameters: &CertificateParams,
        other: &Self,
    ) -> Result<String> {
        let made = parameters.signed_by(self.issuer.key(), &other.issuer);
        Ok(made.context("cannot make a cross certificate")?.pem())
    }
}

/// A certificate in PEM, signed by an authority or by its own key.
pub(crate) fn signed(
    parameters: &CertificateParams,
    key: &Key,
    signer: Option<&Signer>,
    digest: Option<&str>,
) -> Result<String> {
    let made = match signer {
        Some(signer) => parameters.signed_by(&key.pair, &signer.issuer),
        None => parameters.self_signed(&key.pair),
    };
    let made = made.context("cannot make a certificate")?;
    let (signing, is_foreign) = match signer {
        Some(signer) => (&signer.key, signer.is_foreign),
        None => (&key.pem, key.is_foreign),
    };
    if digest.is_none() && !key.is_foreign && !is_foreign {
        return Ok(made.pem());
    }
    let public = if key.is_foreign {
        Some(openssl::run(&["pkey", "-pubout", "-outform", "DER"], &key.pem)?)
    } else {
        None
    };
    let der = surgery::sign_anew(made.der(), public.as_deref(), signing, digest)?;
    openssl::text(&["x509", "-inform", "DER"], &der)
}
