//! What nginx and its modules know about directives: the table `directives.tsv`, compiled in.

use std::fmt::{self, Display, Formatter};

use self::distance::distance;

mod distance;
mod hash;
mod version;

pub use version::Version;

include!(concat!(env!("OUT_DIR"), "/directives.rs"));

/// The name of a directive as a small number, so that comparing it with a constant of [`mod@name`]
/// costs nothing. The order of names is the byte order of their texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u16);

/// How many names there are, [`Name::UNKNOWN`] among them.
pub(crate) const NAME_COUNT: usize = TEXTS.len();

impl Name {
    /// The name of every directive that is not in the table.
    pub const UNKNOWN: Self = Self(0);

    /// The name as written, upper and lower case being different as in nginx.
    pub fn of(text: &[u8]) -> Self {
        let mut slot = hash::hash(text);
        loop {
            let name = Self(SLOTS[slot % SLOTS.len()]);
            if name == Self::UNKNOWN || name.text().as_bytes() == text {
                return name;
            }
            slot = slot.wrapping_add(1);
        }
    }

    /// The name as written in a configuration; empty for [`Name::UNKNOWN`].
    pub fn text(self) -> &'static str {
        TEXTS[usize::from(self.0)]
    }

    /// All directives of this name, those of nginx itself first; none for [`Name::UNKNOWN`].
    pub const fn records(self) -> &'static [Record] {
        let id = self.0 as usize;
        let (first, end) = (FIRST_RECORD[id] as usize, FIRST_RECORD[id + 1] as usize);
        let (_, from_first) = RECORDS.split_at(first);
        from_first.split_at(end - first).0
    }

    /// Whether it is so recent, at least in some place, that a release in use may lack it.
    pub(crate) fn is_recent(self) -> bool {
        RECENT[usize::from(self.0)]
    }

    /// Its number, below [`NAME_COUNT`].
    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    /// The name with this number, which is below [`NAME_COUNT`].
    pub(crate) const fn numbered(number: u16) -> Self {
        assert!((number as usize) < NAME_COUNT);
        Self(number)
    }

    /// Whether nginx without further modules has never known this name.
    pub fn is_third_party_only(self) -> bool {
        self != Self::UNKNOWN && self.records().iter().all(|record| record.third_party.is_some())
    }

    /// Whether a directive of this name acts by itself in this phase, in some module.
    pub fn acts_in(self, phase: Phase) -> bool {
        self.records().iter().any(|record| record.phase == Some(phase))
    }

    /// Whether nginx itself has a directive of this name today.
    fn is_current(self) -> bool {
        self.records().iter().any(|record| record.third_party.is_none() && record.removed.is_none())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", self.text())
    }
}

/// One directive of one module.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// The module that registers it.
    pub module: &'static str,
    /// The part of nginx the module belongs to.
    pub family: Family,
    /// Where it may stand.
    pub contexts: Contexts,
    /// How many arguments it takes.
    pub arity: Arity,
    /// Whether a block follows instead of a semicolon.
    pub block: bool,
    /// Whether nginx refuses a second one on the same level with "directive is duplicate". `root`
    /// and `alias` also refuse each other.
    pub once: bool,
    /// The first release that has it; `None` if that is not known.
    pub since: Option<Version>,
    /// The first release that calls it deprecated or obsolete.
    pub deprecated: Option<Version>,
    /// The first release without it.
    pub removed: Option<Version>,
    /// The project that ships the module, if it is not nginx; `nginx-plus` is the commercial nginx.
    pub third_party: Option<&'static str>,
    /// Where it can change by itself what a client gets.
    pub phase: Option<Phase>,
}

/// Every directive of this name that is allowed in this context, in the table's order. A number of
/// arguments is wrong only if it is wrong for all of them.
pub fn candidates(name: Name, context: Context) -> impl Iterator<Item = &'static Record> {
    name.records().iter().filter(move |record| record.contexts.contains(context))
}

/// The first release that takes a directive of this name in this context; `None` if that is not
/// known, or if a module of somebody else may have it.
pub fn since(name: Name, context: Context) -> Option<Version> {
    let mut first = None;
    for record in candidates(name, context) {
        if record.third_party.is_some() {
            return None;
        }
        let since = record.since?;
        first = Some(first.map_or(since, |first: Version| first.min(since)));
    }
    first
}

