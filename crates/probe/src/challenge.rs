//! Challenges as an authority makes them, but to this machine: asked, followed, and held against the
//! model at every step.

use std::{
    mem,
    net::{IpAddr, SocketAddr},
    thread,
    time::Duration,
};

use acme::{NameVerdict, PATH, Verdict};
use model::{Client, Http, Request, Scheme, VALIDATOR_USER_AGENT, at_once};

use crate::{
    Question, compare, dial,
    exchange::{Exchange, Reply, exchange},
    expected::Expected,
    patience::{AT_ONCE, Patience},
    probed::{End, NoAnswer, ProbedHop, ProbedWay},
    token::Token,
};

/// A validator follows this many redirects.
const MOST_REDIRECTS: usize = 10;

/// A challenge on its way.
pub(crate) struct Way<'w> {
    /// The number of its name.
    pub(crate) name: usize,
    /// The token that is there, if one is.
    token: Option<&'w Token>,
    host: &'w [u8],
    is_ipv6: bool,
    is_to_fail: bool,
    request: Request,
    expected: Expected,
    /// Who is dialled next.
    address: SocketAddr,
    hops: Vec<ProbedHop>,
    seen: Vec<Request>,
    end: Option<End>,
}

impl<'w> Way<'w> {
    /// The challenges for a name, one for each socket, and why others are not asked.
    pub(crate) fn all(
        question: &Question<'_, '_>,
        (number, name): (usize, &'w NameVerdict<'_>),
        (token, unused): (Option<&'w Token>, &Token),
    ) -> (Vec<Self>, Vec<String>) {
        let host = &*name.name.text;
        let (mut ways, mut reasons) = (Vec::new(), Vec::new());
        for family in &name.families {
            let is_ipv6 = family.is_ipv6;
            let (mut found, mut why) = match question.connect.plain {
                Some(given) if given.is_ipv6() == is_ipv6 => (vec![given.ip()], Vec::new()),
                Some(_) => (Vec::new(), Vec::new()),
                None => dial::addresses(question.http, host, question.ports.http, is_ipv6),
            };
            if found.is_empty() && why.is_empty() && !is_ipv6 && question.connect.plain.is_none() {
                // Another program may be there.
                found.push(dial::loopback(false));
            }
            reasons.append(&mut why);
            ways.extend(found.into_iter().map(|ip| {
                let target = [PATH, &token.unwrap_or(unused).name].concat();
                let request =
                    Request { port: question.ports.http, ..Request::get(host, target.as_bytes()) };
                let mut request = Request { headers: fields().into(), ..request };
                let address = dial(question, &mut request, ip);
                Way {
                    name: number,
                    token,
                    host,
                    is_ipv6,
                    is_to_fail: matches!(family.verdict, Verdict::Fails(_)),
                    expected: expected(question, &request, token),
                    address,
                    request,
                    hops: Vec::new(),
                    seen: Vec::new(),
                    end: None,
                }
            }));
        }
        (ways, reasons)
    }

    fn exchange(&self) -> Exchange {
        let tls = (self.request.scheme == Scheme::Https).then(|| self.request.host.clone());
        Exchange { address: self.address, tls, bytes: bytes(&self.request) }
    }

    /// Takes in a reply, and goes on or comes to an end.
    fn take(&mut self, question: &Question<'_, '_>, reply: Reply) {
        let reply = self.expected.understood(reply);
        let text = self.token.map(|token| &*token.text);
        let limit = self.expected.limit(&reply);
        let agrees = match limit {
            None => compare::agrees(&self.expected.predicted, &reply, &self.request, text),
            Some(_) => None,
        };
        self.hops.push(ProbedHop {
            url: self.request.url().to_string(),
            address: self.address,
            predicted: self.expected.predicted.clone(),
            at: self.expected.at,
            listen: self.expected.listen,
            reply,
            agrees,
        });
        let next = match limit {
            Some(status) => Err(End::NotAsked(NoAnswer::Limited(status))),
            None => self.next(question.http, question),
        };
        self.end = next.map(|next| self.go_on(question, next)).err();
    }

    /// Sets out for the next request.
    fn go_on(&mut self, question: &Question<'_, '_>, mut next: Request) {
        self.address = dial(question, &mut next, self.address.ip());
        self.expected = expected(question, &next, self.token);
        self.seen.push(mem::replace(&mut self.request, next));
    }

    /// The request that follows, or how it ends.
    fn next(&self, http: &Http<'_>, question: &Question<'_, '_>) -> Result<Request, End> {
        let Some(hop) = self.hops.last() else { return Err(End::NotAsked(NoAnswer::OutOfTime)) };
        let response = match &hop.reply {
            Reply::Response(response) => response,
            Reply::NotAsked => return Err(End::NotAsked(NoAnswer::OutOfTime)),
            Reply::NothingInCommon(_) => return Err(End::NotAsked(NoAnswer::NothingInCommon)),
            _ if self.token.is_none() => return Err(End::WithoutFile),
            _ => return Err(End::Fails),
        };
        let text = self.token.map(|token| &*token.text);
        let (300..400, Some(to)) = (response.status, &response.location) else {
            return Err(match self.token {
                None => End::WithoutFile,
                Some(_) if compare::is_token(response, text) => End::Passes,
                Some(_) => End::Fails,
            });
        };
        let next = acme::redirected(&self.request, response.status, to, question.ports);
        let next = next.map_err(End::Stopped)?;
        let is_known = |known: &Request| {
            (known.scheme, known.url_port) == (next.scheme, next.url_port)
                && (&known.host, &known.target) == (&next.host, &next.target)
                && known.host_field == next.host_field
        };
        if self.seen.iter().chain([&self.request]).any(is_known) {
            return Err(End::Stopped("the redirects lead in a circle".to_owned()));
        }
        if self.hops.len() > MOST_REDIRECTS {
            return Err(End::Stopped("there are more than ten redirects".to_owned()));
        }
        if next.host != self.host && !http.has_host(&next.host) {
            return Err(End::LeadsAway(next.url().to_string()));
        }
        Ok(next)
    }

    fn finish(self) -> (usize, ProbedWay) {
        let end = self.end.unwrap_or(End::NotAsked(NoAnswer::OutOfTime));
        let Self { name, is_ipv6, is_to_fail, hops, .. } = self;
        (name, ProbedWay { is_ipv6, is_to_fail, hops, end })
    }
}

/// Who is dialled for a request, and what nginx sees of that; `before` was asked last.
fn dial(question: &Question<'_, '_>, request: &mut Request, before: IpAddr) -> SocketAddr {
    let given = match request.port {
        port if port == question.ports.https => question.connect.tls,
        _ => question.connect.plain,
    };
    if let Some(given) = given {
        // What nginx sees of the connection is not known.
        request.address = dial::unspecified(given.is_ipv6());
        request.client = Client::UnknownPublic;
        return given;
    }
    let ip = dial::next(question.http, &request.host, request.port, before);
    request.address = ip;
    let source = if ip.is_loopback() { dial::loopback(ip.is_ipv6()) } else { ip };
    request.client = Client::Known(source);
    SocketAddr::new(ip, request.port)
}

fn expected(question: &Question<'_, '_>, request: &Request, token: Option<&Token>) -> Expected {
    let token = token.map(|token| &*token.name);
    Expected::of(question.http, question.file_system, request, token)
}

/// Goes all the ways, side by side, one request of each at a time. Where nginx limits requests, they
/// are made one after the other: no authority sends so many from one address.
pub(crate) fn ask_all(
    question: &Question<'_, '_>,
    mut ways: Vec<Way<'_>>,
    patience: &Patience,
) -> Vec<(usize, ProbedWay)> {
    let ask = |one: &Exchange| {
        if patience.is_over() {
            return Reply::NotAsked;
        }
        let reply = exchange(one);
        if reply == Reply::TimedOut {
            patience.waited_in_vain();
        }
        reply
    };
    let mut pauses = ALL_PAUSES;
    loop {
        let open: Vec<_> = (0..ways.len()).filter(|&at| ways[at].end.is_none()).collect();
        if open.is_empty() {
            return ways.into_iter().map(Way::finish).collect();
        }
        let (limited, free): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|&at| ways[at].expected.is_limited());
        let exchanges: Vec<_> = free.iter().map(|&at| ways[at].exchange()).collect();
        for (at, reply) in free.into_iter().zip(at_once(AT_ONCE, &exchanges, ask)) {
            ways[at].take(question, reply);
        }
        for at in limited {
            let exchange = ways[at].exchange();
            let mut reply = ask(&exchange);
            for pause in PAUSES {
                if ways[at].expected.limit(&reply).is_none() || pauses < pause {
                    break;
                }
                pauses -= pause;
                thread::sleep(pause);
                reply = ask(&exchange);
            }
            ways[at].take(question, reply);
        }
    }
}

/// So long is waited before a request that was refused by a limit is made again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];

/// So long in all.
const ALL_PAUSES: Duration = Duration::from_secs(30);

/// What a validator says of itself, and in the logs who it is in truth.
fn fields() -> Vec<(Vec<u8>, Vec<u8>)> {
    let agent = [VALIDATOR_USER_AGENT, " nginx-acme-lint"].concat().into_bytes();
    vec![
        (b"user-agent".to_vec(), agent),
        (b"accept".to_vec(), b"*/*".to_vec()),
        (b"connection".to_vec(), b"close".to_vec()),
    ]
}

/// A request as it is sent.
fn bytes(request: &Request) -> Vec<u8> {
    let mut bytes = [&*request.method, b" ", &request.target, b" HTTP/1.1\r\n"].concat();
    let host = (b"host".to_vec(), request.host_field());
    for (name, value) in std::iter::once(&host).chain(request.headers.iter()) {
        bytes.extend_from_slice(&[&**name, b": ", value, b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}
