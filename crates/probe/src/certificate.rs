//! The certificates that are shown, held against those on disk.

use std::{
    ffi::OsStr,
    net::{IpAddr, SocketAddr},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    sync::Arc,
};

use acme::NameVerdict;
use evidence::{Certificate, Chain, Issued, PemState};
use model::{
    Answer, Client, Directive, Reason, Request, ServerId, ServerNameKind, at_once, name,
    route_briefly,
};
use parser::Span;

use crate::{
    Question, dial, expected,
    patience::{AT_ONCE, Patience},
    probed::{Held, Shown},
    tls::{Handshake, Version, shake},
};

/// A handshake to be made for a name.
pub(crate) struct Wanted {
    /// The number of the name.
    pub(crate) name: usize,
    host: Vec<u8>,
    address: SocketAddr,
    /// The server that shows its certificate, as far as the model knows.
    server: Option<ServerId>,
    listen: Option<Span>,
    fails_as_predicted: bool,
    /// Whether the files choose ciphers or curves.
    chooses: bool,
}

impl Wanted {
    /// The handshakes for a name, one for each socket, and why others are not asked.
    pub(crate) fn all(
        question: &Question<'_, '_>,
        number: usize,
        name: &NameVerdict<'_>,
    ) -> (Vec<Self>, Vec<String>) {
        let Some(host) = host(name) else { return (Vec::new(), Vec::new()) };
        let port = question.ports.https;
        // Nobody is asked for what no socket is meant for.
        let is_tls = |&id: &ServerId| {
            let http = question.http;
            let server = http.server(id);
            http.sockets_of(server).any(|socket| socket.address.port() == port && socket.ssl)
                || http.legacy_ssl(server).is_some()
        };
        if !name.name.servers.iter().any(is_tls) {
            return (Vec::new(), Vec::new());
        }
        let (mut wanted, mut reasons) = (Vec::new(), Vec::new());
        for is_ipv6 in [false, true] {
            let (found, mut why) = match question.connect.tls {
                Some(given) if given.is_ipv6() == is_ipv6 => (vec![given.ip()], Vec::new()),
                Some(_) => (Vec::new(), Vec::new()),
                None => dial::addresses(question.http, &host, port, is_ipv6),
            };
            reasons.append(&mut why);
            wanted.extend(found.into_iter().map(|ip| Self::at(question, number, &host, ip)));
        }
        (wanted, reasons)
    }

    fn at(question: &Question<'_, '_>, number: usize, host: &[u8], ip: IpAddr) -> Self {
        let request = Request {
            port: question.ports.https,
            address: ip,
            client: Client::Known(ip),
            ..Request::get(host, b"/").over_tls()
        };
        let request = match question.connect.tls {
            Some(given) => Request {
                address: dial::unspecified(given.is_ipv6()),
                client: Client::UnknownPublic,
                ..request
            },
            None => request,
        };
        let trace = route_briefly(question.http, &request, question.file_system);
        let here = SocketAddr::new(ip, question.ports.https);
        Self {
            name: number,
            host: host.to_vec(),
            address: question.connect.tls.unwrap_or(here),
            server: trace.certificate_of,
            chooses: expected::chooses(question.http, &trace),
            listen: trace.socket.and_then(|id| dial::listen(question.http, id)),
            fails_as_predicted: matches!(trace.answer, Answer::TlsError | Answer::Refused),
        }
    }
}

/// The host to shake hands for; `None` if no client asks for such a name.
fn host(name: &NameVerdict<'_>) -> Option<Vec<u8>> {
    let text = &*name.name.text;
    match name.name.server_name.kind {
        ServerNameKind::Exact | ServerNameKind::LeadingDot if !text.is_empty() => {
            Some(text.to_vec())
        }
        ServerNameKind::LeadingWildcard => Some([b"a-name", &text[1..]].concat()),
        _ => None,
    }
}

/// Shakes all the hands; what comes of it is in their order.
pub(crate) fn shake_all(wanted: &[Wanted], patience: &Patience) -> Vec<[Handshake; 2]> {
    at_once(AT_ONCE, wanted, |one| {
        [Version::Tls12, Version::Tls13].map(|version| {
            if patience.is_over() {
                return Handshake::NotAsked;
            }
            let shaken = shake(one.address, &one.host, version);
            if shaken == Handshake::TimedOut {
                patience.waited_in_vain();
            }
            shaken
        })
    })
}

