//! What stands around a message: the name it is about, the address, the authority.

use std::{net::IpAddr, ops::Range};

use memchr::memmem::{Finder, FinderRev};

use super::{Fields, pattern};

/// A certificate authority, as its URLs tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ca {
    /// As people know it.
    pub name: &'static str,
    /// A part of its URLs.
    pub host: &'static str,
    /// Whether nobody trusts its certificates.
    pub is_for_tests: bool,
}

const AUTHORITIES: [Ca; 12] = [
    ca("Let's Encrypt (staging)", "acme-staging-v02.api.letsencrypt.org", true),
    ca("Let's Encrypt", "acme-v02.api.letsencrypt.org", false),
    ca("Let's Encrypt (version 1 of ACME, turned off)", "acme-v01.api.letsencrypt.org", false),
    ca("ZeroSSL", "acme.zerossl.com", false),
    ca("Google Trust Services (staging)", "dv.acme-v02.test-api.pki.goog", true),
    ca("Google Trust Services", "dv.acme-v02.api.pki.goog", false),
    ca("Buypass", "api.buypass.com/acme", false),
    ca("SSL.com", "acme.ssl.com", false),
    ca("Actalis", "acme-api.actalis.com", false),
    ca("Sectigo", "acme.sectigo.com", false),
    ca("a test authority (pebble)", "localhost:14000", true),
    ca("a test authority (pebble)", "Pebble Intermediate CA", true),
];

const fn ca(name: &'static str, host: &'static str, is_for_tests: bool) -> Ca {
    Ca { name, host, is_for_tests }
}

/// What stands in front of the name that a message is about, the surest first.
const BEFORE_NAMES: [&str; 22] = [
    "Domain: ",
    "Identifier: ",
    "Problem for ",
    "error for domain: ",
    "\"type\": \"dns\", \"value\": \"",
    "\"type\":\"dns\",\"value\":\"",
    "\"value\": \"",
    "\"value\":\"",
    "\"identifier\": \"",
    "\"identifier\":\"",
    "challenge for ",
    "authorization for ",
    "Failed authorization procedure. ",
    "authorize domain ",
    "Challenge failed for domain ",
    "Verifying: ",
    "Failed to renew certificate ",
    "domain=",
    "[",
    "for domain ",
    "HTTPSConnectionPool(host=",
    "cannot verify ",
];

impl Ca {
    /// The one that a text names.
    pub fn of(text: &str) -> Option<Self> {
        AUTHORITIES.into_iter().find(|ca| text.contains(ca.host))
    }
}

/// Whether a connection of Python's may be one to an authority; what others say always is.
pub(super) fn may_be_authority(words: &[u8]) -> bool {
    let words = String::from_utf8_lossy(words).to_lowercase();
    let is_of_any = words.starts_with("httpsconnectionpool(");
    !is_of_any
        || Ca::of(&words).is_some()
        || ["acme", "dir"].iter().any(|part| words.contains(part))
}

/// How far the words in front of a message reach.
const WINDOW: usize = 600;

/// How far those behind it do.
const BEHIND: usize = 300;

#[derive(Debug)]
pub(super) struct Context {
    names: Vec<FinderRev<'static>>,
    problem: [FinderRev<'static>; 2],
    kind: FinderRev<'static>,
    authorities: Vec<Finder<'static>>,
}

/// Where authorities are named in a text, asked for in order.
pub(super) struct Authorities {
    found: Vec<(usize, Ca)>,
    next: usize,
}

/// Where a message stands.
pub(super) struct Around<'t> {
    pub(super) text: &'t [u8],
    /// What is before belongs to another message.
    pub(super) floor: usize,
    /// The message itself.
    pub(super) own: Range<usize>,
    /// The name in the summary right in front of it.
    pub(super) named: Option<String>,
}

