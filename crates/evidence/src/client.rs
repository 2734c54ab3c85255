//! ACME clients: what they keep on disk about the certificates that they renew.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{FileSystem, Lookup, Reason};

use crate::{
    certificate::Certificate,
    content::{Content, Pool},
};

mod account_uri;
mod acme_sh;
mod certbot;
mod dehydrated;
mod lego;
mod lineage;
mod reload;
mod schedule;
mod stop;

pub use account_uri::account_uri;
pub use lineage::{FileFault, Lineage, LineageFiles, Method, Repair, Standalone, Threshold};
pub use reload::Reload;

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
    /// That of another client: acme.sh's, dehydrated's or lego's.
    pub acme: Option<PathBuf>,
}

/// A directory in which certbot keeps all of it, and its directories of hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertbotHome {
    /// The directory.
    pub path: PathBuf,
    /// Where the hooks lie that run for each new certificate, symbolic links resolved; `None` if that
    /// is not known.
    pub deploy_hooks: Option<PathBuf>,
    /// Whether `cli.ini` has certbot pass over the hooks in its directories.
    pub has_hooks_off: bool,
}

/// All that is known of the clients of a machine.
#[derive(Debug, Default)]
pub struct Clients {
    /// The certificates that they keep, those of one client together, in the order of their names.
    pub lineages: Vec<Lineage>,
    /// The directories of certbot that are there.
    pub certbot: Vec<CertbotHome>,
    /// What they run whichever certificate was renewed.
    pub hooks: Vec<(Client, Hook)>,
    /// What starts their renewals.
    pub schedules: Vec<Schedule>,
    /// Whether systemd is there, so that a timer may be expected.
    pub has_systemd: bool,
    /// Whether a crontab or a timer has nginx reload, whatever was renewed.
    pub reload_at_times: bool,
    /// Files of theirs that cannot be read or understood; the client renews nothing by them.
    pub problems: Vec<StateProblem>,
    pub(crate) pool: Arc<Pool>,
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

/// What starts a client's renewals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The client.
    pub client: Client,
    /// The timer's or the crontab's file.
    pub file: PathBuf,
    /// What it is.
    pub kind: ScheduleKind,
    /// The seconds from one time to the next, if they are known.
    pub every: Option<i64>,
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
    /// A systemd timer or its service that is masked, so that nothing starts it: the file is the unit
    /// that is.
    Masked,
    /// A timer or a crontab that calls something that cannot be read, and may be for it.
    Unread,
    /// Crontabs that cannot be looked at.
    Closed,
}

impl ScheduleKind {
    /// Whether renewals are certainly started by it.
    pub fn runs(self) -> bool {
        matches!(self, Self::Timer | Self::Cron)
    }

    /// Whether renewals may be started by it.
    pub fn may_run(self) -> bool {
        self.runs() || matches!(self, Self::Unread | Self::Closed)
    }
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
    let other = homes.acme.as_deref();
    acme_sh::gather(other, file_system, &mut clients);
    dehydrated::gather(other, file_system, &mut clients);
    lego::gather(other, file_system, &mut clients);
    if *homes == Homes::default() {
        // Nobody says that there is anything in the usual places.
        let is_told = |one: &StateProblem| one.kind != ProblemKind::Unreadable(Reason::NotMapped);
        clients.problems.retain(is_told);
    }
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

/// The certificate that a file begins with.
fn certificate(
    path: &Path,
    file_system: &dyn FileSystem,
    clients: &Clients,
) -> Option<Arc<Certificate>> {
    let bytes = file_system.read(path).found()?;
    Some(Arc::clone(&Content::of(&bytes, &clients.pool).chain().ok()?.certificates[0]))
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

    /// The clients of which there is anything at all.
    pub fn found(&self) -> BTreeSet<Client> {
        let certbot = (!self.certbot.is_empty()).then_some(Client::Certbot);
        let lineages = self.lineages.iter().map(|lineage| lineage.client);
        let problems = self.problems.iter().map(|problem| problem.client);
        certbot.into_iter().chain(lineages).chain(problems).collect()
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
