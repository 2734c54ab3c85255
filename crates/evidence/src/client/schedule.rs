//! What starts renewals: systemd's timers and crontabs.

use std::path::{Path, PathBuf};

use model::{FileSystem, Lookup};

use super::{Client, Schedule, ScheduleKind};

/// Where units of systemd are, those of the administrator first.
const UNITS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// Where crontabs are, or what runs at intervals.
const CRONTABS: [&str; 7] = [
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/var/spool/cron/crontabs",
    "/var/spool/cron",
];

/// The timers whose name has this word, and the lines of crontabs that do.
pub(super) fn of(client: Client, word: &str, file_system: &dyn FileSystem) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for directory in UNITS.map(Path::new) {
        for name in names(directory, file_system) {
            let is_timer = Path::new(&name).extension().is_some_and(|kind| kind == "timer");
            if !name.contains(word) || !is_timer {
                continue;
            }
            let file = directory.join(&name);
            let is_known = schedules.iter().any(|one: &Schedule| one.file.ends_with(&name));
            // What is masked is a link to /dev/null.
            let is_masked =
                || file_system.readlink(&file) == Lookup::Found(PathBuf::from("/dev/null"));
            if is_known {
                continue;
            }
            let is_enabled = !is_masked()
                && UNITS.iter().any(|units| {
                    let wanted = Path::new(units).join("timers.target.wants").join(&name);
                    !matches!(file_system.readlink(&wanted), Lookup::Absent)
                        || !matches!(file_system.stat(&wanted), Lookup::Absent)
                });
            let kind = if is_enabled { ScheduleKind::Timer } else { ScheduleKind::DisabledTimer };
            schedules.push(Schedule { client, file, kind });
        }
    }
    let crontabs = CRONTABS.iter().flat_map(|directory| {
        let directory = Path::new(directory);
        names(directory, file_system).into_iter().map(|name| directory.join(name))
    });
    for file in std::iter::once(PathBuf::from("/etc/crontab")).chain(crontabs) {
        let Lookup::Found(bytes) = file_system.read(&file) else { continue };
        let mut lines = bytes.split(|&byte| byte == b'\n').map(String::from_utf8_lossy);
        let line = lines.find(|line| !line.trim_start().starts_with('#') && line.contains(word));
        let kind = match line {
            Some(line) if line.contains("! -d /run/systemd/system") => {
                ScheduleKind::CronWithoutSystemd
            }
            Some(_) => ScheduleKind::Cron,
            None => continue,
        };
        schedules.push(Schedule { client, file, kind });
    }
    schedules
}

fn names(directory: &Path, file_system: &dyn FileSystem) -> Vec<String> {
    let entries = file_system.list(directory).found().unwrap_or_default();
    entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect()
}
