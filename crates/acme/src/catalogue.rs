//! What certificate authorities, ACME clients, nginx, OpenSSL and browsers say when a certificate is
//! not to be had, and what may be behind it. Facts, not code: the files beside this one are tables.

mod authority_dns;
mod authority_http;
mod authority_network;
mod authority_policy;
mod authority_status;
mod browser;
mod certbot;
mod certbot_hints;
mod clients;
mod nginx;
mod nginx_requests;
mod nginx_tls;
mod openssl;
mod page;
mod problem;
mod shared;

pub use page::{page, shown};

/// A message, wherever and however often it is said.
#[derive(Debug)]
pub struct Message {
    /// What it is called: the bad news as a phrase.
    pub id: &'static str,
    /// Who says it.
    pub speakers: &'static [Speaker],
    /// How much it tells.
    pub weight: Weight,
    /// Its forms. `{url}` and the like stand for what differs each time; small and capital letters are
    /// the same, every kind of quotation mark is `"`, and a line end is a blank.
    pub patterns: &'static [&'static str],
    /// What the authority got for the challenge.
    pub seen: Seen,
    /// What has happened: lower case, no full stop.
    pub title: &'static str,
    /// What that means, in sentences.
    pub meaning: &'static str,
    /// What may be behind it, the likeliest first.
    pub causes: &'static [Why],
    /// Where the words, and what is known about them, come from.
    pub sources: &'static [&'static str],
}

/// Something that may be behind a message.
#[derive(Debug)]
pub struct Why {
    /// In which cases it may be.
    pub when: When,
    /// Where it would have to be mended.
    pub lies: Lies,
    /// What it is: lower case, no full stop.
    pub cause: &'static str,
    /// How to tell it from the others.
    pub tell: &'static str,
    /// What to do.
    pub cure: &'static str,
    /// The rules that find it.
    pub rules: &'static [&'static str],
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaker {
    /// Boulder, the software of Let's Encrypt.
    LetsEncrypt,
    /// Any other certificate authority.
    Authority,
    /// pebble, the test authority.
    Pebble,
    /// certbot.
    Certbot,
    /// acme.sh.
    AcmeSh,
    /// dehydrated.
    Dehydrated,
    /// lego, and what is built with it: Traefik, Caddy's older relatives.
    Lego,
    /// win-acme.
    WinAcme,
    /// nginx: when it starts or is tested, or in its error.log.
    Nginx,
    /// nginx's own ACME module.
    AcmeModule,
    /// OpenSSL, through whatever uses it.
    OpenSsl,
    /// Chromium and all that is made of it.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari.
    Safari,
    /// curl, wget, Python, Go, Java and other programs that verify certificates.
    Programs,
}

/// How much a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// What went wrong.
    Cause,
    /// The type of a problem, without what went wrong: counts only where nothing else is said.
    Type,
    /// That something went wrong, told elsewhere.
    Summary,
    /// Nothing that has to be mended.
    Harmless,
}

/// What the authority got for the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// This status.
    Status(u16),
    /// A status that the message names, or does not.
    AnyStatus,
    /// A text that is not the key authorization.
    WrongBody,
    /// A redirect that it does not follow.
    Redirect,
    /// A connection that was refused.
    Refused,
    /// No answer in time.
    Nothing,
    /// A connection that was closed.
    Closed,
    /// A TLS handshake that failed.
    Tls,
    /// The client could not listen for it.
    PortTaken,
    /// It is not about an answer to a challenge.
    Other,
}

/// In which cases a cause may be behind a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In all.
    Always,
    /// If the address is one of IPv6, or not known.
    Ipv6,
    /// If the URL starts with `https`: a redirect has led there.
    Https,
    /// If the URL starts with `http:`, or is not known.
    Http,
    /// If only some of the places failed from which the authority asks.
    Secondary,
    /// If the name is not one that could be in public DNS.
    PrivateName,
}

/// Where a cause lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lies {
    /// In nginx's configuration.
    Configuration,
    /// In files beside it: certificates, web roots and who may read them.
    Files,
    /// In the ACME client and its settings.
    Client,
    /// In DNS.
    Dns,
    /// Between the authority and nginx: firewalls, routers, proxies.
    Network,
    /// Behind nginx.
    Backend,
    /// At the certificate authority.
    Authority,
    /// With whoever has the message on the screen.
    Visitor,
}

/// All messages with what they are about, for lists. Where several fit the same words, the first one
/// counts.
pub static TABLES: [(&str, &[Message]); 14] = [
    ("The authority, about the status that nginx answered with", authority_status::MESSAGES),
    ("The authority, about what nginx answered", authority_http::MESSAGES),
    ("The authority, about the connection", authority_network::MESSAGES),
    ("The authority, about DNS", authority_dns::MESSAGES),
    ("The authority, about its own rules", authority_policy::MESSAGES),
    ("certbot", certbot::MESSAGES),
    ("certbot's hints and summaries", certbot_hints::MESSAGES),
    ("acme.sh, dehydrated, lego, win-acme and nginx's module", clients::MESSAGES),
    ("nginx, about TLS", nginx_tls::MESSAGES),
    ("nginx, about requests", nginx_requests::MESSAGES),
    ("nginx, about its configuration", nginx::MESSAGES),
    ("OpenSSL", openssl::MESSAGES),
    ("Browsers and other programs", browser::MESSAGES),
    ("Types of ACME problems", problem::MESSAGES),
];

/// All messages in one row.
pub fn messages() -> impl Iterator<Item = &'static Message> {
    TABLES.iter().flat_map(|(_, table)| table.iter())
}

/// The message of this id.
pub fn message(id: &str) -> Option<&'static Message> {
    messages().find(|message| message.id == id)
}

impl Message {
    /// The rules that find one of its causes, each once.
    pub fn rules(&self) -> Vec<&'static str> {
        let mut rules: Vec<&str> = Vec::new();
        for rule in self.causes.iter().flat_map(|why| why.rules) {
            if !rules.contains(rule) {
                rules.push(rule);
            }
        }
        rules
    }
}

impl Speaker {
    /// As people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LetsEncrypt => "Let's Encrypt",
            Self::Authority => "certificate authorities",
            Self::Pebble => "pebble",
            Self::Certbot => "certbot",
            Self::AcmeSh => "acme.sh",
            Self::Dehydrated => "dehydrated",
            Self::Lego => "lego",
            Self::WinAcme => "win-acme",
            Self::Nginx => "nginx",
            Self::AcmeModule => "nginx's ACME module",
            Self::OpenSsl => "OpenSSL",
            Self::Chromium => "Chrome and Edge",
            Self::Firefox => "Firefox",
            Self::Safari => "Safari",
            Self::Programs => "programs such as curl",
        }
    }
}

impl Lies {
    /// In words, after "it would be mended".
    pub fn words(self) -> &'static str {
        match self {
            Self::Configuration => "in nginx's configuration",
            Self::Files => "in files on this machine",
            Self::Client => "in the ACME client",
            Self::Dns => "in DNS",
            Self::Network => "on the network",
            Self::Backend => "behind nginx",
            Self::Authority => "at the certificate authority",
            Self::Visitor => "at the visitor's",
        }
    }

    /// For programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Files => "files",
            Self::Client => "client",
            Self::Dns => "dns",
            Self::Network => "network",
            Self::Backend => "backend",
            Self::Authority => "authority",
            Self::Visitor => "visitor",
        }
    }
}