/// Nobody runs anything older.
pub(crate) const OLDEST_IN_USE: Version = Version { major: 1, minor: 10, patch: 0 };

static RECENT: [bool; NAME_COUNT] = {
    let mut recent = [false; NAME_COUNT];
    let mut at = 0;
    while at < NAME_COUNT {
        let records = Name(at as u16).records();
        let mut one = 0;
        while one < records.len() {
            if let Some(since) = &records[one].since {
                recent[at] |= since.major > OLDEST_IN_USE.major
                    || since.major == OLDEST_IN_USE.major && since.minor > OLDEST_IN_USE.minor;
            }
            one += 1;
        }
        at += 1;
    }
    recent
};

/// How the directives of modules start that the table does not list one by one.
const THIRD_PARTY_PREFIXES: [&str; 22] = [
    "auth_digest",
    "auth_gss",
    "auth_ldap",
    "auth_spnego",
    "captcha",
    "concat",
    "drizzle_",
    "iconv_",
    "ldap_",
    "limit_upload_",
    "mogilefs_",
    "nchan_",
    "pagespeed",
    "postgres_",
    "push_stream_",
    "rds_",
    "redis2_",
    "redis_",
    "testcookie",
    "vod",
    "waf",
    "xss_",
];

/// Whether an unknown name is that of a known third-party module, so that nginx may well have it.
pub fn is_of_third_party(unknown: &[u8]) -> bool {
    THIRD_PARTY_PREFIXES.iter().any(|prefix| unknown.starts_with(prefix.as_bytes()))
}

/// The known name that was probably meant by this unknown one: at most two edits away, one if it is
/// short; among equals nginx's own current names come first.
pub fn nearest(unknown: &[u8]) -> Option<&'static str> {
    const SHORT: usize = 5;
    let most = if unknown.len() <= SHORT { 1 } else { 2 };
    let guess = |(id, text): (u16, &&'static str)| {
        let edits = distance(unknown, text.as_bytes(), most)?;
        let name = Name(id);
        let other_start = unknown.first() != text.as_bytes().first();
        Some((edits, !name.is_current(), name.is_third_party_only(), other_start, *text))
    };
    (1..).zip(&TEXTS[1..]).filter_map(guess).min().map(|(.., text)| text)
}

/// The word that was probably meant by an unknown one: at most a letter in four is wrong; among equals
/// the first.
pub fn nearest_of<'w>(unknown: &[u8], words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let most = (unknown.len() / 4).clamp(1, 5);
    let guess = |word: &'w str| Some((distance(unknown, word.as_bytes(), most)?, word));
    words.into_iter().filter_map(guess).min_by_key(|(edits, _)| *edits).map(|(_, word)| word)
}

/// Whether the table has directives of the module that `load_module` takes from a file of this
/// name, its extension apart; modules without directives of their own count as known.
pub fn knows_module(file_stem: &[u8]) -> bool {
    file_stem == b"ndk_http_module"
        || RECORDS.iter().any(|record| record.module.as_bytes() == file_stem)
}

/// The part of nginx a directive belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "nginx's own words")]
pub enum Family {
    Core,
    Event,
    Http,
    Stream,
    Mail,
    Rtmp,
}

/// A level of the configuration: what directly encloses a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "nginx's own words")]
pub enum Context {
    /// Outside every block.
    Main,
    Events,
    Http,
    Server,
    Location,
    IfInServer,
    IfInLocation,
    LimitExcept,
    Upstream,
    Stream,
    StreamServer,
    StreamUpstream,
    Mail,
    MailServer,
    Rtmp,
    RtmpServer,
    RtmpApplication,
    RtmpRecorder,
    AcmeIssuer,
    OidcProvider,
    Mgmt,
    /// Everywhere: a directive with this context fits any other.
    Any,
}

impl Context {
    const ALL: [Self; 22] = [
        Self::Main,
        Self::Events,
        Self::Http,
        Self::Server,
        Self::Location,
        Self::IfInServer,
        Self::IfInLocation,
        Self::LimitExcept,
        Self::Upstream,
        Self::Stream,
        Self::StreamServer,
        Self::StreamUpstream,
        Self::Mail,
        Self::MailServer,
        Self::Rtmp,
        Self::RtmpServer,
        Self::RtmpApplication,
        Self::RtmpRecorder,
        Self::AcmeIssuer,
        Self::OidcProvider,
        Self::Mgmt,
        Self::Any,
    ];

