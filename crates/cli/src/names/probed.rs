//! What the nginx that runs says of a name, beside what the files say.

use std::{ffi::OsStr, fmt::Write, os::unix::ffi::OsStrExt, path::Path, sync::Arc};

use acme::PATH;
use model::{Http, Sources};
use probe::{
    End, Fare, Handshake, Held, NoAnswer, Predicted, Probed, ProbedHop, ProbedName, ProbedWay,
    Reply, Shown, Token,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{fate::Label, judged::Judged};
use crate::{lint::Settings, probing::Asking, trace::json::parts::bytes};

/// Asks for the names that are shown.
pub(super) fn ask(
    asking: &Asking,
    (settings, sources): (&Settings<'_>, &Sources),
    http: &Http<'_>,
    names: &[Judged<'_>],
) -> Arc<Probed> {
    let clients = settings.clients(sources);
    let challenges = settings.challenges(&clients);
    let evidence = evidence::gather_beside(clients, http, settings.file_system);
    let names = names.iter().map(|name| &name.verdict).collect();
    asking.ask(settings, http, (&challenges, &evidence), names)
}

/// What is said of a name, a line for each request and each handshake.
pub(super) fn lines(name: &ProbedName) -> Vec<(Label, String)> {
    let mut lines = Vec::new();
    match &name.token {
        Token::NotWritten { directory, because, .. } => {
            lines.push(format!("no token could be put into {}: {because}", directory.display()));
        }
        Token::NotNeeded(why) if !name.ways.is_empty() => lines.push(format!("no token: {why}")),
        _ => {}
    }
    for way in &name.ways {
        lines.extend(way.hops.iter().map(|hop| hop_words(way, hop)));
        match &way.end {
            End::LeadsAway(url) => {
                lines.push(format!("{url} is not served here, and not asked"));
            }
            End::Stopped(why) => lines.push(format!("no authority follows: {why}")),
            _ => {}
        }
    }
    lines.extend(name.not_asked.iter().map(|why| format!("not asked: {why}")));
    let lines = lines.into_iter().map(|text| (Label::Probe, text));
    let shown = name.shown.iter().map(|shown| (Label::Tls, shown_words(shown)));
    lines.chain(shown).collect()
}

/// Where a redirect leads, without what is the same for all challenges.
fn short(words: &str) -> String {
    words.replace(&format!("{PATH}TOKEN"), "/…")
}

fn hop_words(way: &ProbedWay, hop: &ProbedHop) -> String {
    let is_last = way.hops.last().is_some_and(|last| std::ptr::eq(last, hop));
    let reply = match &hop.reply {
        _ if is_last && way.end == End::Passes => "the token".to_owned(),
        Reply::Response(response) if response.status == 200 && is_last => {
            "200 with another text".to_owned()
        }
        reply => short(&reply.words()),
    };
    let address = hop.address;
    if let End::NotAsked(why) = way.end
        && is_last
    {
        return format!("{address}: not asked: {}", why.words());
    }
    match (hop.agrees, &hop.predicted) {
        (Some(true), _) => format!("{address}: {reply}, as predicted"),
        (Some(false), predicted) => {
            format!("{address}: {reply}; predicted: {}", short(&predicted.words()))
        }
        (None, Predicted::Backend(to)) => format!("{address}: {reply}, from behind {to}"),
        (None, _) => format!("{address}: {reply}; nothing was predicted"),
    }
}

fn shown_words(shown: &Shown) -> String {
    let Shown { address, tls12, tls13, .. } = shown;
    let versions: Vec<_> = [(tls12, "TLS 1.2"), (tls13, "TLS 1.3")]
        .into_iter()
        .filter_map(|(shaken, version)| shaken.is_done().then_some(version))
        .collect();
    if versions.is_empty() {
        let why = match (tls12, tls13) {
            (Handshake::NotOffered, Handshake::NotOffered) => {
                "neither TLS 1.2 nor TLS 1.3 is offered".to_owned()
            }
            (Handshake::NotOffered, other) | (other, _) => handshake_words(other),
        };
        let predicted = if shown.fails_as_predicted { ", as predicted" } else { "" };
        return format!("{address}: {why}{predicted}");
    }
    let held = match &shown.held {
        Held::Same => "the certificate of the file".to_owned(),
        Held::OtherChain { in_file } => {
            format!("the certificate of the file, which has {in_file} in all by now")
        }
        Held::Older { .. } => "an older certificate than that of the file".to_owned(),
        Held::OfOther { file, .. } => format!("the certificate of {}", file.display()),
        Held::InNoFile => "a certificate that is in none of the files".to_owned(),
        Held::NotCompared(why) => format!("a certificate that was not compared: {why}"),
        Held::Closed(path) => {
            let path = path.display();
            format!("a certificate that was not compared: only root may read {path}")
        }
    };
    let others = match (shown.sent, shown.has_issuer) {
        (_, false) => "without its issuer's".to_owned(),
        (0 | 1, true) => "alone".to_owned(),
        (2, true) => "with one more".to_owned(),
        (sent, true) => format!("with {} more", sent - 1),
    };
    format!("{address}: {held}, {others}; {}", versions.join(", "))
}

fn handshake_words(shaken: &Handshake) -> String {
    match shaken {
        Handshake::Done(_) => "a handshake".to_owned(),
        Handshake::NotOffered => "neither TLS 1.2 nor TLS 1.3 is offered".to_owned(),
        Handshake::Refused(why) | Handshake::Failed(why) => {
            format!("a failed TLS handshake ({why})")
        }
        Handshake::NothingInCommon(_) => {
            format!("not told: {}", NoAnswer::NothingInCommon.words())
        }
        Handshake::NothingListens => "a refused connection".to_owned(),
        Handshake::TimedOut => "nothing within the time limit".to_owned(),
        Handshake::NotAsked => "not asked, since others were not answered in time".to_owned(),
    }
}

/// What is said of a name, for programs.
pub(super) struct OneProbe<'t>(pub(super) &'t ProbedName);

struct OneWay<'t>(&'t ProbedWay);

struct OneHop<'t>(&'t ProbedHop);

