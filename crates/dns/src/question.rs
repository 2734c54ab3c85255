//! Questions and their answers, each asked once in a run.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use acme::dns::{Failure, FailureKind, is_public_address};
use futures_util::{StreamExt, stream::FuturesUnordered};
use hickory_proto::{
    op::{DnsResponse, ResponseCode},
    rr::{
        Name, RData, RecordType,
        rdata::opt::{EdnsCode, EdnsOption},
    },
};
use tokio::{sync::OnceCell, time::timeout};

use crate::{
    Unanswered,
    exchange::{self, Checking, Silence},
    servers::Servers,
};

/// Everything that is asked in a run.
pub(crate) struct Questions {
    /// The servers that answer.
    servers: Vec<SocketAddr>,
    /// Whether one of them knows the servers of the root, as every resolver of the Internet does.
    pub(crate) knows_root: bool,
    answers: Mutex<HashMap<(Name, RecordType), Answered>>,
}

/// What comes back, once it has.
type Answered = Arc<OnceCell<Reply>>;

/// What comes back for a question.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// An answer, which may be that there is nothing.
    Said(Said),
    /// A failure.
    Failed(Failure),
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Whether there is no such name, be it the one asked for or the last of the aliases.
    pub(crate) is_no_name: bool,
    /// The names that the one asked for is an alias for.
    pub(crate) aliases: Vec<Name>,
    /// What there is.
    pub(crate) data: Vec<RData>,
    /// The zone in which there is nothing.
    pub(crate) zone: Option<Name>,
}

/// So long others are waited for when one server has answered.
const GRACE: Duration = Duration::from_millis(500);

/// More aliases than this are a loop.
const MOST_ALIASES: usize = 16;

impl Questions {
    /// Finds out which of the servers answer. Says, too, whether the first of them checks signatures.
    ///
    /// # Errors
    ///
    /// If none does.
    pub(crate) async fn begin(servers: &Servers) -> Result<(Self, Option<bool>), Unanswered> {
        let ask = |(number, server): (usize, &SocketAddr)| {
            let server = *server;
            async move {
                let root = Name::root();
                let answer = exchange::ask(server, &root, RecordType::NS, Checking::Usual).await;
                (number, server, answer)
            }
        };
        let mut all: FuturesUnordered<_> = servers.addresses.iter().enumerate().map(ask).collect();
        let (mut why, mut knows_root) = (String::new(), false);
        let mut alive: Vec<(usize, SocketAddr, Option<bool>)> = Vec::new();
        loop {
            // Once there is somebody to ask, the others do not matter so much.
            let next = if alive.is_empty() {
                all.next().await
            } else {
                timeout(GRACE, all.next()).await.unwrap_or(None)
            };
            let Some((number, server, answer)) = next else { break };
            match answer {
                Ok(answer) => {
                    let is_fine = answer.response_code == ResponseCode::NoError;
                    knows_root |= is_fine && !answer.answers.is_empty();
                    alive.push((number, server, is_fine.then_some(answer.authentic_data)));
                }
                Err(silence) if why.is_empty() => {
                    let silence = match silence {
                        Silence::TimedOut => "no answer in 6 seconds".to_owned(),
                        Silence::Network(why) => why,
                    };
                    why = format!("{server}: {silence}");
                }
                Err(_) => {}
            }
        }
        alive.sort_unstable_by_key(|(number, ..)| *number);
        if alive.is_empty() {
            return Err(Unanswered::Silent(why));
        }
        let validates = alive[0].2;
        let servers = alive.into_iter().map(|(_, server, _)| server).collect();
        Ok((Self { servers, knows_root, answers: Mutex::default() }, validates))
    }

    /// Who answers, in words.
    pub(crate) fn in_words(&self) -> String {
        let names: Vec<_> = self.servers.iter().map(SocketAddr::to_string).collect();
        names.join(", ")
    }

    /// Whether all who answer are of the public Internet.
    pub(crate) fn is_public(&self) -> bool {
        self.servers.iter().map(SocketAddr::ip).all(|address: IpAddr| is_public_address(address))
    }

