//! What the model says of a machine, and with which client that can be tried.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use acme::{Cause, Detail, Hop, KeyAuthorization, PATH, Settings, TokenPlace};
use machine::{ADDRESS_V4, ADDRESS_V6, Machine};
use model::{Address, Config, Directive, Disk, Http, Prefix};

use crate::authority::ca::{Client, Outcome};

/// A name over one address family.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) name: String,
    /// The addresses that the hosts on the way have, in the model's opinion: such that the sockets
    /// which answer are reached.
    pub(crate) addresses: BTreeMap<String, IpAddr>,
    pub(crate) is_ipv6: bool,
    pub(crate) verdict: Verdict,
}

/// How the challenge of a name ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Well, with this client.
    Passes(Client),
    /// Badly, with every client.
    Fails(Cause),
    /// Nobody knows, for this reason.
    Unknown(String),
}

impl Verdict {
    /// Whether the authority agrees.
    pub(crate) fn agrees(&self, outcome: &Outcome) -> bool {
        match self {
            Self::Passes(_) => outcome.is_issued(),
            Self::Fails(_) => !outcome.is_issued(),
            Self::Unknown(_) => true,
        }
    }
}

/// Judges the names of a machine.
pub(crate) fn judge(machine: &Machine, settings: &Settings) -> Vec<Judged> {
    let disk = Disk::under(machine.root());
    let main = Path::new("/").join(&machine.fixture().run.main);
    let all: Vec<_> =
        [ADDRESS_V4, ADDRESS_V6].into_iter().chain(machine.fixture().addresses.clone()).collect();
    let mut judged = Vec::new();
    for sources in model::load(&[main], &disk) {
        let config = Config::of(&sources);
        let prefix = Prefix { path: PathBuf::from("/usr/share/nginx"), is_guess: false };
        let http = Http::of(&config, prefix);
        for name in acme::verdicts_in_full(&http, &disk, settings, Detail::Steps).names {
            let text = String::from_utf8_lossy(&name.name.text).into_owned();
            let place = settings.places.of(&name.name.text).first();
            for family in name.families {
                let mut verdict = match family.verdict {
                    acme::Verdict::Passes(from) => match client(&from, place) {
                        Some(client) => Verdict::Passes(client),
                        None => Verdict::Unknown(format!("no client for {from:?}")),
                    },
                    acme::Verdict::Fails(cause) => Verdict::Fails(cause),
                    acme::Verdict::Unknown { because, .. } => Verdict::Unknown(because),
                    acme::Verdict::NotHttp01 { .. } => continue,
                };
                let hops = family.challenge.as_ref().map_or(&[][..], |challenge| &challenge.hops);
                let addresses = hops.iter().filter_map(|hop| address(&http, hop, &all)).collect();
                // Where Boulder falls back to IPv4 there is only IPv4 for pebble, which does not.
                let falls_back =
                    family.is_ipv6 && hops.first().is_some_and(|hop| hop.request.address.is_ipv4());
                if falls_back && hops.len() > 1 {
                    verdict =
                        Verdict::Unknown("it begins over IPv4 and goes on over IPv6".to_owned());
                }
                let (name, is_ipv6) = (text.clone(), family.is_ipv6 && !falls_back);
                judged.push(Judged { name, addresses, is_ipv6, verdict });
            }
        }
    }
    judged
}

/// The host that is asked, and an address, one of `all`, at which the socket is reached.
fn address(http: &Http<'_>, hop: &Hop<'_>, all: &[IpAddr]) -> Option<(String, IpAddr)> {
    let Address::Ip(wanted, port) = http.socket(hop.trace.socket?).address else { return None };
    let is_taken = |address: IpAddr| {
        http.sockets().any(|(_, socket)| socket.address == Address::Ip(address, port))
    };
    let address = if wanted.is_unspecified() {
        let mut same_family = all.iter().filter(|one| one.is_ipv4() == wanted.is_ipv4());
        *same_family.find(|one| !is_taken(**one))?
    } else {
        wanted
    };
    Some((String::from_utf8_lossy(&hop.request.host).into_owned(), address))
}

/// The client that answers from there.
fn client(from: &KeyAuthorization<'_>, place: Option<&TokenPlace>) -> Option<Client> {
    match (from, place) {
        (KeyAuthorization::File { .. }, Some(place)) => Some(Client::at(place)),
        (KeyAuthorization::File { path, .. }, None) => {
            let directory = path.parent()?.to_str()?;
            let web_root = directory.strip_suffix(PATH.trim_end_matches('/'));
            Some(match web_root.filter(|web_root| !web_root.is_empty()) {
                Some(web_root) => Client::Webroot(web_root.to_owned()),
                None => Client::Directory(directory.to_owned()),
            })
        }
        (KeyAuthorization::Client(proxy), _) => port(*proxy).map(Client::Port),
        (KeyAuthorization::Stateless(_), _) => Some(Client::Nothing),
        (KeyAuthorization::AcmeModule(_) | KeyAuthorization::Plugin(_), _) => None,
    }
}

impl Client {
    /// The one that puts its tokens there.
    pub(crate) fn at(place: &TokenPlace) -> Self {
        let text = |directory: &[u8]| String::from_utf8_lossy(directory).into_owned();
        match place {
            TokenPlace::WebRoot(directory) => Self::Webroot(text(directory)),
            TokenPlace::Directory(directory) => Self::Directory(text(directory)),
        }
    }
}

/// The port of this machine to which a `proxy_pass` leads, perhaps by way of an `upstream`.
fn port(proxy: Directive<'_>) -> Option<u16> {
    let argument = proxy.arg(0)?;
    let target = argument.strip_prefix(b"http://")?;
    let host = target.split(|byte| *byte == b'/').next()?;
    let address = if host.contains(&b':') {
        host.to_vec()
    } else {
        let outer = std::iter::successors(proxy.parent(), |outer| outer.parent()).last()?;
        let mut upstreams = outer.children();
        let upstream = upstreams.find(|upstream| {
            *upstream.name_text() == b"upstream"[..] && upstream.arg(0).as_deref() == Some(host)
        })?;
        upstream.children().next()?.arg(0)?.into_owned()
    };
    let (_, port) = std::str::from_utf8(&address).ok()?.rsplit_once(':')?;
    port.parse().ok()
}
