//! Small sets of directive names and of what directives do, worked out by the compiler, so that most
//! questions about a level end at one comparison.

use std::ops::{BitOr, BitOrAssign};

use crate::{
    argument::is_judged,
    directive_table::{NAME_COUNT, Name, Phase, name},
};

/// Which directives a level may hold: what they can do to a request, and their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u128);

/// The names for which levels are asked, which have a bit of their own; all others share the bits that
/// are left. A name that is missing here makes [`Kinds::named`] fail in tests.
const ASKED_FOR: [Name; 66] = [
    name::ABSOLUTE_REDIRECT,
    name::ACME_CERTIFICATE,
    name::ACME_ISSUER,
    name::ACME_SHARED_ZONE,
    name::ADD_AFTER_BODY,
    name::ADD_BEFORE_BODY,
    name::ALIAS,
    name::ALLOW,
    name::AUTH_BASIC,
    name::AUTH_BASIC_USER_FILE,
    name::AUTH_REQUEST,
    name::AUTOINDEX,
    name::CLIENT_HEADER_BUFFER_SIZE,
    name::DAV_METHODS,
    name::DENY,
    name::DISABLE_SYMLINKS,
    name::ERROR_PAGE,
    name::FANCYINDEX,
    name::FASTCGI_INDEX,
    name::FASTCGI_SPLIT_PATH_INFO,
    name::GEO,
    name::HTTP2,
    name::IGNORE_INVALID_HEADERS,
    name::IF,
    name::INCLUDE,
    name::INDEX,
    name::INTERNAL,
    name::LARGE_CLIENT_HEADER_BUFFERS,
    name::LIMIT_CONN,
    name::LIMIT_CONN_STATUS,
    name::LIMIT_EXCEPT,
    name::LIMIT_REQ,
    name::LIMIT_REQ_DRY_RUN,
    name::LIMIT_REQ_STATUS,
    name::LIMIT_REQ_ZONE,
    name::LISTEN,
    name::LOCATION,
    name::MAP,
    name::MERGE_SLASHES,
    name::PORT_IN_REDIRECT,
    name::PROXY_PASS,
    name::RANDOM_INDEX,
    name::RECURSIVE_ERROR_PAGES,
    name::RESOLVER,
    name::REWRITE,
    name::ROOT,
    name::SATISFY,
    name::SERVER_NAME,
    name::SERVER_NAME_IN_REDIRECT,
    name::SERVER_NAMES_HASH_BUCKET_SIZE,
    name::SSI,
    name::SSL,
    name::SSL_CERTIFICATE,
    name::SSL_CERTIFICATE_KEY,
    name::SSL_CIPHERS,
    name::SSL_CONF_COMMAND,
    name::SSL_ECDH_CURVE,
    name::SSL_PROTOCOLS,
    name::SSL_REJECT_HANDSHAKE,
    name::SSL_STAPLING,
    name::SSL_VERIFY_CLIENT,
    name::SUB_FILTER,
    name::TRY_FILES,
    name::UNDERSCORES_IN_HEADERS,
    name::UPSTREAM,
    name::VALID_REFERERS,
];

/// The first of the bits for the names that are asked for.
const FIRST_NAME: u32 = 20;

/// The first of the bits that all other names share.
const FIRST_SHARED: u32 = FIRST_NAME + ASKED_FOR.len() as u32;

static OF_NAMES: [Kinds; NAME_COUNT] = {
    let mut kinds = [Kinds(0); NAME_COUNT];
    let mut at = 0;
    while at < NAME_COUNT {
        kinds[at] = Kinds::compute(Name::numbered(at as u16));
        at += 1;
    }
    kinds
};

