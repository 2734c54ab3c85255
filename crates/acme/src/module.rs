//! nginx's own ACME module, which answers for the names it gets certificates for before anything
//! else of the configuration counts.

use std::{borrow::Cow, collections::HashMap};

use model::{Directive, Http, Server, ServerNameKind, name};

/// The names that the module gets certificates for.
pub(crate) struct AcmeModule<'c> {
    names: HashMap<Cow<'c, [u8]>, Order<'c>>,
}

/// How the module has a name validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order<'c> {
    /// The directive that orders the certificate.
    pub(crate) at: Directive<'c>,
    pub(crate) challenge: ChallengeKind,
}

/// The challenges that the module can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeKind {
    Http01,
    TlsAlpn01,
    Dns,
}

impl<'c> AcmeModule<'c> {
    pub(crate) fn of(http: &'c Http<'c>) -> Self {
        let mut names = HashMap::new();
        for (_, server) in http.servers() {
            let Some(at) = server.level.first(name::ACME_CERTIFICATE) else { continue };
            let Some(issuer) = at.arg(0) else { continue };
            let order = Order { at, challenge: challenge_of(http, &issuer) };
            for name in identifiers(server, at) {
                names.entry(name).or_insert(order);
            }
        }
        Self { names }
    }

    /// The order for a name.
    pub(crate) fn order(&self, name: &[u8]) -> Option<Order<'c>> {
        self.names.get(name).copied()
    }
}

/// What the names of a certificate are: those that the directive lists, or else those of the server.
fn identifiers<'c>(server: &Server<'c>, at: Directive<'c>) -> Vec<Cow<'c, [u8]>> {
    let listed = at.args().skip(1).filter(|argument| !argument.starts_with(b"key="));
    let listed: Vec<_> = listed.collect();
    let of_server = server.names.iter().filter(|name| name.kind != ServerNameKind::Regex);
    let all =
        if listed.is_empty() { of_server.map(|name| name.text.clone()).collect() } else { listed };
    let mut names = Vec::with_capacity(all.len());
    for name in all {
        match name.strip_prefix(b".") {
            Some(bare) => {
                let bare = bare.to_ascii_lowercase();
                names.push(Cow::Owned([&b"www."[..], &bare].concat()));
                names.push(Cow::Owned(bare));
            }
            None => names.push(Cow::Owned(name.to_ascii_lowercase())),
        }
    }
    names
}

/// The challenge that an issuer is set up for.
fn challenge_of(http: &Http<'_>, issuer: &[u8]) -> ChallengeKind {
    let mut issuers = http.level.all(name::ACME_ISSUER);
    let block = issuers.find(|block| block.arg(0).is_some_and(|name| *name == *issuer));
    let challenge = block
        .and_then(|block| block.children().find(|inner| inner.name() == name::CHALLENGE))
        .and_then(|challenge| challenge.arg(0));
    match challenge.as_deref() {
        Some(b"tls-alpn" | b"tls-alpn-01") => ChallengeKind::TlsAlpn01,
        Some(kind) if kind.starts_with(b"dns") => ChallengeKind::Dns,
        _ => ChallengeKind::Http01,
    }
}
