//! What is written for nginx's own ACME module (`ngx_http_acme_module`).

use std::{borrow::Cow, collections::HashMap};

use model::{Directive, Http, Name, Server, ServerNameKind, name};

/// An `acme_issuer` block.
#[derive(Clone, Copy)]
pub(crate) struct Issuer<'c> {
    pub(crate) directive: Directive<'c>,
}

/// An `acme_certificate` of a server.
pub(crate) struct Order<'c> {
    pub(crate) server: &'c Server<'c>,
    pub(crate) directive: Directive<'c>,
}

impl<'c> Issuer<'c> {
    /// All of them.
    pub(crate) fn all(http: &'c Http<'c>) -> impl Iterator<Item = Self> {
        let blocks = http.level.all(name::ACME_ISSUER).filter(|directive| directive.has_block());
        blocks.map(|directive| Self { directive })
    }

    /// The same by their names.
    pub(crate) fn by_name(http: &'c Http<'c>) -> HashMap<Cow<'c, [u8]>, Self> {
        Self::all(http).filter_map(|issuer| Some((issuer.directive.arg(0)?, issuer))).collect()
    }

    /// A directive of the block.
    pub(crate) fn setting(self, name: Name) -> Option<Directive<'c>> {
        self.directive.children().find(|inner| inner.name() == name)
    }

    /// The address of its authority, split into host and path; `None` if it is no URL.
    pub(crate) fn host_and_path(self) -> Option<(String, String)> {
        let uri = self.setting(name::URI)?.arg(0)?;
        let uri = std::str::from_utf8(&uri).ok()?;
        let (_, rest) = uri.split_once("://")?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        (!host.is_empty()).then(|| (host.to_ascii_lowercase(), path.to_owned()))
    }

    /// Whether names are validated over TLS-ALPN-01 rather than HTTP-01.
    pub(crate) fn is_over_tls(self) -> bool {
        let challenge = self.setting(name::CHALLENGE).and_then(|challenge| challenge.arg(0));
        matches!(challenge.as_deref(), Some(b"tls-alpn" | b"tls-alpn-01"))
    }
}

impl<'c> Order<'c> {
    /// That of a server.
    pub(crate) fn of(server: &'c Server<'c>) -> Option<Self> {
        let directive = server.level.first(name::ACME_CERTIFICATE)?;
        Some(Self { server, directive })
    }

    /// Whether it asks for an RSA key.
    pub(crate) fn is_rsa(&self) -> bool {
        self.directive.args().any(|argument| argument.starts_with(b"key=rsa"))
    }

    /// What it is for: what the directive lists, or else the names of the server that are no regular
    /// expressions and not empty.
    pub(crate) fn names(&self) -> Vec<Cow<'c, [u8]>> {
        let listed = self.directive.args().skip(1).filter(|word| !word.starts_with(b"key="));
        let listed: Vec<_> = listed.collect();
        if !listed.is_empty() {
            return listed;
        }
        let names = self.server.names.iter().filter(|name| {
            name.kind != ServerNameKind::Regex && name.kind != ServerNameKind::Empty
        });
        names.map(|name| name.text.clone()).collect()
    }
}