    /// Whether nobody wants to answer anything.
    pub(crate) fn are_all_refused(&self) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_refused = |reply: &Reply| {
            matches!(reply, Reply::Failed(Failure { kind: FailureKind::Refused, .. }))
        };
        let mut given = answers.values().filter_map(|cell| cell.get()).peekable();
        given.peek().is_some() && given.all(is_refused)
    }

    /// What is said to a question.
    pub(crate) async fn ask(&self, name: &Name, kind: RecordType) -> Reply {
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((name.clone(), kind)).or_default())
        };
        cell.get_or_init(|| self.ask_anew(name, kind)).await.clone()
    }

    async fn ask_anew(&self, name: &Name, kind: RecordType) -> Reply {
        let failed = |kind_of_failure, said| {
            Reply::Failed(Failure {
                record: word(kind),
                name: text(name),
                kind: kind_of_failure,
                said,
            })
        };
        let response = match self.exchange(name, kind, Checking::Usual).await {
            Ok(response) => response,
            Err(Silence::TimedOut) => return failed(FailureKind::TimedOut, None),
            Err(Silence::Network(why)) => return failed(FailureKind::Network(why), None),
        };
        let said = extended(&response);
        match response.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => {
                Reply::Said(Said::of(name, kind, &response))
            }
            ResponseCode::Refused => failed(FailureKind::Refused, said),
            ResponseCode::ServFail => {
                // Whoever answers without a look at the signatures has found them wrong.
                let again = self.exchange(name, kind, Checking::Disabled).await;
                let is_broken = again.is_ok_and(|again| {
                    matches!(again.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
                });
                let kind =
                    if is_broken { FailureKind::Signatures } else { FailureKind::ServerFailure };
                failed(kind, said)
            }
            code => failed(FailureKind::Code(code.to_string()), said),
        }
    }

    /// The response of the first server that does not refuse.
    async fn exchange(
        &self,
        name: &Name,
        kind: RecordType,
        checking: Checking,
    ) -> Result<DnsResponse, Silence> {
        let mut last = Err(Silence::TimedOut);
        for server in &self.servers {
            last = exchange::ask(*server, name, kind, checking).await;
            match &last {
                Ok(response) if response.response_code != ResponseCode::Refused => break,
                // The others have answered before; one more is enough of waiting.
                Err(Silence::TimedOut) => break,
                _ => {}
            }
        }
        last
    }
}

impl Said {
    fn of(name: &Name, kind: RecordType, response: &DnsResponse) -> Self {
        let mut owner = name.clone();
        let mut aliases: Vec<Name> = Vec::new();
        while aliases.len() < MOST_ALIASES {
            let next = response.answers.iter().find_map(|record| match &record.data {
                RData::CNAME(target) if record.name == owner => Some(target.0.clone()),
                _ => None,
            });
            let Some(next) = next else { break };
            owner = next.clone();
            aliases.push(next);
        }
        let of_owner = response
            .answers
            .iter()
            .filter(|record| record.name == owner && record.record_type() == kind);
        let soa = response.authorities.iter().find(|one| one.record_type() == RecordType::SOA);
        Self {
            is_no_name: response.response_code == ResponseCode::NXDomain,
            aliases,
            data: of_owner.map(|record| record.data.clone()).collect(),
            zone: soa.map(|record| record.name.clone()),
        }
    }
}

/// A name as people write it: in lower case, without the dot at its end.
pub(crate) fn text(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    let text = text.strip_suffix('.').unwrap_or(&text);
    text.chars().flat_map(char::escape_default).collect()
}

fn word(kind: RecordType) -> &'static str {
    match kind {
        RecordType::A => "A",
        RecordType::AAAA => "AAAA",
        RecordType::CAA => "CAA",
        RecordType::NS => "NS",
        _ => "record",
    }
}

/// What an extended error says (RFC 8914): its meaning, and the words of the resolver.
fn extended(response: &DnsResponse) -> Option<String> {
    /// The option's number.
    const EXTENDED: u16 = 15;
    /// Longer words than this are cut.
    const MOST: usize = 160;
    let options = response.edns.as_ref()?.options();
    let Some(EdnsOption::Unknown(_, bytes)) = options.get(EdnsCode::Unknown(EXTENDED)) else {
        return None;
    };
    let (code, words) = bytes.split_at_checked(2)?;
    let code = u16::from_be_bytes([code[0], code[1]]);
    let words: String = String::from_utf8_lossy(words).trim().chars().take(MOST).collect();
    let words: String = words.chars().filter(|letter| !letter.is_control()).collect();
    let meaning = match code {
        1 => "unsupported DNSKEY algorithm",
        2 => "unsupported DS digest type",
        5 => "DNSSEC indeterminate",
        6 => "DNSSEC bogus",
        7 => "signature expired",
        8 => "signature not yet valid",
        9 => "DNSKEY missing",
        10 => "RRSIGs missing",
        11 => "no zone key bit set",
        12 => "NSEC missing",
        14 => "not ready",
        15 => "blocked",
        16 => "censored",
        17 => "filtered",
        18 => "prohibited",
        20 => "not authoritative",
        22 => "no reachable authority",
        23 => "network error",
        24 => "invalid data",
        _ => "",
    };
    match (meaning, &*words) {
        ("", "") => None,
        ("", words) => Some(words.to_owned()),
        (meaning, "") => Some(meaning.to_owned()),
        (meaning, words) => Some(format!("{meaning}: {words}")),
    }
}
