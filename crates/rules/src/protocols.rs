//! The protocols that nginx offers in a handshake.

use model::{Directive, Version, name};

use crate::{programs::Versions, refusal::list, tls_server::TlsServer};

/// Some of the protocols that `ssl_protocols` can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Protocols(u8);

/// All of them, oldest first.
const NAMES: [&str; 6] = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

impl Protocols {
    /// Those that clients of today speak.
    pub(crate) const MODERN: Self = Self(0b11_0000);
    /// What nginx offers by itself, from the release on, latest first.
    const DEFAULTS: [(Version, Self); 3] = [
        (Version { major: 1, minor: 27, patch: 3 }, Self(0b11_0000)),
        (Version { major: 1, minor: 23, patch: 4 }, Self(0b11_1100)),
        (Version { major: 1, minor: 9, patch: 1 }, Self(0b01_1100)),
    ];

    /// What these directives of one level name.
    pub(crate) fn named<'c>(directives: impl Iterator<Item = Directive<'c>>) -> Self {
        let words = directives.flat_map(Directive::args);
        let bits = words.filter_map(|word| {
            NAMES.iter().position(|name| word.eq_ignore_ascii_case(name.as_bytes()))
        });
        Self(bits.fold(0, |all, at| all | 1 << at))
    }

    /// What a server offers where its own word counts; `None` if that hangs on a version that is
    /// not known.
    pub(crate) fn of(server: &TlsServer<'_>, versions: Versions) -> Option<Self> {
        let mut directives = server.effective_all(name::SSL_PROTOCOLS).peekable();
        if directives.peek().is_some() {
            return Some(Self::named(directives));
        }
        Self::by_default(versions)
    }

    /// What nginx offers if nothing is said; `None` if that is not known.
    pub(crate) fn by_default(versions: Versions) -> Option<Self> {
        let nginx = versions.nginx?;
        let default = Self::DEFAULTS.iter().find(|(since, _)| nginx >= *since);
        default.map(|(_, protocols)| *protocols)
    }

    /// What a server offers, be it by its own word or by that of the default server of its address.
    pub(crate) fn offered_by(server: &TlsServer<'_>, versions: Versions) -> Option<Self> {
        let own = Self::of(server, versions);
        let of_default = Self::of(&server.default()?, versions);
        match are_chosen_by_name(versions) {
            Some(true) => own,
            Some(false) => of_default,
            None => own.filter(|own| Some(*own) == of_default),
        }
    }

    /// Those of them that nobody needs any more.
    pub(crate) fn outdated(self) -> Self {
        Self(self.0 & !Self::MODERN.0)
    }

    /// Those of them that clients of today speak.
    pub(crate) fn modern(self) -> Self {
        Self(self.0 & Self::MODERN.0)
    }

    /// Whether TLS 1.3 is among them.
    pub(crate) fn have_tls_1_3(self) -> bool {
        self.0 & 0b10_0000 != 0
    }

    /// Whether ciphers of their own are for none of them.
    pub(crate) fn are_tls_1_3_alone(self) -> bool {
        self == Self(0b10_0000)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// As they are written in a configuration.
    pub(crate) fn words(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }

    /// For a sentence: `TLSv1 and TLSv1.1`.
    pub(crate) fn listed(self) -> String {
        list(&self.names().map(str::to_owned).collect::<Vec<_>>(), "and")
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let is_in = move |at: &usize| self.0 & 1 << at != 0;
        (0..NAMES.len()).filter(is_in).map(|at| NAMES[at])
    }
}

/// Whether the protocols of a server count even if it is not the default server of its address: since
/// nginx looks at the name before the version is chosen (`ngx_http_ssl_client_hello_callback`).
pub(crate) fn are_chosen_by_name(versions: Versions) -> Option<bool> {
    const NGINX: Version = Version { major: 1, minor: 29, patch: 2 };
    const OPENSSL: Version = Version { major: 1, minor: 1, patch: 1 };
    match (versions.nginx_has(NGINX)?, versions.openssl.map(|openssl| openssl >= OPENSSL)) {
        (true, None) => None,
        (has_it, suits) => Some(has_it && suits != Some(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_sorted_by_age() {
        let some = Protocols(0b01_1010);
        assert_eq!(some.words(), "SSLv3 TLSv1.1 TLSv1.2");
        assert_eq!(some.outdated().listed(), "SSLv3 and TLSv1.1");
        assert_eq!(some.modern().words(), "TLSv1.2");
        assert!(Protocols(0b10_0000).are_tls_1_3_alone());
    }

    #[test]
    fn the_name_decides_from_one_release_on() {
        let chosen = |nginx: &str, openssl: &str| {
            let version = |text: &str| Version::parse(text.as_bytes());
            are_chosen_by_name(Versions { nginx: version(nginx), openssl: version(openssl) })
        };
        assert_eq!(chosen("1.29.1", ""), Some(false));
        assert_eq!(chosen("1.29.2", "3.3.7"), Some(true));
        assert_eq!(chosen("1.29.2", "1.0.2"), Some(false));
        assert_eq!(chosen("1.29.2", ""), None);
        assert_eq!(chosen("", "3.0.0"), None);
    }
}
