//! The names for which certificates are shown.

use std::borrow::Cow;

use acme::is_public_name;
use model::{Directive, Level, Modifier, Server, ServerId, ServerName, ServerNameKind, name};

/// A name for which a certificate is shown.
#[derive(Clone)]
pub(crate) struct ShownName<'c> {
    /// The server that has the name.
    pub(crate) server: ServerId,
    /// The name.
    pub(crate) name: &'c ServerName<'c>,
}

impl<'c> ShownName<'c> {
    /// Whether it is a name that certificate authorities issue for.
    pub(crate) fn is_public(&self) -> bool {
        host(self.name).is_some_and(|host| is_public_name(&host))
    }

    /// The names that a certificate has to have.
    pub(crate) fn wanted(&self) -> Vec<Cow<'c, [u8]>> {
        match self.name.kind {
            ServerNameKind::LeadingDot => {
                let apex = self.name.without_dot();
                let wildcard = [b"*.", &*apex].concat();
                vec![apex, Cow::Owned(wildcard)]
            }
            _ => vec![self.name.text.clone()],
        }
    }
}

/// A host that has this name; nothing if no client asks for it, or if it may be anything.
pub(super) fn host<'c>(name: &'c ServerName<'c>) -> Option<Cow<'c, [u8]>> {
    let host: Cow<'c, [u8]> = match name.kind {
        ServerNameKind::Exact => Some(Cow::Borrowed(&*name.text)),
        ServerNameKind::LeadingDot => Some(name.without_dot()),
        ServerNameKind::LeadingWildcard => Some(Cow::Owned([b"a-name", &name.text[1..]].concat())),
        ServerNameKind::TrailingWildcard | ServerNameKind::Regex | ServerNameKind::Empty => None,
    }?;
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    // Clients that ask for an address name none.
    let is_address = host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let is_host = host.iter().all(is_usual) && !is_address && *host != b"localhost"[..];
    is_host.then_some(host)
}

/// Whether a server does nothing but redirect, challenges apart.
pub(crate) fn only_redirects(server: &Server<'_>) -> bool {
    if redirects(&server.level) {
        return true;
    }
    let mut outer = server.outer_locations.iter().map(|&id| server.location(id));
    outer.any(|location| {
        let is_prefix = matches!(location.modifier, Modifier::Prefix | Modifier::FinalPrefix);
        is_prefix && *location.pattern == b"/"[..] && redirects(&location.level)
    }) && !server.locations.iter().any(|location| {
        let mut contents = [name::PROXY_PASS, name::ROOT].into_iter();
        contents.any(|name| location.level.first(name).is_some())
            && !acme::is_meant_for_challenges(location)
    })
}

fn redirects(level: &Level<'_>) -> bool {
    level.code().find(|code| code.name() != name::IF).is_some_and(is_redirect)
}

fn is_redirect(code: Directive<'_>) -> bool {
    let has_scheme = |text: &[u8]| text.starts_with(b"http") || text.starts_with(b"$scheme");
    let Some(first) = code.arg(0) else { return false };
    match code.name() {
        name::RETURN => {
            matches!(&*first, b"301" | b"302" | b"303" | b"307" | b"308") || has_scheme(&first)
        }
        name::REWRITE => {
            let takes_all = matches!(&*first, b"^" | b"^(.*)" | b"^(.*)$" | b"^/(.*)$" | b"^/(.*)");
            takes_all && code.arg(1).is_some_and(|target| has_scheme(&target))
        }
        _ => false,
    }
}
