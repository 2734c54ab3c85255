//! What starts renewals: systemd's timers and crontabs.

use std::path::{Path, PathBuf};

use model::{FileSystem, Lookup};

use super::{Client, Clients, Schedule, ScheduleKind};

/// Where units of systemd are, those of the administrator first.
const UNITS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// What systemd brings along.
const SYSTEMD: [&str; 3] = [
    "/etc/systemd/system.conf",
    "/lib/systemd/system/timers.target",
    "/usr/lib/systemd/system/timers.target",
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

/// Adds the timers whose name has this word, and the lines of crontabs that do; and whether a crontab
/// has nginx reload.
pub(super) fn find(
    client: Client,
    word: &str,
    file_system: &dyn FileSystem,
    clients: &mut Clients,
) {
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
            let text = file_system.read(&file).found().unwrap_or_default();
            let every = of_calendar(&String::from_utf8_lossy(&text));
            schedules.push(Schedule { client, file, kind, every });
        }
    }
    let is_there = |path: &str| file_system.stat(Path::new(path)).found().is_some();
    clients.has_systemd |= SYSTEMD.into_iter().any(is_there);
    for directory in UNITS.map(Path::new) {
        let services = names(directory, file_system).into_iter().filter(|name| {
            name.contains(word) && (name.ends_with(".service") || name.ends_with(".service.d"))
        });
        for service in services.map(|name| directory.join(name)) {
            let inside = names(&service, file_system).into_iter().map(|name| service.join(name));
            let files: Vec<_> = inside.chain([service.clone()]).collect();
            let mut texts = files.iter().filter_map(|file| file_system.read(file).found());
            clients.reload_at_times |= texts.any(|text| has(&text, "nginx"));
        }
    }
    let crontabs = CRONTABS.iter().flat_map(|directory| {
        let directory = Path::new(directory);
        names(directory, file_system).into_iter().map(|name| directory.join(name))
    });
    for file in std::iter::once(PathBuf::from("/etc/crontab")).chain(crontabs) {
        let Lookup::Found(bytes) = file_system.read(&file) else { continue };
        let lines = bytes.split(|&byte| byte == b'\n').map(String::from_utf8_lossy);
        let mut lines = lines.filter(|line| !line.trim_start().starts_with('#'));
        clients.reload_at_times |= has(&bytes, "nginx")
            && lines.clone().any(|line| {
                let verbs = ["reload", "restart"];
                line.contains("nginx") && verbs.iter().any(|verb| line.contains(verb))
            });
        let line = lines.find(|line| line.contains(word));
        let every = match &line {
            Some(line) => of_crontab(&file, line),
            None => None,
        };
        let kind = match line {
            Some(line) if line.contains("! -d /run/systemd/system") => {
                ScheduleKind::CronWithoutSystemd
            }
            Some(_) => ScheduleKind::Cron,
            None => continue,
        };
        schedules.push(Schedule { client, file, kind, every });
    }
    clients.schedules.append(&mut schedules);
}

fn names(directory: &Path, file_system: &dyn FileSystem) -> Vec<String> {
    let entries = file_system.list(directory).found().unwrap_or_default();
    entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect()
}

const DAY: i64 = 24 * 60 * 60;

/// The seconds between two times of a timer, as far as its days are written in a usual way.
fn of_calendar(text: &str) -> Option<i64> {
    let mut values = text.lines().filter_map(|line| line.trim().strip_prefix("OnCalendar="));
    let value = values.next()?.trim();
    if values.next().is_some() {
        return None;
    }
    match value {
        "hourly" => Some(60 * 60),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(31 * DAY),
        "quarterly" => Some(92 * DAY),
        _ if value.starts_with("*-*-*") || !value.contains('-') && value.contains(':') => {
            let is_of_week = value.starts_with(|letter: char| letter.is_ascii_alphabetic());
            (!is_of_week).then_some(DAY)
        }
        _ if value.starts_with("*-*-") => Some(31 * DAY),
        _ => None,
    }
}

/// The same for the line of a crontab: a day of the month or of the week is a number or a list, and
/// months are all of them or every few.
fn of_crontab(file: &Path, line: &str) -> Option<i64> {
    for (directory, days) in [("hourly", 1), ("daily", 1), ("weekly", 7), ("monthly", 31)] {
        if file.starts_with(format!("/etc/cron.{directory}"))
            || line.starts_with(&format!("@{directory}"))
        {
            return Some(days * DAY);
        }
    }
    let mut fields = line.split_whitespace().skip(2);
    let (day, month, weekday) = (fields.next()?, fields.next()?, fields.next()?);
    let count = |field: &str| field.split(',').map(|_| 1).sum::<i64>();
    let is_number = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let months = match month.strip_prefix("*/") {
        Some(step) => step.parse::<i64>().ok()?,
        None if month == "*" => 1,
        None => return None,
    };
    match (day, weekday) {
        ("*", "*") if months == 1 => Some(DAY),
        ("*", days) if months == 1 && is_number(days) => Some(7 * DAY / count(days)),
        (days, "*") if is_number(days) => Some(31 * months * DAY / count(days)),
        _ => None,
    }
}

fn has(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}