impl Kinds {
    /// Anything.
    pub(crate) const ALL: Self = Self(u128::MAX);
    /// `if`, `set`, `rewrite`, `return`, `break`, and an `include` that was not read.
    pub(crate) const CODE: Self = Self(1);
    /// It makes the answer to every request for its location.
    pub(crate) const HANDLER: Self = Self(1 << 1);
    /// `allow` and `deny`.
    pub(crate) const ADDRESS_RULE: Self = Self(1 << 2);
    /// A proxied location without its slash gets it.
    pub(crate) const ADDS_SLASH: Self = Self(1 << 3);
    /// Lua code that runs with the code of the server.
    pub(crate) const SERVER_REWRITE: Self = Self(1 << 4);
    /// No directive of the table.
    pub(crate) const UNKNOWN: Self = Self(1 << 5);
    /// nginx refuses a second one on a level, at least in some block.
    pub(crate) const ONCE: Self = Self(1 << 16);
    /// Its arguments are looked at one by one.
    pub(crate) const JUDGED_ARGUMENTS: Self = Self(1 << 17);
    /// It names a file of certificates or keys.
    pub(crate) const TLS_FILE: Self = Self(1 << 18);
    /// Of TLS on both sides, for which rules ask each level: levels gather them.
    pub(crate) const GATHERED: Self = Self(1 << 19);
    /// The first of the bits for the phases in which something that is not modelled acts.
    const FIRST_PHASE: u32 = 6;

    /// What a name can do, and the name.
    pub(crate) fn of(name: Name) -> Self {
        OF_NAMES[usize::from(name.number())]
    }

    /// The bit of a name alone.
    pub(crate) fn named(name: Name) -> Self {
        let bit = Self::of(name).0 >> FIRST_NAME << FIRST_NAME;
        debug_assert!(
            bit >> FIRST_SHARED == 0,
            "`{}` is asked for on a level, so it belongs into `ASKED_FOR` in kinds.rs",
            name.text()
        );
        Self(bit)
    }

