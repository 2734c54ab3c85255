//! What was asked, what the model had said, and what came back.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use evidence::Certificate;
use model::Answer;
use parser::Span;

use crate::{exchange::Reply, tls::Handshake, token::abridged};

/// What came of asking.
#[derive(Debug, Default)]
pub struct Probed {
    /// The names, in the order in which they were given.
    pub names: Vec<ProbedName>,
    /// What an earlier run had left behind that was killed; it is gone now.
    pub left_before: Vec<PathBuf>,
    /// What an earlier run had left behind that is not where it was put, and the file that keeps it
    /// in mind.
    pub misplaced: Vec<(PathBuf, PathBuf)>,
    /// What could not be removed, and why.
    pub left_now: Vec<(PathBuf, String)>,
    /// The files that have changed since nginx read them; empty unless something differs.
    pub changed: Vec<PathBuf>,
    /// The program that reads the configuration, as far as it is seen.
    pub nginx: Seen,
}

/// What is seen of nginx among the processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// It runs.
    Runs,
    /// None does.
    Nowhere,
    /// It was not looked for, or cannot be told.
    #[default]
    Unknown,
}

/// What came of asking for a name.
#[derive(Debug)]
pub struct ProbedName {
    /// The name, fit for a report.
    pub text: String,
    /// What is there to be fetched.
    pub token: Token,
    /// The challenge, once for each socket that was asked.
    pub ways: Vec<ProbedWay>,
    /// The certificates shown for it, once for each socket that was asked.
    pub shown: Vec<Shown>,
    /// Where nothing was asked, and why.
    pub not_asked: Vec<String>,
}

/// What is there to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A file in this directory, as the machine calls it.
    In(PathBuf),
    /// None, for this reason: that is as it should be.
    NotNeeded(String),
    /// None, since no challenge is made for the name, for this reason.
    NoChallenge(String),
    /// None, for this reason: it could not be written.
    NotWritten {
        /// Where it should be.
        directory: PathBuf,
        /// Why it is not.
        because: String,
        /// Whether another user may write there.
        is_for_root: bool,
    },
}

/// A challenge over one socket.
#[derive(Clone, Debug)]
pub struct ProbedWay {
    /// Whether it is IPv6.
    pub is_ipv6: bool,
    /// Whether the model says that the challenge of an authority fails.
    pub is_to_fail: bool,
    /// The requests.
    pub hops: Vec<ProbedHop>,
    /// How it ends.
    pub end: End,
}

/// A request.
#[derive(Clone, Debug)]
pub struct ProbedHop {
    /// What is asked for.
    pub url: String,
    /// Who was dialled.
    pub address: SocketAddr,
    /// What the model says.
    pub predicted: Predicted,
    /// The directive that makes it so.
    pub at: Option<Span>,
    /// The `listen` of the socket.
    pub listen: Option<Span>,
    /// What came back.
    pub reply: Reply,
    /// Whether that is what the model says; `None` if it says nothing that can be compared.
    pub agrees: Option<bool>,
}

/// What the model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicted {
    /// The text of the token.
    Token,
    /// Another file.
    File(PathBuf),
    /// Whatever another server says.
    Backend(String),
    /// A redirect.
    Redirect {
        /// Its status.
        status: u16,
        /// Where it leads.
        to: Vec<u8>,
    },
    /// A status.
    Status {
        /// It.
        status: u16,
        /// The text, where the configuration fixes it.
        body: Option<Vec<u8>>,
    },
    /// The connection is closed.
    Close,
    /// Nothing listens.
    Refused,
    /// The handshake fails.
    TlsError,
    /// It cannot be known.
    Unknown(String),
}

/// How a challenge ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With the text that stands in the file.
    Passes,
    /// With anything else.
    Fails,
    /// As the configuration says, where there is no file to be fetched, or it cannot be known.
    WithoutFile,
    /// At a redirect to this URL, whose host is not served here: nobody else is asked.
    LeadsAway(String),
    /// At a redirect that is not followed, for this reason.
    Stopped(String),
    /// Nowhere, for this reason.
    NotAsked(NoAnswer),
}

/// Why there is no answer that says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// Too many others had not been answered in time.
    OutOfTime,
    /// Requests are limited, and this status came each time.
    Limited(u16),
    /// There is no cipher or curve over which this program and the server could agree on keys.
    NothingInCommon,
}

/// A certificate that is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Who was dialled.
    pub address: SocketAddr,
    /// The `listen` of the socket.
    pub listen: Option<Span>,
    /// What came of TLS 1.2.
    pub tls12: Handshake,
    /// What came of TLS 1.3.
    pub tls13: Handshake,
    /// The certificate itself, if there is one that is understood.
    pub leaf: Option<Arc<Certificate>>,
    /// How many certificates were sent.
    pub sent: usize,
    /// Whether the certificate of its issuer is among them.
    pub has_issuer: bool,
    /// The files of the server that should show one of them.
    pub files: Vec<PathBuf>,
    /// The directive that names the first of the files.
    pub at: Option<Span>,
    /// Against these files.
    pub held: Held,
    /// Whether the model says that the handshake fails.
    pub fails_as_predicted: bool,
}

/// A certificate that is shown, held against the files on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is that of the file, with all that the file has.
    Same,
    /// It is that of the file, but so many others stand in the file as come with it or not.
    OtherChain {
        /// How many certificates the file has.
        in_file: usize,
    },
    /// The file has a newer one for the same names.
    Older {
        /// So many seconds newer.
        by: i64,
    },
    /// It is in the file of another server.
    OfOther {
        /// That file.
        file: PathBuf,
        /// Where it is named.
        at: Span,
    },
    /// It is in none of the files.
    InNoFile,
    /// It was not compared, for this reason.
    NotCompared(String),
    /// It was not compared, since this user may not read the file.
    Closed(PathBuf),
}

