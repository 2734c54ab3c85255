//! Certificates that clients keep renewing.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::FileKind;

use super::{Client, Hook};
use crate::certificate::Certificate;

/// A certificate that a client keeps renewing.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "settings of a client, each on its own")]
pub struct Lineage {
    /// The client.
    pub client: Client,
    /// What it calls the certificate.
    pub name: String,
    /// The file that says how it is renewed.
    pub file: PathBuf,
    /// Which lines of it say what, by the client's own word for the setting.
    pub lines: Vec<(&'static str, u32)>,
    /// The version of the client that wrote the file.
    pub version: Option<String>,
    /// Where the certificate lies.
    pub files: LineageFiles,
    /// What is wrong with these files, so that the client gives up on the certificate.
    pub faults: Vec<(PathBuf, FileFault)>,
    /// What mends that, if it is known.
    pub repair: Option<Repair>,
    /// The newest certificate; `None` if there is none that can be read.
    pub certificate: Option<Arc<Certificate>>,
    /// The names that will be asked for, in lower case; `None` if they are not known.
    pub names: Option<Vec<String>>,
    /// How names are validated that have no method of their own; `None` if nothing says so.
    pub method: Option<Method>,
    /// How single names are validated.
    pub methods: Vec<(String, Method)>,
    /// The certificate authority's directory; `None` for the client's default.
    pub server: Option<String>,
    /// What the client does to servers by itself: certbot's `installer`.
    pub installer: Option<String>,
    /// What it runs for this certificate alone.
    pub hooks: Vec<Hook>,
    /// When it is renewed.
    pub threshold: Threshold,
    /// The kind of key, in the client's words: `rsa`, `ecdsa`, `ec-256`.
    pub key_type: Option<String>,
    /// Whether the old key is kept.
    pub reuse_key: bool,
    /// Whether a stapled answer is asked for that no authority gives any more.
    pub must_staple: bool,
    /// Whether renewal is on.
    pub autorenew: bool,
    /// Whether the certificate is renewed without names that fail.
    pub allows_subset: bool,
}

/// Where a certificate lies that a client has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineageFiles {
    /// The certificate alone.
    pub certificate: Option<PathBuf>,
    /// The private key.
    pub key: Option<PathBuf>,
    /// The certificates above it.
    pub chain: Option<PathBuf>,
    /// The certificate with those above it.
    pub fullchain: Option<PathBuf>,
    /// The directory in which the client keeps older ones, certbot's `archive_dir`.
    pub archive: Option<PathBuf>,
}

/// What is wrong with a file of a client that is a link to the newest of several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// Nothing is there.
    Missing,
    /// It is no link.
    NoLink(FileKind),
    /// It is a link to this path, where nothing is.
    Dangling(PathBuf),
    /// It is a link to this path, which says no number.
    WithoutNumber(PathBuf),
    /// There is no certificate in it.
    NoCertificate,
}

/// What makes the files of a certificate good again, so that none is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Links to the files with this number in the archive, which has all that links would replace.
    Link(u64),
    /// The files go into the archive under this number, which is free, and links take their places.
    Keep(u64),
    /// The first certificate of the chain is what is missing.
    FromFullchain,
    /// There is no whole set of files.
    Anew,
}

/// How a name is validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// The client writes `.well-known/acme-challenge/TOKEN` below this directory.
    WebRoot(PathBuf),
    /// The client writes `TOKEN` right into this directory.
    TokenDirectory(PathBuf),
    /// The client listens itself.
    Standalone(Standalone),
    /// The client edits nginx's configuration while it orders.
    Nginx,
    /// The configuration has the thumbprint of the account and answers by itself.
    Stateless,
    /// nginx's own ACME module answers.
    Module,
    /// A record in DNS, made by this plugin.
    Dns(String),
    /// A person or a hook puts the token in its place.
    Manual {
        /// The hook.
        hook: Option<String>,
    },
    /// The client answers in the TLS handshake.
    TlsAlpn,
    /// Anything else, in the client's words.
    Other(String),
}

/// Where a client listens itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standalone {
    /// The port.
    pub port: u16,
    /// The only address, if it does not listen on all.
    pub address: Option<String>,
}

/// When a certificate is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// As the client does by itself.
    Usual,
    /// So many seconds before it ends.
    BeforeEnd(i64),
    /// So many seconds after it was made.
    AfterStart(i64),
}

impl LineageFiles {
    /// The files by certbot's words for them.
    pub fn kinds(&self) -> [(&'static str, Option<&Path>); 4] {
        [
            ("cert", self.certificate.as_deref()),
            ("privkey", self.key.as_deref()),
            ("chain", self.chain.as_deref()),
            ("fullchain", self.fullchain.as_deref()),
        ]
    }
}

impl Lineage {
    /// A certificate of a client about which nothing else is known yet.
    pub fn new(client: Client, name: String, file: PathBuf) -> Self {
        Self {
            client,
            name,
            file,
            lines: Vec::new(),
            version: None,
            files: LineageFiles::default(),
            faults: Vec::new(),
            repair: None,
            certificate: None,
            names: None,
            method: None,
            methods: Vec::new(),
            server: None,
            installer: None,
            hooks: Vec::new(),
            threshold: Threshold::Usual,
            key_type: None,
            reuse_key: false,
            must_staple: false,
            autorenew: true,
            allows_subset: false,
        }
    }

    /// Takes in the newest certificate, and the names that it has: the next one is for the same.
    pub(super) fn renews(&mut self, certificate: Option<Arc<Certificate>>) {
        let names = certificate.as_ref().map(|certificate| {
            certificate.dns_names.iter().map(|name| name.to_ascii_lowercase()).collect()
        });
        (self.names, self.certificate) = (names, certificate);
    }

    /// How a name in lower case is validated.
    pub fn method_of(&self, name: &str) -> Option<&Method> {
        let own = self.methods.iter().find(|(text, _)| text == name);
        own.map(|(_, method)| method).or(self.method.as_ref())
    }

    /// The line of its file that says something, by the client's own word for it.
    pub fn line(&self, setting: &str) -> Option<u32> {
        self.lines.iter().find(|(text, _)| *text == setting).map(|&(_, line)| line)
    }

    /// When a certificate of this life is renewed, all in seconds since 1970.
    pub fn due(&self, not_before: i64, not_after: i64) -> i64 {
        const DAY: i64 = 24 * 60 * 60;
        match self.threshold {
            Threshold::BeforeEnd(seconds) => not_after - seconds,
            Threshold::AfterStart(seconds) => not_before + seconds,
            Threshold::Usual => {
                let life = not_after - not_before;
                not_after - if life < 10 * DAY { life / 2 } else { life / 3 }
            }
        }
    }

    /// Whether nginx serves this certificate if it names this path.
    pub fn has_file(&self, path: &Path) -> bool {
        self.files.kinds().into_iter().any(|(_, file)| file == Some(path))
    }
}