impl Context {
    pub(super) fn new() -> Self {
        Self {
            names: BEFORE_NAMES.iter().map(FinderRev::new).collect(),
            problem: ["acme:error:", "urn:acme:"].map(FinderRev::new),
            kind: FinderRev::new("Type: "),
            authorities: AUTHORITIES.iter().map(|ca| Finder::new(ca.host)).collect(),
        }
    }

    /// Every place where an authority is named.
    pub(super) fn authorities(&self, text: &[u8]) -> Authorities {
        let mut found = Vec::new();
        for (finder, ca) in self.authorities.iter().zip(AUTHORITIES) {
            let mut last = None;
            for at in finder.find_iter(text) {
                // One a page of a log is plenty.
                if last.is_none_or(|last| at > last + WINDOW) {
                    found.push((at, ca));
                    last = Some(at);
                }
            }
        }
        found.sort_unstable();
        Authorities { found, next: 0 }
    }

    /// Fills in what a message does not name itself.
    pub(super) fn complete(&self, fields: &mut Fields, around: Around<'_>) {
        let Around { text, floor, own: Range { start, end }, named } = around;
        let before = &text[floor.max(start.saturating_sub(WINDOW))..start];
        let after = &text[end..text.len().min(end + BEHIND)];
        let own = &text[start..end];
        if let Some(name) = self.name(before).or(named).or_else(|| behind(after)) {
            fields.name = Some(name);
        }
        let host = || fields.url.as_deref().and_then(host);
        fields.name = fields.name.take().or_else(host);
        if fields.address.is_none() {
            fields.address = leading_address(before).or_else(|| bracketed(own));
        }
        if fields.problem.is_none() {
            fields.problem = self.problem(own).or_else(|| self.problem(before));
        }
        fields.challenge = ["tls-alpn-01", "dns-01", "http-01"].into_iter().find(|kind| {
            let has = |text: &[u8]| memchr::memmem::find(text, kind.as_bytes()).is_some();
            has(own) || has(&before[before.len().saturating_sub(200)..])
        });
        if fields.at.is_none() {
            fields.at = place(after);
        }
        let tail = &before[before.len().saturating_sub(60)..];
        fields.is_secondary |= memchr::memmem::find(tail, b"uring secondary validation").is_some();
        let said = [own, before].into_iter().find_map(|text| {
            memchr::memmem::rfind(text, b"(authenticator: ").map(|at| &text[at + 16..])
        });
        if let Some(said) = said {
            let word = said.split(|&byte| byte == b')').next().unwrap_or_default();
            fields.authenticator = Some(String::from_utf8_lossy(word).into_owned());
        }
    }

    /// The name in front of a message: the one that is nearest, of the surest that are there.
    fn name(&self, before: &[u8]) -> Option<String> {
        // `name: Invalid status`, and `name (http-01): urn:`.
        for (index, finder) in self.names.iter().enumerate() {
            let mut before = before;
            while let Some(at) = finder.rfind(before) {
                let rest = &before[at + BEFORE_NAMES[index].len()..];
                let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
                if let Some(name) = domain(rest).filter(|name| Ca::of(name).is_none()) {
                    return Some(name);
                }
                before = &before[..at];
            }
        }
        // acme.sh and others put it first: `example.com: Invalid status.`
        let tail = &before[before.len().saturating_sub(200)..];
        let word = |word: &[u8]| {
            let word = word.strip_suffix(b":").or_else(|| word.strip_suffix(b" (http-01):"))?;
            domain(word).filter(|name| name.len() == word.len())
        };
        tail.split(|&byte| byte == b' ').rev().take(12).find_map(word)
    }

    fn problem(&self, before: &[u8]) -> Option<String> {
        let urn = self.problem.iter().find_map(|finder| {
            let at = finder.rfind(before)? + finder.needle().len();
            Some(letters(before[at..].strip_prefix(b"error:").unwrap_or(&before[at..])))
        });
        let kind = || Some(letters(&before[self.kind.rfind(before)? + 6..]));
        urn.or_else(kind).filter(|word| !word.is_empty())
    }
}

