//! What the model says of a machine.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use acme::{Cause, KeyAuthorization, NameVerdict, PATH, TokenPlace};
use evidence::client::{self, Homes, Method};
use machine::{ADDRESS_V4, ADDRESS_V6, Machine};
use model::{Config, Disk, Http, Level, Prefix, Server, name};

/// The directory for which a configuration without a `root` is judged.
const BUILT_IN: &str = "/usr/share/nginx/html";

/// What the model says of a machine.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The names for which challenges are made, over each address family.
    pub(crate) names: Vec<JudgedName>,
    /// Every directory that any `root` names.
    pub(crate) roots: Vec<PathBuf>,
    /// Every directory that any `alias` names.
    pub(crate) aliases: Vec<PathBuf>,
    /// Where the client puts its tokens, if the test says so.
    pub(crate) places: Vec<PathBuf>,
    /// Where the machine's files are.
    pub(crate) root: PathBuf,
    /// The ports of this machine to which a location made for challenges hands them on: there a
    /// client answers by itself.
    pub(crate) client_ports: Vec<u16>,
}

/// A name over one address family.
#[derive(Debug)]
pub(crate) struct JudgedName {
    pub(crate) name: String,
    /// Where the machine is asked.
    pub(crate) address: IpAddr,
    pub(crate) verdict: Verdict,
}

/// How the challenge of a name ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passes,
    Fails(Cause),
    Unknown,
}

/// Judges a machine that has one main configuration file.
pub(crate) fn judge(machine: &Machine) -> Judged {
    let disk = Disk::under(machine.root());
    let main = Path::new("/").join(&machine.fixture().run.main);
    let mut judged = Judged {
        names: Vec::new(),
        roots: Vec::new(),
        aliases: Vec::new(),
        places: Vec::new(),
        root: machine.root().clone(),
        client_ports: Vec::new(),
    };
    let mut settings = acme::Settings::default();
    for option in machine.fixture().run.arguments.windows(2) {
        let directory = option[1].clone().into_bytes();
        let (place, path) = match &*option[0] {
            "--webroot" => (TokenPlace::WebRoot(directory), format!("{}{PATH}", option[1])),
            "--token-dir" => (TokenPlace::Directory(directory), option[1].clone()),
            _ => continue,
        };
        settings.places.add(None, place);
        judged.places.push(PathBuf::from(path));
    }
    let clients = client::gather(&Homes::default(), &disk);
    if judged.places.is_empty() {
        let methods = clients.lineages.iter().flat_map(|lineage| {
            lineage.names.iter().flatten().filter_map(|name| lineage.method_of(name))
        });
        judged.places.extend(methods.filter_map(|method| match method {
            Method::WebRoot(root) => Some(root.join(PATH.trim_start_matches('/'))),
            Method::TokenDirectory(directory) => Some(directory.clone()),
            _ => None,
        }));
    }
    settings.follow(&clients);
    for sources in model::load(&[main], &disk) {
        let config = Config::of(&sources);
        let prefix = Prefix { path: PathBuf::from("/usr/share/nginx"), is_guess: false };
        let http = Http::of(&config, prefix);
        let verdicts = acme::verdicts(&http, &disk, &settings);
        judged.names.extend(verdicts.names.iter().flat_map(names));
        judged.add_directories(&http.level);
        for (_, server) in http.servers() {
            judged.add_server(server);
        }
    }
    judged
}

impl Judged {
    fn add_server(&mut self, server: &Server<'_>) {
        self.add_directories(&server.level);
        for location in &server.locations {
            self.add_directories(&location.level);
            let is_for_challenges = acme::is_meant_for_challenges(location);
            let proxy = location.level.first(name::PROXY_PASS).filter(|_| is_for_challenges);
            let target = proxy.and_then(|proxy| proxy.arg(0)).unwrap_or_default().into_owned();
            let target = String::from_utf8_lossy(&target).into_owned();
            let port = target
                .strip_prefix("http://127.0.0.1:")
                .and_then(|rest| rest.split('/').next().unwrap_or_default().parse::<u16>().ok());
            self.client_ports.extend(port);
        }
    }

    fn add_directories(&mut self, level: &Level<'_>) {
        let paths = |name| {
            let values = level.all(name).filter_map(|directive| directive.arg(0));
            values.map(|value| PathBuf::from(OsStr::from_bytes(&value))).collect::<Vec<_>>()
        };
        self.roots.extend(paths(name::ROOT));
        self.aliases.extend(paths(name::ALIAS));
    }

    /// Every directory in which a client may put its token.
    pub(crate) fn token_directories(&self) -> Vec<PathBuf> {
        if !self.places.is_empty() {
            return self.places.clone();
        }
        let below = PATH.trim_start_matches('/');
        // No client puts the path into a directory that ends in it, unless that is there.
        let is_within = |root: &PathBuf| {
            let is_made =
                || self.root.join(root.join(below).strip_prefix("/").unwrap_or(root)).exists();
            root.ends_with(below.trim_end_matches('/')) && !is_made()
        };
        let roots = self
            .roots
            .iter()
            .map(|root| if is_within(root) { root.clone() } else { root.join(below) });
        // A capture at the end of an `alias` is the token.
        let aliases = self.aliases.iter().map(|alias| match alias.to_str() {
            Some(text) => PathBuf::from(text.trim_end_matches("$1")),
            None => alias.clone(),
        });
        roots.chain(aliases).collect()
    }
}

fn names(verdict: &NameVerdict<'_>) -> Vec<JudgedName> {
    let name = String::from_utf8_lossy(&verdict.name.text).into_owned();
    let judged = verdict.families.iter().filter_map(|family| {
        let verdict = match &family.verdict {
            // Where nginx's own directory is, each build of it says.
            acme::Verdict::Passes(KeyAuthorization::File { path, .. })
                if path.starts_with(BUILT_IN) =>
            {
                Verdict::Unknown
            }
            acme::Verdict::Passes(_) => Verdict::Passes,
            acme::Verdict::Fails(cause) => Verdict::Fails(cause.clone()),
            acme::Verdict::Unknown { .. } => Verdict::Unknown,
            acme::Verdict::NotHttp01 { .. } => return None,
        };
        let address = if family.is_ipv6 { ADDRESS_V6 } else { ADDRESS_V4 };
        Some(JudgedName { name: name.clone(), address, verdict })
    });
    judged.collect()
}
