use std::path::PathBuf;

use model::{Directive, ServerId};
use parser::Span;

use crate::{
    challenge::Challenge,
    dns::Dns,
    names::Name,
    plugin::Unseen,
    settings::Settings,
    token::{TokenShape, abridged},
};

/// What the certificate authority would conclude for every name.
#[derive(Clone, Debug, Default)]
pub struct Verdicts<'c> {
    /// What they rest on besides the configuration.
    pub settings: Settings,
    /// The names in nginx's order.
    pub names: Vec<NameVerdict<'c>>,
    /// Names that clients renew and no server has: their challenges come to default servers.
    pub unserved: Vec<NameVerdict<'c>>,
    /// What DNS says of them; `None` if it was not asked.
    pub dns: Option<Dns>,
}

impl Verdicts<'_> {
    /// Takes in what DNS says: a family for which a name has no address does not matter to it.
    pub fn join(&mut self, dns: Dns) {
        for verdict in &mut self.names {
            let Some(asked) = dns.of(&verdict.name.text) else { continue };
            let is_left = |family: &FamilyVerdict<'_>| !asked.is_without(family.is_ipv6);
            if verdict.families.iter().any(is_left) {
                verdict.families.retain(is_left);
            }
        }
        self.dns = Some(dns);
    }
}

/// A name and how its challenge ends over each address family it is served on.
#[derive(Clone, Debug)]
pub struct NameVerdict<'c> {
    /// The name.
    pub name: Name<'c>,
    /// IPv4 first. If no challenge is made for the name, the one verdict says why.
    pub families: Vec<FamilyVerdict<'c>>,
    /// Every server that has a part in one of the challenges.
    pub servers: Vec<ServerId>,
}

/// How a challenge ends over one address family.
#[derive(Clone, Debug)]
pub struct FamilyVerdict<'c> {
    /// Whether it is IPv6.
    pub is_ipv6: bool,
    /// How it ends.
    pub verdict: Verdict<'c>,
    /// The way; of a challenge that passes only with [`verdicts_in_full`](crate::verdicts_in_full).
    pub challenge: Option<Challenge<'c>>,
}

/// How a challenge ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'c> {
    /// The key authorization comes back.
    Passes(KeyAuthorization<'c>),
    /// It does not.
    Fails(Cause),
    /// No HTTP-01 challenge is made for the name.
    NotHttp01 {
        /// Why, in one sentence without a full stop.
        because: &'static str,
        /// The directive that makes it so.
        at: Option<Directive<'c>>,
    },
    /// It cannot be known.
    Unknown {
        /// Why, in one sentence without a full stop.
        because: String,
        /// The directive that makes it so.
        at: Option<Directive<'c>>,
    },
}