/// What the handshakes say.
pub(crate) fn understood(
    question: &Question<'_, '_>,
    wanted: &Wanted,
    shaken: [Handshake; 2],
) -> Shown {
    // Only such a server may get on with others.
    let [tls12, tls13] = shaken.map(|shaken| match shaken {
        Handshake::NothingInCommon(why) if !wanted.chooses || wanted.fails_as_predicted => {
            Handshake::Refused(why)
        }
        shaken => shaken,
    });
    let sent = [&tls13, &tls12].into_iter().find_map(|shaken| match shaken {
        Handshake::Done(sent) => Some(sent.clone()),
        _ => None,
    });
    let sent = sent.unwrap_or_default();
    let leaf = sent.first().and_then(|der| Certificate::of_der(der)).map(Arc::new);
    let own: Vec<_> = wanted.server.map(|id| certificates(question, id)).unwrap_or_default();
    let files = own.iter().filter_map(|one| path(question, *one)).collect();
    let held = match &leaf {
        Some(leaf) => held(question, leaf, &sent, &own),
        None => Held::NotCompared("nothing was shown".to_owned()),
    };
    Shown {
        address: wanted.address,
        listen: wanted.listen,
        has_issuer: leaf.as_ref().is_some_and(|leaf| has_issuer(leaf, &sent)),
        sent: sent.len(),
        leaf,
        files,
        at: own.first().map(|one| one.head_span()),
        held,
        fails_as_predicted: wanted.fails_as_predicted,
        tls12,
        tls13,
    }
}

/// The directives that name a server's certificates.
fn certificates<'c>(question: &Question<'_, 'c>, id: ServerId) -> Vec<Directive<'c>> {
    let http = question.http;
    http.effective_all(http.server(id), name::SSL_CERTIFICATE).collect()
}

fn path(question: &Question<'_, '_>, directive: Directive<'_>) -> Option<PathBuf> {
    let path = evidence::path_of(question.http.config, directive)?;
    Some(PathBuf::from(OsStr::from_bytes(&path)))
}

fn chain<'q>(question: &Question<'q, '_>, directive: Directive<'_>) -> Option<&'q Chain> {
    question.evidence.chain(question.http.config, directive)
}

/// Whether the certificate of the issuer comes along, or there is none.
fn has_issuer(leaf: &Certificate, sent: &[Vec<u8>]) -> bool {
    let is_issuer = |der: &Vec<u8>| {
        Certificate::of_der(der).is_some_and(|other| leaf.is_issued_by(&other) != Issued::No)
    };
    leaf.is_self_issued() || sent[1..].iter().any(is_issuer)
}

fn held(
    question: &Question<'_, '_>,
    leaf: &Certificate,
    sent: &[Vec<u8>],
    own: &[Directive<'_>],
) -> Held {
    let chains = || own.iter().filter_map(|one| chain(question, *one));
    if let Some(same) = chains().find(|chain| chain.leaf().der == leaf.der) {
        let mut in_file = same.certificates.iter().map(|one| &*one.der);
        let is_same = same.certificates.len() == sent.len()
            && sent.iter().all(|der| in_file.next() == Some(&**der));
        let in_file = same.certificates.len();
        return if is_same { Held::Same } else { Held::OtherChain { in_file } };
    }
    let is_newer = |chain: &&Chain| {
        let other = chain.leaf();
        other.not_before > leaf.not_before && is_for_the_same(other, leaf)
    };
    if let Some(newer) = chains().find(is_newer) {
        return Held::Older { by: newer.leaf().not_before - leaf.not_before };
    }
    if let Some(unread) = own.iter().find_map(|one| unread(question, *one)) {
        return unread;
    }
    match of_other(question, leaf) {
        Some(other) => other,
        None if own.is_empty() => Held::NotCompared("no file is known for it".to_owned()),
        None => Held::InNoFile,
    }
}

/// Whether two certificates are for the same names, or one name in common.
fn is_for_the_same(one: &Certificate, other: &Certificate) -> bool {
    one.dns_names.iter().any(|name| other.dns_names.contains(name))
        || one.dns_names.is_empty() && one.subject.is(&other.subject)
}

/// The same certificate in a file of another server.
fn of_other(question: &Question<'_, '_>, leaf: &Certificate) -> Option<Held> {
    let http = question.http;
    let all = http.servers().flat_map(|(id, _)| certificates(question, id));
    all.into_iter().find_map(|directive| {
        let same = chain(question, directive).filter(|chain| chain.leaf().der == leaf.der);
        same.and_then(|_| {
            Some(Held::OfOther { file: path(question, directive)?, at: directive.head_span() })
        })
    })
}

/// What there is to say of a file that was not read.
fn unread(question: &Question<'_, '_>, directive: Directive<'_>) -> Option<Held> {
    let because = |why: String| Some(Held::NotCompared(why));
    let Some(path) = path(question, directive) else {
        return because("the path of its file has variables".to_owned());
    };
    match &question.evidence.file(question.http.config, directive)?.state {
        PemState::Read(_) => None,
        PemState::Missing | PemState::Dangling(_) => {
            because(format!("{} is not there any more", path.display()))
        }
        PemState::NotAFile(_) => because(format!("{} is no file", path.display())),
        PemState::Unreadable(Reason::PermissionDenied) => Some(Held::Closed(path)),
        PemState::Unreadable(why) => because(format!("{}: {why}", path.display())),
    }
}
