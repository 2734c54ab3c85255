//! ACME clients: what they keep on disk about the certificates that they renew.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup, Reason};

mod certbot;
mod schedule;

/// A program that gets certificates and renews them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// certbot, whose state is in /etc/letsencrypt.
    Certbot,
    /// acme.sh, whose state is in ~/.acme.sh.
    AcmeSh,
    /// dehydrated, whose state is in /etc/dehydrated.
    Dehydrated,
    /// lego, whose state is wherever it was told to keep it.
    Lego,
    /// The ACME module of nginx.
    NginxModule,
}

/// Where clients keep what they know. What is not said is looked for where the client itself would
/// look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homes {
    /// certbot's directory.
    pub letsencrypt: Option<PathBuf>,
}

/// All that is known of the clients of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// The certificates that they keep, those of one client together, in the order of their names.
    pub lineages: Vec<Lineage>,
    /// What they run whichever certificate was renewed.
    pub hooks: Vec<(Client, Hook)>,
    /// What starts their renewals.
    pub schedules: Vec<Schedule>,
    /// Files of theirs that cannot be read or understood; the client renews nothing by them.
    pub problems: Vec<StateProblem>,
}

/// A certificate that a client keeps renewing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The client.
    pub client: Client,
    /// What it calls the certificate.
    pub name: String,
    /// The file that says how it is renewed.
    pub file: PathBuf,
    /// Which lines of it say what, by the client's own word for the setting.
    pub lines: Vec<(&'static str, u32)>,
    /// The version of the client that wrote the file.
    pub version: Option<String>,
    /// Where the certificate lies.
    pub files: LineageFiles,
    /// What is wrong with these files, so that the client gives up on the certificate.
    pub faults: Vec<(PathBuf, FileFault)>,
    /// The names that will be asked for, in lower case; `None` if they are not known.
    pub names: Option<Vec<String>>,
    /// How names are validated that have no method of their own; `None` if nothing says so.
    pub method: Option<Method>,
    /// How single names are validated.
    pub methods: Vec<(String, Method)>,
    /// The certificate authority's directory; `None` for the client's default.
    pub server: Option<String>,
    /// What the client does to servers by itself: certbot's `installer`.
    pub installer: Option<String>,
    /// What it runs for this certificate alone.
    pub hooks: Vec<Hook>,
    /// When it is renewed.
    pub threshold: Threshold,
    /// The kind of key, in the client's words: `rsa`, `ecdsa`, `ec-256`.
    pub key_type: Option<String>,
    /// Whether a stapled answer is asked for that no authority gives any more.
    pub must_staple: bool,
    /// Whether renewal is on.
    pub autorenew: bool,
    /// Whether the certificate is renewed without names that fail.
    pub allows_subset: bool,
}

/// Where a certificate lies that a client has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineageFiles {
    /// The certificate alone.
    pub certificate: Option<PathBuf>,
    /// The private key.
    pub key: Option<PathBuf>,
    /// The certificates above it.
    pub chain: Option<PathBuf>,
    /// The certificate with those above it.
    pub fullchain: Option<PathBuf>,
    /// The directory in which the client keeps older ones, certbot's `archive_dir`.
    pub archive: Option<PathBuf>,
}

/// What is wrong with a file of a client that is a link to the newest of several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// Nothing is there.
    Missing,
    /// It is no link.
    NoLink(FileKind),
    /// It is a link to this path, where nothing is.
    Dangling(PathBuf),
}

/// How a name is validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// The client writes `.well-known/acme-challenge/TOKEN` below this directory.
    WebRoot(PathBuf),
    /// The client writes `TOKEN` right into this directory.
    TokenDirectory(PathBuf),
    /// The client listens itself.
    Standalone(Standalone),
    /// The client edits nginx's configuration while it orders.
    Nginx,
    /// The configuration has the thumbprint of the account and answers by itself.
    Stateless,
    /// nginx's own ACME module answers.
    Module,
    /// A record in DNS, made by this plugin.
    Dns(String),
    /// A person or a hook puts the token in its place.
    Manual {
        /// The hook.
        hook: Option<String>,
    },
    /// The client answers in the TLS handshake.
    TlsAlpn,
    /// Anything else, in the client's words.
    Other(String),
}

/// Where a client listens itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standalone {
    /// The port.
    pub port: u16,
    /// The only address, if it does not listen on all.
    pub address: Option<String>,
}

/// Something that a client runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// When.
    pub when: When,
    /// The command as its settings have it, or the text of the script.
    pub text: Vec<u8>,
    /// The script, if it is a file in a directory of hooks.
    pub script: Option<PathBuf>,
    /// Why the client leaves a script alone that lies there.
    pub ignored: Option<Ignored>,
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before anything is ordered.
    Before,
    /// Once there is a new certificate.
    Renewed,
    /// Afterwards, whatever came of it.
    After,
}

/// Why a client does not run a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// It is not executable.
    NotExecutable,
    /// Its name ends in `~`, as those of backups do.
    Backup,
    /// The client's settings say so.
    TurnedOff,
}