/// Where the text comes from that the validator wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAuthorization<'c> {
    /// From a file.
    File {
        /// Its path, with [`TOKEN`](crate::TOKEN) for the token.
        path: PathBuf,
        /// Whether the path starts at a prefix that is only a guess.
        is_guess: bool,
    },
    /// From the configuration, which puts the thumbprint of an account behind every token.
    Stateless(Directive<'c>),
    /// From a client that listens, as long as it orders, where this directive leads.
    Client(Directive<'c>),
    /// From this server, into which certbot's plugin for nginx writes it while it orders.
    Plugin(Directive<'c>),
    /// From nginx's ACME module, set up by this directive.
    AcmeModule(Directive<'c>),
}

/// What the validator gets instead of the key authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody accepts the connection to which a redirect leads: only the first one falls back from
    /// IPv6 to IPv4.
    Refused,
    /// The connection is closed without an answer.
    Closed,
    /// The TLS handshake fails.
    TlsError,
    /// This status.
    Status(u16),
    /// A text that cannot be the key authorization.
    WrongBody,
    /// Something else, because a redirect on the way loses the token.
    TokenLost,
    /// Whatever another server makes of it, because everything is handed on to one.
    Backend,
    /// Whatever a client makes of another path: it is handed on to one, but not as it came.
    PathChanged {
        /// The path that the client gets, with [`TOKEN`](crate::TOKEN) for the token.
        to: Vec<u8>,
    },
    /// A redirect that it does not follow, for the reason given here.
    Redirect(String),
    /// No answer from the client: nginx hands the challenge on to another port.
    OtherPort {
        /// The port to which nginx hands it on.
        proxied: u16,
        /// The port on which the client listens.
        client: u16,
    },
    /// Whatever nginx makes of it: it keeps the client from listening by itself.
    PortTaken {
        /// Whether the client gives up because it cannot listen at all; else it waits in vain where
        /// nobody asks.
        gives_up: bool,
        /// The directory from which nginx would serve the token, if there is one.
        served: Option<PathBuf>,
    },
    /// A file would be served, but not the one that the ACME client writes.
    WebRootMismatch {
        /// Where nginx looks.
        served: PathBuf,
        /// Where the client puts it.
        placed: PathBuf,
    },
    /// The answer of something else: acme.sh inserts a location that nginx never gets to.
    InsertedInVain {
        /// Whether acme.sh finds a place for the location; else it gives up.
        is_found: bool,
        /// What comes in its place.
        instead: Box<Self>,
    },
    /// The answer of something else: certbot's plugin for nginx does not see the server.
    Unseen {
        /// Why not.
        why: Unseen,
        /// What hides it.
        at: Span,
        /// What comes in its place.
        instead: Box<Self>,
    },
    /// It depends on the token: others pass.
    SomeTokens {
        /// The tokens that do not.
        like: TokenShape,
        /// How the challenge for one of them fails.
        cause: Box<Self>,
    },
}

impl Cause {
    /// The same for a single token, where it depends on the token.
    pub fn for_one_token(&self) -> &Self {
        match self {
            Self::SomeTokens { cause, .. } => cause.for_one_token(),
            cause => cause,
        }
    }

    /// What the certificate authority gets, in a few words: "403", "whatever the backend says".
    pub fn words(&self) -> String {
        match self {
            Self::Refused => "a refused connection".to_owned(),
            Self::Closed => "a closed connection".to_owned(),
            Self::TlsError => "a failed TLS handshake".to_owned(),
            Self::Status(status) => status.to_string(),
            Self::WrongBody => "a fixed text instead of the token".to_owned(),
            Self::TokenLost => "another page, because a redirect loses the path".to_owned(),
            Self::Backend => "whatever the backend says".to_owned(),
            Self::PathChanged { to } => {
                let to = abridged(&to.escape_ascii().to_string());
                format!("whatever a client answers to {to}")
            }
            Self::WebRootMismatch { served, placed } => abridged(&format!(
                "nothing, because it looks for {}, and the client writes {}",
                served.display(),
                placed.display()
            )),
            Self::OtherPort { proxied, client } => {
                format!("nothing from port {proxied}, while the ACME client listens on {client}")
            }
            Self::PortTaken { gives_up: true, .. } => {
                "nothing, because the ACME client cannot listen while nginx does".to_owned()
            }
            Self::PortTaken { gives_up: false, .. } => {
                "nginx's own answer, and the ACME client is not asked".to_owned()
            }
            Self::Unseen { why: Unseen::HttpElsewhere, .. } => {
                "nothing, because certbot finds no place to write its answer into".to_owned()
            }
            Self::InsertedInVain { is_found: true, instead } | Self::Unseen { instead, .. } => {
                instead.words()
            }
            Self::InsertedInVain { is_found: false, .. } => {
                "nothing, because acme.sh finds no server to write its answer into".to_owned()
            }
            Self::SomeTokens { like, cause } => {
                format!("{} for {}", cause.words(), like.words())
            }
            Self::Redirect(why) => format!("a redirect that it does not follow: {why}"),
        }
    }
}
