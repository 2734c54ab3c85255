//! The programs that a configuration is for.

use std::fmt::Debug;

use model::Version;

/// The nginx that a configuration is for, and its OpenSSL. They may have to be started to say what
/// they are, so a rule asks only where its words or its fix hang on the answer. What is not known
/// never makes a fix that some nginx would refuse.
pub trait Programs: Debug + Send + Sync {
    /// Their versions, as far as they are known.
    fn versions(&self) -> Versions;

    /// The cipher suites that OpenSSL offers for a cipher string, TLS 1.3 apart; `None` if nobody
    /// can say.
    fn suites(&self, ciphers: &[u8]) -> Option<Vec<Suite>>;
}

/// Versions, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// That of nginx, or that of the nginx in a program made of it.
    pub nginx: Option<Version>,
    /// That of the OpenSSL with which nginx runs; `None` for other libraries.
    pub openssl: Option<Version>,
}

/// A cipher suite, as `openssl ciphers -V` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// OpenSSL's name for it.
    pub name: String,
    /// How keys are exchanged: `ECDH`, `DH`, `RSA` and others.
    pub exchange: String,
    /// What proves who the server is: `RSA`, `ECDSA`, `None` and others.
    pub authentication: String,
    /// What hides the data: `AESGCM(256)`, `3DES(168)` and others.
    pub encryption: String,
    /// What protects it against changes: `AEAD`, `SHA1` and others.
    pub digest: String,
}

/// What somebody says, without a program to ask.
impl Programs for Versions {
    fn versions(&self) -> Versions {
        *self
    }

    fn suites(&self, _: &[u8]) -> Option<Vec<Suite>> {
        None
    }
}

impl Versions {
    /// Whether nginx is this release or a later one, if its version is known.
    pub(crate) fn nginx_has(self, since: Version) -> Option<bool> {
        self.nginx.map(|nginx| nginx >= since)
    }
}
