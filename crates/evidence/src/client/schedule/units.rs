//! Timers of systemd and the services that they start.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use model::Lookup;

use super::{
    command::{Does, Reader, reloads},
    every, names,
};
use crate::client::{Clients, Schedule, ScheduleKind};

/// Where units of systemd are, those of the administrator first.
const UNITS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// The directories beside them with what starts by itself.
const WANTS: [&str; 3] = ["timers.target.wants", "multi-user.target.wants", "default.target.wants"];

/// What systemd brings along.
const SYSTEMD: [&str; 3] = [
    "/etc/systemd/system.conf",
    "/lib/systemd/system/timers.target",
    "/usr/lib/systemd/system/timers.target",
];

impl Reader<'_> {
    /// Adds the timers whose name has one of the client's words, or whose service starts it.
    pub(super) fn find_timers(self, word: &str, clients: &mut Clients) {
        let is_there = |path: &str| self.file_system.stat(Path::new(path)).found().is_some();
        clients.has_systemd |= SYSTEMD.into_iter().any(is_there);
        let is_own = |name: &str| name.contains(word) || name.contains("letsencrypt");
        let is_starter = |name: &String| has_kind(name, "timer") || has_kind(name, "path");
        let wants = UNITS.iter().flat_map(|units| WANTS.map(|wants| Path::new(units).join(wants)));
        let wanted: BTreeSet<String> =
            wants.flat_map(|wants| names(&wants, self.file_system)).filter(is_starter).collect();
        let mut starters = wanted.clone();
        for units in UNITS.map(Path::new) {
            for name in names(units, self.file_system) {
                if has_kind(&name, "timer") && is_own(&name) {
                    starters.insert(name);
                } else if name.contains(word) && has_kind(&name, "service") {
                    let text = self.text_of(&name).unwrap_or_default();
                    clients.reload_at_times |= reloads(&text);
                } else if name.contains(word)
                    && let Some(service) =
                        name.strip_suffix(".d").filter(|name| has_kind(name, "service"))
                {
                    clients.reload_at_times |= reloads(&self.drop_ins(service));
                }
            }
        }
        for name in starters {
            self.add(&name, is_own(&name), wanted.contains(&name), clients);
        }
    }

    fn add(self, name: &str, is_own: bool, is_wanted: bool, clients: &mut Clients) {
        let text = self.text_of(name).unwrap_or_default();
        let unit = last_value(&text, "Unit=");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let service = unit.map_or_else(|| format!("{stem}.service"), str::to_owned);
        let masked = [name, &service].into_iter().find_map(|unit| {
            self.unit(unit).filter(|path| {
                // What is masked is a link to /dev/null.
                self.file_system.readlink(path) == Lookup::Found(PathBuf::from("/dev/null"))
            })
        });
        let commands = self.text_of(&service);
        let does = commands.as_deref().map(|commands| self.commands(commands)).unwrap_or_default();
        let runs = is_wanted && masked.is_none();
        clients.reload_at_times |= runs && does.reloads;
        if has_kind(name, "path") || !(is_own || does.starts || runs && does.is_unread) {
            return;
        }
        let kind = match masked {
            Some(_) => ScheduleKind::Masked,
            None if !is_own && !does.starts => ScheduleKind::Unread,
            None if is_wanted => ScheduleKind::Timer,
            None => ScheduleKind::DisabledTimer,
        };
        let file = masked.or_else(|| self.unit(name));
        let file = file.unwrap_or_else(|| Path::new(UNITS[0]).join(WANTS[0]).join(name));
        let every = every::of_calendar(&text);
        clients.schedules.push(Schedule { client: self.client, file, kind, every });
    }

    /// What a service does when it is started.
    fn commands(self, text: &str) -> Does {
        let mut does = Does::default();
        for line in text.lines().map(str::trim) {
            let value = |key: &str| line.strip_prefix(key).map(str::trim);
            let command = ["ExecStart=", "ExecStartPre=", "ExecStartPost=", "ExecStopPost="]
                .into_iter()
                .find_map(value);
            if let Some(command) = command {
                let one = self.of_line(command.trim_start_matches(['@', '-', '+', '!', ':']));
                does.starts |= one.starts;
                does.reloads |= one.reloads;
                does.is_unread |= one.is_unread;
            } else if let Some(file) = value("EnvironmentFile=") {
                let path = Path::new(file.trim_start_matches('-'));
                let text = self.file_system.read(path).found().unwrap_or_default();
                does.reloads |= reloads(&String::from_utf8_lossy(&text));
            }
        }
        does
    }

    /// The file of a unit, or of the template that it is made from.
    fn unit(self, name: &str) -> Option<PathBuf> {
        let template = name.split_once('@').zip(name.rsplit_once('.'));
        let template = template.map(|((stem, _), (_, kind))| format!("{stem}@.{kind}"));
        let is_there = |path: &PathBuf| {
            !matches!(self.file_system.readlink(path), Lookup::Absent)
                || !matches!(self.file_system.stat(path), Lookup::Absent)
        };
        let names = std::iter::once(name).chain(template.as_deref());
        names.flat_map(|name| UNITS.map(|units| Path::new(units).join(name))).find(is_there)
    }

    /// What a unit says, with its drop-ins behind it; lines that go on are one.
    fn text_of(self, name: &str) -> Option<String> {
        let bytes = self.file_system.read(&self.unit(name)?).found()?;
        let text = String::from_utf8_lossy(&bytes).replace("\\\n", " ");
        Some(format!("{text}\n{}", self.drop_ins(name)))
    }

    fn drop_ins(self, name: &str) -> String {
        let mut texts = String::new();
        for units in UNITS {
            let directory = Path::new(units).join(format!("{name}.d"));
            for name in names(&directory, self.file_system) {
                let text = self.file_system.read(&directory.join(name)).found().unwrap_or_default();
                texts += &String::from_utf8_lossy(&text).replace("\\\n", " ");
                texts.push('\n');
            }
        }
        texts
    }
}

/// What a setting says that counts once.
fn last_value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let values = text.lines().filter_map(|line| line.trim().strip_prefix(key));
    values.map(str::trim).rfind(|value| !value.is_empty())
}

fn has_kind(name: &str, kind: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == kind)
}