/// When a certificate is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// As the client does by itself.
    Usual,
    /// So many seconds before it ends.
    BeforeEnd(i64),
    /// So many seconds after it was made.
    AfterStart(i64),
}

/// What starts a client's renewals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The client.
    pub client: Client,
    /// The timer's or the crontab's file.
    pub file: PathBuf,
    /// What it is.
    pub kind: ScheduleKind,
}

/// A kind of schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// A systemd timer that starts with the machine.
    Timer,
    /// A systemd timer that does not.
    DisabledTimer,
    /// A line of a crontab.
    Cron,
    /// A line of a crontab that leaves it to systemd where there is systemd, as Debian's for certbot
    /// does.
    CronWithoutSystemd,
}

/// A file of a client that cannot be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProblem {
    /// The client.
    pub client: Client,
    /// The file or directory.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: Option<u32>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What is wrong with a file of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It may be there, but cannot be looked at.
    Unreadable(Reason),
    /// The client would not understand it: why, in lower case without a full stop.
    Malformed(String),
}

/// Looks for the clients of a machine. Where a client has nothing, that is one question to the file
/// system.
pub fn gather(homes: &Homes, file_system: &dyn FileSystem) -> Clients {
    let mut clients = Clients::default();
    certbot::gather(homes.letsencrypt.as_deref(), file_system, &mut clients);
    clients
}

/// The bytes of a file; if it is there and cannot be read, that is noted.
fn read(
    client: Client,
    path: &Path,
    file_system: &dyn FileSystem,
    clients: &mut Clients,
) -> Option<Vec<u8>> {
    match file_system.read(path) {
        Lookup::Found(bytes) => Some(bytes),
        Lookup::Absent => None,
        Lookup::Unknowable(reason) => {
            clients.problem(client, path, None, ProblemKind::Unreadable(reason));
            None
        }
    }
}

impl Lineage {
    /// A certificate of a client about which nothing else is known yet.
    pub fn new(client: Client, name: String, file: PathBuf) -> Self {
        Self {
            client,
            name,
            file,
            lines: Vec::new(),
            version: None,
            files: LineageFiles::default(),
            faults: Vec::new(),
            names: None,
            method: None,
            methods: Vec::new(),
            server: None,
            installer: None,
            hooks: Vec::new(),
            threshold: Threshold::Usual,
            key_type: None,
            must_staple: false,
            autorenew: true,
            allows_subset: false,
        }
    }

    /// How a name in lower case is validated.
    pub fn method_of(&self, name: &str) -> Option<&Method> {
        let own = self.methods.iter().find(|(text, _)| text == name);
        own.map(|(_, method)| method).or(self.method.as_ref())
    }

    /// The line of its file that says something, by the client's own word for it.
    pub fn line(&self, setting: &str) -> Option<u32> {
        self.lines.iter().find(|(text, _)| *text == setting).map(|&(_, line)| line)
    }

    /// When a certificate of this life is renewed, all in seconds since 1970.
    pub fn due(&self, not_before: i64, not_after: i64) -> i64 {
        const DAY: i64 = 24 * 60 * 60;
        match self.threshold {
            Threshold::BeforeEnd(seconds) => not_after - seconds,
            Threshold::AfterStart(seconds) => not_before + seconds,
            Threshold::Usual => {
                let life = not_after - not_before;
                not_after - if life < 10 * DAY { life / 2 } else { life / 3 }
            }
        }
    }

    /// Whether nginx serves this certificate if it names this path.
    pub fn has_file(&self, path: &Path) -> bool {
        let LineageFiles { certificate, key, chain, fullchain, .. } = &self.files;
        [certificate, key, chain, fullchain].into_iter().any(|file| file.as_deref() == Some(path))
    }
}

impl Clients {
    /// What a client runs when it renews this certificate.
    pub fn hooks_of<'s>(&'s self, lineage: &'s Lineage) -> impl Iterator<Item = &'s Hook> {
        let shared = self.hooks.iter().filter(|(client, _)| *client == lineage.client);
        shared.map(|(_, hook)| hook).chain(&lineage.hooks)
    }

    fn problem(&mut self, client: Client, path: &Path, line: Option<u32>, kind: ProblemKind) {
        self.problems.push(StateProblem { client, path: path.to_owned(), line, kind });
    }

    /// Whether there is anything of a client.
    pub fn is_empty(&self) -> bool {
        self.lineages.is_empty() && self.problems.is_empty()
    }
}

impl Hook {
    /// A command of the settings.
    fn command(when: When, command: &str) -> Self {
        Self { when, text: command.as_bytes().to_vec(), script: None, ignored: None }
    }

    /// Whether it is run.
    pub fn runs(&self) -> bool {
        self.ignored.is_none()
    }
}

impl Client {
    /// Its name as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certbot => "certbot",
            Self::AcmeSh => "acme.sh",
            Self::Dehydrated => "dehydrated",
            Self::Lego => "lego",
            Self::NginxModule => "nginx's ACME module",
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => reason.fmt(out),
            Self::Malformed(why) => out.write_str(why),
        }
    }
}