impl Probed {
    /// Everything that was asked for challenges, with its name.
    pub fn ways(&self) -> impl Iterator<Item = (&ProbedName, &ProbedWay)> {
        self.names.iter().flat_map(|name| name.ways.iter().map(move |way| (name, way)))
    }

    /// Every certificate that was shown, with its name.
    pub fn shown(&self) -> impl Iterator<Item = (&ProbedName, &Shown)> {
        self.names.iter().flat_map(|name| name.shown.iter().map(move |shown| (name, shown)))
    }

    /// Whether anything is not as the configuration says.
    pub fn differs(&self) -> bool {
        self.ways().any(|(_, way)| way.difference().is_some())
            || self.shown().any(|(_, shown)| shown.differs())
    }

    /// Whether something was to be asked and could not be, or is left behind.
    pub fn is_incomplete(&self) -> bool {
        let is_not_written = |name: &ProbedName| matches!(name.token, Token::NotWritten { .. });
        !self.left_now.is_empty()
            || self.names.iter().any(is_not_written)
            || self.ways().any(|(_, way)| match way.end {
                End::NotAsked(why) => why != NoAnswer::NothingInCommon,
                _ => false,
            })
            || self.shown().any(|(_, shown)| {
                shown.tls12 == Handshake::NotAsked || matches!(shown.held, Held::Closed(_))
            })
    }
}

impl ProbedHop {
    /// What is asked for, without the name of the token.
    pub fn short_url(&self) -> String {
        abridged(&self.url)
    }
}

impl ProbedWay {
    /// The first request whose answer is not what the model says.
    pub fn difference(&self) -> Option<&ProbedHop> {
        self.hops.iter().find(|hop| hop.agrees == Some(false))
    }
}

impl NoAnswer {
    /// It in words, after "not asked: ".
    pub fn words(self) -> String {
        match self {
            Self::OutOfTime => "too many others were not answered in time".to_owned(),
            Self::Limited(status) => {
                format!("limited: `limit_req` or `limit_conn` answers with {status}")
            }
            Self::NothingInCommon => {
                "this program and the server have no cipher or curve in common".to_owned()
            }
        }
    }
}

impl Shown {
    /// Whether it is not what the files say.
    pub fn differs(&self) -> bool {
        let is_other = matches!(
            self.held,
            Held::OtherChain { .. } | Held::Older { .. } | Held::OfOther { .. } | Held::InNoFile
        );
        self.leaf.is_some() && is_other
    }
}

impl Predicted {
    /// What the model says, with the file of a token told apart from others.
    pub(crate) fn of(answer: &Answer<'_>, token: Option<&str>) -> Self {
        match answer {
            Answer::File { path, .. } => {
                let is_token = path.file_name().is_some_and(|name| {
                    token.is_some_and(|token| name.as_encoded_bytes() == token.as_bytes())
                });
                if is_token { Self::Token } else { Self::File(path.clone()) }
            }
            Answer::Proxy { to, .. } => Self::Backend(to.escape_ascii().to_string()),
            Answer::Redirect { status, to } => Self::Redirect { status: *status, to: to.clone() },
            Answer::Status { status, body } => Self::Status { status: *status, body: body.clone() },
            Answer::Close => Self::Close,
            Answer::Refused => Self::Refused,
            Answer::TlsError => Self::TlsError,
            Answer::Unknown { because, .. } => Self::Unknown(because.clone()),
        }
    }

    /// The same in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Token => "the token".to_owned(),
            Self::File(path) => format!("the file {}", abridged(&path.display().to_string())),
            Self::Backend(to) => format!("whatever {to} says"),
            Self::Redirect { status, to } => {
                format!("{status} to {}", short(to))
            }
            Self::Status { status, .. } => status.to_string(),
            Self::Close => "a closed connection".to_owned(),
            Self::Refused => "a refused connection".to_owned(),
            Self::TlsError => "a failed TLS handshake".to_owned(),
            Self::Unknown(because) => format!("nothing, since {because}"),
        }
    }
}

impl Reply {
    /// What came back, in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Response(response) => match (&response.location, response.status) {
                (Some(to), 300..400) => {
                    format!("{} to {}", response.status, short(to))
                }
                _ => response.status.to_string(),
            },
            Self::NothingListens => "a refused connection".to_owned(),
            Self::Closed => "a closed connection".to_owned(),
            Self::TlsFailed(why) | Self::NothingInCommon(why) => {
                format!("a failed TLS handshake ({why})")
            }
            Self::TimedOut => "nothing within the time limit".to_owned(),
            Self::NotHttp => "something that is not HTTP".to_owned(),
            Self::Unreachable(why) => format!("no connection ({why})"),
            Self::NotAsked => "nothing, since it was not asked".to_owned(),
        }
    }

    /// The program that answers, if it is not nginx by its own words.
    pub fn other_server(&self) -> Option<String> {
        let Self::Response(response) = self else { return None };
        let server = short(response.server.as_deref()?);
        let kin = ["nginx", "openresty", "angie", "tengine", "freenginx"];
        let lower = server.to_ascii_lowercase();
        (!kin.iter().any(|name| lower.contains(name))).then_some(server)
    }
}

/// What somebody else has written, fit for a sentence.
fn short(text: &[u8]) -> String {
    /// A URL of a challenge has less than that.
    const MOST: usize = 200;
    let text = abridged(&text.escape_ascii().to_string());
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