struct OneShown<'t>(&'t Shown);

struct OneFile<'t>(&'t Path);

impl Serialize for OneProbe<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(name) = self;
        let mut map = serializer.serialize_map(None)?;
        let (word, because) = match name.fare() {
            Fare::Passes => ("passes", None),
            Fare::Fails => ("fails", None),
            Fare::WithoutToken => ("without-token", None),
            Fare::NoChallenge => ("no-challenge", None),
            Fare::NotAsked(because) => ("not-asked", Some(because)),
        };
        map.serialize_entry("result", word)?;
        let because = because.or_else(|| match &name.token {
            Token::NotNeeded(why) | Token::NoChallenge(why) => Some(why.clone()),
            _ => None,
        });
        map.serialize_entry("because", &because)?;
        let directory = match &name.token {
            Token::In(directory) | Token::NotWritten { directory, .. } => Some(OneFile(directory)),
            _ => None,
        };
        map.serialize_entry("token", &directory)?;
        map.serialize_entry("ways", &name.ways.iter().map(OneWay).collect::<Vec<_>>())?;
        map.serialize_entry("certificates", &name.shown.iter().map(OneShown).collect::<Vec<_>>())?;
        map.serialize_entry("not_asked", &name.not_asked)?;
        map.end()
    }
}

impl Serialize for OneWay<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(way) = self;
        let (word, because) = match &way.end {
            End::Passes => ("passes", None),
            End::Fails => ("fails", None),
            End::WithoutFile => ("without-token", None),
            End::LeadsAway(url) => ("leads-away", Some(format!("{url} is not served here"))),
            End::Stopped(why) => ("not-followed", Some(why.clone())),
            End::NotAsked(why) => ("not-asked", Some(why.words())),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("family", if way.is_ipv6 { "ipv6" } else { "ipv4" })?;
        map.serialize_entry("end", word)?;
        map.serialize_entry("because", &because)?;
        map.serialize_entry("hops", &way.hops.iter().map(OneHop).collect::<Vec<_>>())?;
        map.end()
    }
}

impl Serialize for OneHop<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(hop) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("url", &hop.short_url())?;
        map.serialize_entry("address", &hop.address.to_string())?;
        map.serialize_entry("predicted", &hop.predicted.words())?;
        map.serialize_entry("answered", &hop.reply.words())?;
        let status = match &hop.reply {
            Reply::Response(response) => Some(response.status),
            _ => None,
        };
        map.serialize_entry("status", &status)?;
        map.serialize_entry("agrees", &hop.agrees)?;
        map.end()
    }
}

impl Serialize for OneShown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(shown) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("address", &shown.address.to_string())?;
        map.serialize_entry("tls_1_2", &shown.tls12.is_done())?;
        map.serialize_entry("tls_1_3", &shown.tls13.is_done())?;
        let (word, because) = match &shown.held {
            _ if shown.leaf.is_none() && shown.sent == 0 => {
                let shaken = match &shown.tls12 {
                    Handshake::NotOffered => &shown.tls13,
                    shaken => shaken,
                };
                ("nothing", Some(handshake_words(shaken)))
            }
            Held::Same => ("same", None),
            Held::OtherChain { .. } => ("other-chain", None),
            Held::Older { .. } => ("older", None),
            Held::OfOther { .. } => ("of-other-server", None),
            Held::InNoFile => ("in-no-file", None),
            Held::NotCompared(why) => ("not-compared", Some(why.clone())),
            Held::Closed(path) => {
                ("not-compared", Some(format!("only root may read {}", path.display())))
            }
        };
        map.serialize_entry("shown", word)?;
        map.serialize_entry("because", &because)?;
        let leaf = shown.leaf.as_ref();
        let serial = leaf.map(|leaf| hexadecimal(&leaf.serial));
        map.serialize_entry("serial", &serial)?;
        map.serialize_entry("not_after", &leaf.map(|leaf| leaf.not_after))?;
        map.serialize_entry("sent", &shown.sent)?;
        map.serialize_entry("has_issuer", &shown.has_issuer)?;
        let files: Vec<_> = shown.files.iter().map(|path| OneFile(path)).collect();
        map.serialize_entry("files", &files)?;
        map.end()
    }
}

/// As OpenSSL prints serial numbers.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

impl Serialize for OneFile<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let path: &OsStr = self.0.as_os_str();
        bytes(&mut map, "path", "path_base64", path.as_bytes())?;
        map.end()
    }
}