impl Authorities {
    /// The one named last before a place, or else the first one.
    pub(super) fn before(&mut self, at: usize) -> Option<Ca> {
        while self.found.get(self.next).is_some_and(|(start, _)| *start < at) {
            self.next += 1;
        }
        let last = self.next.checked_sub(1).and_then(|last| self.found.get(last));
        last.or(self.found.first()).map(|(_, ca)| *ca)
    }
}

fn letters(text: &[u8]) -> String {
    let length = text.iter().take(40).take_while(|byte| byte.is_ascii_alphabetic()).count();
    String::from_utf8_lossy(&text[..length]).into_owned()
}

/// The identifier of a problem in JSON may come behind it, as does the host in nginx's error.log.
fn behind(after: &[u8]) -> Option<String> {
    if let Some(at) = memchr::memmem::find(after, b", host: \"") {
        return domain(&after[at + 9..]);
    }
    let at = memchr::memmem::find(after, b"\"identifier\"")?;
    // Another problem may begin first.
    let next = memchr::memmem::find(after, b"\"detail\"").unwrap_or(after.len());
    let value = memchr::memmem::find(&after[at..], b"\"value\":").filter(|_| at < next)?;
    let rest = after[at + value + 8..].trim_ascii_start();
    domain(rest.strip_prefix(b"\"").unwrap_or(rest))
}

/// The name that a text starts with, if it is one of a host.
fn domain(text: &[u8]) -> Option<String> {
    let is_letter =
        |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b".-_*".contains(byte);
    let length = text.iter().take(254).take_while(|byte| is_letter(byte)).count();
    let text = std::str::from_utf8(&text[..length]).ok()?;
    let name = pattern::name(text)?;
    let top = name.rsplit_once('.')?.1;
    let is_top = top.len() >= 2 && top.starts_with(|letter: char| letter.is_alphabetic());
    // Classes are: `javax.net.ssl.SSLHandshakeException`.
    let is_class = top.ends_with("exception") || top.ends_with("error");
    // Programs and files are written like that, too.
    let is_file = ["py", "pem", "conf", "log", "sh", "go", "json", "crt", "key", "txt", "html"]
        .contains(&top);
    (is_top && !is_class && !is_file && name.parse::<IpAddr>().is_err()).then_some(name)
}

/// The host of a URL.
pub(crate) fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    domain(host.as_bytes())
}

/// `203.0.113.9: ` right in front of the message, as Boulder has it now.
fn leading_address(before: &[u8]) -> Option<IpAddr> {
    let text = before.strip_suffix(b" ").unwrap_or(before).strip_suffix(b":")?;
    let start = text.iter().rposition(|byte| !byte.is_ascii_hexdigit() && !b".:".contains(byte));
    let word = &text[start.map_or(0, |start| start + 1)..];
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// `[203.0.113.9]` or `dial tcp [2001:db8::1]:80` in it.
fn bracketed(own: &[u8]) -> Option<IpAddr> {
    let mut rest = own;
    while let Some(at) = memchr::memchr(b'[', rest) {
        rest = &rest[at + 1..];
        let end = memchr::memchr(b']', rest)?;
        let address = std::str::from_utf8(&rest[..end]).ok().and_then(|word| word.parse().ok());
        if address.is_some() {
            return address;
        }
    }
    None
}

/// ` in /etc/nginx/nginx.conf:12`, which nginx puts behind what it says of a configuration.
fn place(after: &[u8]) -> Option<(String, u32)> {
    let end = memchr::memmem::find(after, b"[emerg]").unwrap_or(after.len());
    let at = memchr::memmem::find(&after[..end], b" in /")? + 4;
    let word = after[at..].split(|byte| b" \"".contains(byte)).next()?;
    let (path, line) = std::str::from_utf8(word).ok()?.split_once(':')?;
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    Some((path.to_owned(), line[..digits].parse().ok()?))
}