    /// Something that is not modelled acts in this phase.
    pub(crate) const fn unmodelled(phase: Phase) -> Self {
        Self(1 << (Self::FIRST_PHASE + phase as u32))
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn compute(name: Name) -> Self {
        let judged = if is_judged(name) { Self::JUDGED_ARGUMENTS.0 } else { 0 };
        let once = if is_once(name) { Self::ONCE.0 } else { 0 };
        let does = Self::what_it_does(name);
        let is_gathered = does.intersects(Self::TLS_FILE) || is_about_tls(name);
        let gathered = if is_gathered { Self::GATHERED.0 } else { 0 };
        Self(does.0 | judged | once | gathered | Self::bit_of(name).0)
    }

    const fn bit_of(name: Name) -> Self {
        let mut at = 0;
        while at < ASKED_FOR.len() {
            if ASKED_FOR[at].number() == name.number() {
                return Self(1 << (FIRST_NAME + at as u32));
            }
            at += 1;
        }
        Self(1 << (FIRST_SHARED + name.number() as u32 % (u128::BITS - FIRST_SHARED)))
    }

    const fn what_it_does(name: Name) -> Self {
        let mut kinds = match name {
            name::SSL_CERTIFICATE
            | name::SSL_CERTIFICATE_KEY
            | name::SSL_CLIENT_CERTIFICATE
            | name::SSL_CRL
            | name::SSL_DHPARAM
            | name::SSL_PASSWORD_FILE
            | name::SSL_STAPLING_FILE
            | name::SSL_TRUSTED_CERTIFICATE
            | name::GRPC_SSL_CERTIFICATE
            | name::GRPC_SSL_CERTIFICATE_KEY
            | name::GRPC_SSL_CRL
            | name::GRPC_SSL_PASSWORD_FILE
            | name::GRPC_SSL_TRUSTED_CERTIFICATE
            | name::PROXY_SSL_CERTIFICATE
            | name::PROXY_SSL_CERTIFICATE_KEY
            | name::PROXY_SSL_CRL
            | name::PROXY_SSL_PASSWORD_FILE
            | name::PROXY_SSL_TRUSTED_CERTIFICATE
            | name::UWSGI_SSL_CERTIFICATE
            | name::UWSGI_SSL_CERTIFICATE_KEY
            | name::UWSGI_SSL_CRL
            | name::UWSGI_SSL_PASSWORD_FILE
            | name::UWSGI_SSL_TRUSTED_CERTIFICATE => Self::TLS_FILE.0,
            Name::UNKNOWN => Self::UNKNOWN.0,
            name::IF | name::SET | name::REWRITE | name::RETURN | name::BREAK | name::INCLUDE => {
                return Self::CODE;
            }
            name::ALLOW | name::DENY => Self::ADDRESS_RULE.0,
            name::PROXY_PASS
            | name::FASTCGI_PASS
            | name::UWSGI_PASS
            | name::SCGI_PASS
            | name::MEMCACHED_PASS
            | name::GRPC_PASS => Self::ADDS_SLASH.0,
            name::SERVER_REWRITE_BY_LUA_BLOCK | name::SERVER_REWRITE_BY_LUA_FILE => {
                Self::SERVER_REWRITE.0
            }
            _ => 0,
        };
        let records = name.records();
        let mut at = 0;
        while at < records.len() {
            if let Some(phase) = records[at].phase {
                if matches!(phase, Phase::Content) && !is_partial(name) {
                    kinds |= Self::HANDLER.0;
                }
                if !is_modelled(name) {
                    kinds |= Self::unmodelled(phase).0;
                }
            }
            at += 1;
        }
        Self(kinds)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Kinds {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Directives about TLS that name no file, and for which each server is asked.
const fn is_about_tls(name: Name) -> bool {
    matches!(
        name,
        name::ACME_CERTIFICATE
            | name::HTTP2
            | name::SSL
            | name::SSL_CIPHERS
            | name::SSL_CONF_COMMAND
            | name::SSL_PROTOCOLS
            | name::SSL_REJECT_HANDSHAKE
            | name::SSL_VERIFY_CLIENT
    )
}

/// Whether nginx refuses a second one, at least in some module.
const fn is_once(name: Name) -> bool {
    let records = name.records();
    let mut at = 0;
    while at < records.len() {
        if records[at].once {
            return true;
        }
        at += 1;
    }
    false
}

/// Directives with a phase that the router knows, or that let a lone request pass.
const fn is_modelled(name: Name) -> bool {
    matches!(
        name,
        name::ALLOW
            | name::DENY
            | name::AUTH_BASIC
            | name::AUTH_REQUEST
            | name::LIMIT_REQ
            | name::LIMIT_CONN
            | name::DEGRADATION
            | name::TRY_FILES
            | name::MIRROR
            | name::AUTOINDEX
            | name::MORE_CLEAR_INPUT_HEADERS
            | name::MORE_SET_INPUT_HEADERS
            | name::MORE_CLEAR_HEADERS
            | name::MORE_SET_HEADERS
            // They change nothing in a text that looks like nothing they know.
            | name::SSI
            | name::SUB_FILTER
            | name::SUBS_FILTER
            | name::XSLT_STYLESHEET
    )
}

/// Content handlers that look at the method, at directories, or at media files only.
const fn is_partial(name: Name) -> bool {
    matches!(
        name,
        name::AUTOINDEX
            | name::DAV_METHODS
            | name::DAV_EXT_METHODS
            | name::RANDOM_INDEX
            | name::FANCYINDEX
            | name::FLV
            | name::MP4
            | name::HLS
            | name::F4F
    )
}

#[cfg(test)]
mod tests {
    use super::{ASKED_FOR, Kinds};
    use crate::directive_table::name;

    #[test]
    fn names_that_are_asked_for_share_their_bit_with_no_other() {
        for asked_for in ASKED_FOR {
            let own = Kinds::named(asked_for);
            let others = ASKED_FOR.into_iter().chain([name::GZIP, name::SERVER, name::IF]);
            for other in others.filter(|&other| other != asked_for) {
                assert!(!Kinds::of(other).intersects(own), "{asked_for:?} {other:?}");
            }
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "`gzip` is asked for on a level")]
    fn asking_for_a_name_without_a_bit_of_its_own_fails() {
        Kinds::named(name::GZIP);
    }
}
