//! The nginx that runs, as far as /proc tells.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::probed::Seen;

/// A process.
struct Process {
    id: u32,
    parent: u32,
    /// When it started, in ticks of the clock since the machine did.
    started: u64,
    /// What it calls itself.
    title: String,
}

/// Whether nginx runs, and when it has read its configuration last; the latter is known of one that
/// runs alone.
pub(crate) fn look() -> (Seen, Option<SystemTime>) {
    let Some(all) = processes() else { return (Seen::Unknown, None) };
    let own = network("self");
    let is_master = |one: &&Process| {
        let is_it = one.title.contains(": master process") && is_kin(&one.title);
        let network = network(&one.id.to_string());
        is_it && (network.is_none() || own.is_none() || network == own)
    };
    let masters: Vec<_> = all.iter().filter(is_master).collect();
    match &masters[..] {
        [] if all.len() < 3 => (Seen::Unknown, None), // others' are hidden
        [] => (Seen::Nowhere, None),
        [master] => {
            let workers = all.iter().filter(|one| one.parent == master.id);
            let workers = workers.filter(|one| one.title.contains(": worker process"));
            let started = workers.map(|one| one.started).max().unwrap_or(master.started);
            (Seen::Runs, moment(started))
        }
        _ => (Seen::Runs, None),
    }
}

fn is_kin(title: &str) -> bool {
    ["nginx", "openresty", "angie", "tengine"].iter().any(|name| title.starts_with(name))
}

/// Which of these have changed since.
pub(crate) fn changed(files: &[PathBuf], since: SystemTime) -> Vec<PathBuf> {
    /// Clocks of the two are a little apart.
    const SLACK: Duration = Duration::from_millis(50);
    let is_newer = |path: &Path| {
        let times = [fs::metadata(path), fs::symlink_metadata(path)];
        let mut times = times.into_iter().flatten().filter_map(|found| found.modified().ok());
        times.any(|time| time > since + SLACK)
    };
    files.iter().filter(|path| is_newer(path)).cloned().collect()
}

fn processes() -> Option<Vec<Process>> {
    let all = fs::read_dir("/proc").ok()?.filter_map(|entry| {
        let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let title = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name of the program, in brackets, may have blanks and brackets in it.
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let title = String::from_utf8_lossy(&title).replace('\0', " ");
        Some(Process {
            id,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
            title,
        })
    });
    Some(all.collect())
}

/// The network that a process is in.
fn network(process: &str) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{process}/ns/net")).ok()
}

/// When it was so many ticks after the start of the machine.
fn moment(ticks: u64) -> Option<SystemTime> {
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let now = SystemTime::now();
    let up: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    let rate = rustix::param::clock_ticks_per_second();
    let after = Duration::from_millis(ticks * 1000 / rate.max(1));
    let up = Duration::try_from_secs_f64(up).ok()?;
    now.checked_sub(up.checked_sub(after)?)
}
