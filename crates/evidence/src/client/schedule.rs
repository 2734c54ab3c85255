//! What starts renewals: systemd's timers and crontabs.

use std::path::{Path, PathBuf};

use model::{FileKind, FileSystem, Lookup};

use super::{Client, Clients, Schedule, ScheduleKind};
use command::{Does, Reader};

mod command;
mod every;
mod units;

/// What a directory, or a file, has for cron and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Lines with a time, a user and a command.
    System,
    /// Lines with a time and a command.
    User,
    /// Lines with days, minutes, a name and a command.
    Anacron,
    /// Scripts.
    Scripts,
}

/// Where crontabs are, or what runs at intervals.
const DIRECTORIES: [(&str, Kind); 14] = [
    ("/etc/cron.d", Kind::System),
    ("/etc/cron.hourly", Kind::Scripts),
    ("/etc/cron.daily", Kind::Scripts),
    ("/etc/cron.weekly", Kind::Scripts),
    ("/etc/cron.monthly", Kind::Scripts),
    ("/etc/periodic/15min", Kind::Scripts),
    ("/etc/periodic/hourly", Kind::Scripts),
    ("/etc/periodic/daily", Kind::Scripts),
    ("/etc/periodic/weekly", Kind::Scripts),
    ("/etc/periodic/monthly", Kind::Scripts),
    ("/etc/crontabs", Kind::User),
    ("/var/spool/cron/crontabs", Kind::User),
    ("/var/spool/cron/tabs", Kind::User),
    ("/var/spool/cron", Kind::User),
];

/// What only Debian and those that follow it have: their cron takes no names with dots.
const DEBIAN: &str = "/etc/debian_version";

/// Adds the timers and the crontabs that start a client, by this word in their names or by what they
/// call; and whether any of them has nginx reload.
pub(super) fn find(
    client: Client,
    word: &str,
    file_system: &dyn FileSystem,
    clients: &mut Clients,
) {
    let reader = Reader { client, file_system };
    reader.find_timers(word, clients);
    let is_debian = file_system.stat(Path::new(DEBIAN)).found().is_some();
    let files = [("/etc/crontab", Kind::System), ("/etc/anacrontab", Kind::Anacron)];
    for (path, kind) in files {
        reader.add_crontab(PathBuf::from(path), kind, clients);
    }
    for (directory, kind) in DIRECTORIES {
        let directory = Path::new(directory);
        let entries = match file_system.list(directory) {
            Lookup::Found(entries) => entries,
            Lookup::Absent => continue,
            Lookup::Unknowable(_) => {
                reader.push(directory.to_owned(), ScheduleKind::Closed, None, clients);
                continue;
            }
        };
        for entry in entries {
            let Some(name) = entry.name.to_str() else { continue };
            if entry.kind == Some(FileKind::Directory) || !is_taken(name, kind, is_debian) {
                continue;
            }
            let path = directory.join(name);
            if kind == Kind::Scripts {
                reader.add_script(path, clients);
            } else {
                reader.add_crontab(path, kind, clients);
            }
        }
    }
}

/// Whether cron or `run-parts` takes a file of this name.
fn is_taken(name: &str, kind: Kind, is_debian: bool) -> bool {
    const ENDS: [&str; 6] = ["~", ".rpmsave", ".rpmorig", ".rpmnew", ".swp", ",v"];
    if kind == Kind::User {
        return true;
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_left_over = name.starts_with(['.', '#'])
        || name.contains(".dpkg-")
        || ENDS.iter().any(|end| name.ends_with(end));
    !is_left_over && (!is_debian || name.bytes().all(is_plain))
}

impl Reader<'_> {
    /// A file of which every line starts something.
    fn add_crontab(self, path: PathBuf, kind: Kind, clients: &mut Clients) {
        let bytes = match self.file_system.read(&path) {
            Lookup::Found(bytes) => bytes,
            Lookup::Absent => return,
            Lookup::Unknowable(_) => return self.push(path, ScheduleKind::Closed, None, clients),
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut unread = None;
        for line in text.lines().map(str::trim_start) {
            let Some(command) = command(line, kind) else { continue };
            let Does { starts, reloads, is_unread } = self.of_line(command);
            clients.reload_at_times |= reloads;
            let every = || every::of_crontab(&path, line);
            if starts {
                let kind = if line.contains("! -d /run/systemd/system") {
                    ScheduleKind::CronWithoutSystemd
                } else {
                    ScheduleKind::Cron
                };
                let every = every();
                return self.push(path, kind, every, clients);
            }
            if is_unread && unread.is_none() {
                unread = Some(every());
            }
        }
        if let Some(every) = unread {
            self.push(path, ScheduleKind::Unread, every, clients);
        }
    }

    /// A file that is started itself.
    fn add_script(self, path: PathBuf, clients: &mut Clients) {
        let stat = self.file_system.stat(&path).found();
        if stat.is_some_and(|stat| stat.mode & 0o111 == 0) {
            return;
        }
        let Lookup::Found(bytes) = self.file_system.read(&path) else { return };
        let Does { starts, reloads, is_unread } = self.of_script(&bytes);
        clients.reload_at_times |= reloads;
        let kind = match (starts, is_unread) {
            (true, _) if has(&bytes, "! -d /run/systemd/system") => {
                ScheduleKind::CronWithoutSystemd
            }
            (true, _) => ScheduleKind::Cron,
            (false, true) => ScheduleKind::Unread,
            (false, false) => return,
        };
        let every = every::of_crontab(&path, "");
        self.push(path, kind, every, clients);
    }

    fn push(self, file: PathBuf, kind: ScheduleKind, every: Option<i64>, clients: &mut Clients) {
        clients.schedules.push(Schedule { client: self.client, file, kind, every });
    }
}

/// The command of a line of a crontab.
fn command(line: &str, kind: Kind) -> Option<&str> {
    // Comments, and settings such as PATH.
    if line.is_empty() || line.starts_with(|one: char| one == '#' || one.is_ascii_alphabetic()) {
        return None;
    }
    let fields = match kind {
        Kind::Anacron => 3,
        _ if line.starts_with('@') => 1 + usize::from(kind == Kind::System),
        _ => 5 + usize::from(kind == Kind::System),
    };
    let mut rest = line;
    for _ in 0..fields {
        let (_, behind) = rest.split_once(char::is_whitespace)?;
        rest = behind.trim_start();
    }
    Some(rest)
}

fn names(directory: &Path, file_system: &dyn FileSystem) -> Vec<String> {
    let entries = file_system.list(directory).found().unwrap_or_default();
    entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect()
}

fn has(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

#[cfg(test)]
mod tests;