    /// Every one of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// What nginx's documentation calls it; `server` and `upstream` outside http say where they are.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Events => "events",
            Self::Http => "http",
            Self::Server => "server",
            Self::Location => "location",
            Self::IfInServer => "if in server",
            Self::IfInLocation => "if in location",
            Self::LimitExcept => "limit_except",
            Self::Upstream => "upstream",
            Self::Stream => "stream",
            Self::StreamServer => "stream server",
            Self::StreamUpstream => "stream upstream",
            Self::Mail => "mail",
            Self::MailServer => "mail server",
            Self::Rtmp => "rtmp",
            Self::RtmpServer => "rtmp server",
            Self::RtmpApplication => "rtmp application",
            Self::RtmpRecorder => "rtmp recorder",
            Self::AcmeIssuer => "acme_issuer",
            Self::OidcProvider => "oidc_provider",
            Self::Mgmt => "mgmt",
            Self::Any => "any context",
        }
    }
}

impl Display for Context {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A set of contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contexts(u32);

impl Contexts {
    const fn of(contexts: &[Context]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < contexts.len() {
            bits |= 1 << contexts[i] as u32;
            i += 1;
        }
        Self(bits)
    }

    /// The contexts one by one.
    pub fn iter(self) -> impl Iterator<Item = Context> {
        Context::ALL.into_iter().filter(move |context| self.0 & (1 << *context as u32) != 0)
    }

    /// Whether a directive with these contexts may stand in this one.
    pub const fn contains(self, context: Context) -> bool {
        self.0 & (1 << context as u32 | 1 << Context::Any as u32) != 0
    }
}

/// How many arguments a directive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exact numbers: bit `n` is set if `n` arguments are right. nginx has no more than seven here.
    Counts(u8),
    /// One argument, `on` or `off`.
    Flag,
    /// This many or more.
    AtLeast(u8),
    /// nginx does not count.
    Any,
    /// The table does not know.
    Unknown,
}

impl Arity {
    /// Whether this many arguments may be right.
    pub const fn accepts(self, count: usize) -> bool {
        match self {
            Self::Counts(bits) => count < u8::BITS as usize && bits >> count & 1 == 1,
            Self::Flag => count == 1,
            Self::AtLeast(least) => count >= least as usize,
            Self::Any | Self::Unknown => true,
        }
    }

    /// Whether the argument has to be `on` or `off`.
    pub const fn is_flag(self) -> bool {
        matches!(self, Self::Flag)
    }
}

/// The way to say it in a message: `1 or 2 arguments`.
impl Display for Arity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Counts(0b1) => f.write_str("no arguments"),
            Self::Counts(0b10) => f.write_str("1 argument"),
            Self::Counts(bits) => {
                let last = bits.checked_ilog2().unwrap_or_default();
                for count in (0..last).filter(|count| bits >> count & 1 == 1) {
                    let separator =
                        if bits >> (count + 1) == 1 << (last - count - 1) { " or " } else { ", " };
                    write!(f, "{count}{separator}")?;
                }
                write!(f, "{last} arguments")
            }
            Self::Flag => f.write_str("`on` or `off`"),
            Self::AtLeast(1) => f.write_str("at least 1 argument"),
            Self::AtLeast(least) => write!(f, "at least {least} arguments"),
            Self::Any | Self::Unknown => f.write_str("any number of arguments"),
        }
    }
}

/// Where a directive acts by itself on a request or a handshake, in the order in which nginx gets
/// there. A prediction that does not model such a directive cannot know the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// While the connection is encrypted: it may choose another certificate.
    Tls,
    /// Before anything of the server is looked at.
    PostRead,
    /// With `return` and `rewrite`.
    Rewrite,
    /// With the limits of requests and connections.
    Preaccess,
    /// With `allow`, `deny` and passwords.
    Access,
    /// With `try_files`.
    Precontent,
    /// It makes the answer.
    Content,
    /// It changes an answer already made.
    Filter,
    /// In no phase of its own: it gives a variable a value that code or a database decides.
    Variable,
}

#[cfg(test)]
mod tests;
