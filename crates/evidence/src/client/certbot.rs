//! What certbot keeps: a file for each certificate in `renewal/`, links to the newest files in
//! `live/`, hooks, and options for all of it in `cli.ini`.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup, real_path};

use super::{
    CertbotHome, Client, Clients, Hook, Ignored, Lineage, LineageFiles, Method, ProblemKind,
    Standalone, Threshold, When, certificate, read, schedule,
};

mod account;
mod links;
mod options;
mod settings;

use account::{Account, is_gone};
use options::Options;
use settings::{Broken, Settings};

/// Where certbot keeps all of it, on Linux and on FreeBSD.
const USUAL: [&str; 2] = ["/etc/letsencrypt", "/usr/local/etc/letsencrypt"];

/// The settings of which the lines are of interest.
const OF_INTEREST: [&str; 15] = [
    "authenticator",
    "autorenew",
    "fullchain",
    "http01_address",
    "http01_port",
    "installer",
    "key_type",
    "must_staple",
    "post_hook",
    "pre_hook",
    "renew_before_expiry",
    "renew_hook",
    "reuse_key",
    "server",
    "webroot_path",
];

/// Looks for certbot's files: in the directory that somebody has named, or else in the usual ones.
pub(super) fn gather(named: Option<&Path>, file_system: &dyn FileSystem, clients: &mut Clients) {
    let usual = USUAL.map(Path::new);
    let directories = named.map_or(&usual[..], |_| &[]).iter().copied().chain(named);
    for directory in directories {
        let renewal = directory.join("renewal");
        let entries = match file_system.list(&renewal) {
            Lookup::Found(entries) => entries,
            Lookup::Absent => continue,
            Lookup::Unknowable(reason) => {
                let kind = ProblemKind::Unreadable(reason);
                clients.problem(Client::Certbot, &renewal, None, kind);
                continue;
            }
        };
        let options = Options::read(directory, file_system, clients);
        clients.certbot.push(CertbotHome {
            path: directory.to_owned(),
            deploy_hooks: real_path(&directory.join("renewal-hooks/deploy"), file_system).found(),
            has_hooks_off: options.is_on("no-directory-hooks"),
        });
        let first = clients.lineages.len();
        for entry in entries {
            let Some(name) = entry.name.to_str().and_then(|name| name.strip_suffix(".conf")) else {
                continue;
            };
            if name.starts_with('.') || entry.kind == Some(FileKind::Directory) {
                continue;
            }
            let file = renewal.join(&entry.name);
            let Some(bytes) = read(Client::Certbot, &file, file_system, clients) else { continue };
            match lineage(name, file, &bytes, &options) {
                Ok((mut lineage, account)) => {
                    let usual = || directory.join("archive").join(name);
                    lineage.files.archive.get_or_insert_with(usual);
                    lineage.faults = links::faults(&lineage, file_system, clients);
                    if !lineage.faults.is_empty() {
                        lineage.repair = links::repair(&lineage, file_system, clients);
                    }
                    let path = lineage.files.certificate.as_deref();
                    lineage.renews(path.and_then(|path| certificate(path, file_system, clients)));
                    if let Some((account, line)) = account.filter(|(account, _)| {
                        is_gone(account, directory, lineage.server.as_deref(), file_system)
                    }) {
                        let why = format!("the account {account} is not there any more");
                        let kind = ProblemKind::Malformed(why);
                        clients.problem(Client::Certbot, &lineage.file, Some(line), kind);
                    }
                    clients.lineages.push(lineage);
                }
                Err((file, Broken { line, why })) => {
                    clients.problem(Client::Certbot, &file, line, ProblemKind::Malformed(why));
                }
            }
        }
        if clients.lineages.len() == first {
            continue;
        }
        hooks(directory, &options, file_system, clients);
        schedule::find(Client::Certbot, "certbot", file_system, clients);
    }
}

/// What a file in `renewal/` says (`certbot._internal.renewal.reconstitute`).
fn lineage(
    name: &str,
    file: PathBuf,
    bytes: &[u8],
    options: &Options,
) -> Result<(Lineage, Option<Account>), (PathBuf, Broken)> {
    match Settings::read(bytes).and_then(|settings| {
        let mut lineage = Lineage::new(Client::Certbot, name.to_owned(), PathBuf::new());
        settings.fill(&mut lineage, options)?;
        let account = settings.text("account").map(str::to_owned);
        let line = settings.entry("account").map(|entry| entry.line);
        Ok((lineage, account.zip(line)))
    }) {
        Ok((lineage, account)) => Ok((Lineage { file, ..lineage }, account)),
        Err(broken) => Err((file, broken)),
    }
}

impl Settings {
    fn fill(&self, lineage: &mut Lineage, options: &Options) -> Result<(), Broken> {
        let path = |key: &str| {
            let text = self.ini.get(0, key)?.value.text()?;
            Some(PathBuf::from(text))
        };
        lineage.files = LineageFiles {
            certificate: path("cert"),
            key: path("privkey"),
            chain: path("chain"),
            fullchain: path("fullchain"),
            archive: path("archive_dir"),
        };
        let entries = self.ini.sections.iter().flat_map(|section| &section.entries);
        lineage.lines = entries
            .filter_map(|entry| {
                let key = OF_INTEREST.into_iter().find(|key| *key == entry.key)?;
                Some((key, entry.line))
            })
            .collect();
        let top = |key: &str| self.ini.get(0, key).and_then(|entry| entry.value.text());
        lineage.version = top("version").map(str::to_owned);
        if let Some(seconds) = top("renew_before_expiry").and_then(seconds) {
            lineage.threshold = Threshold::BeforeEnd(seconds);
        }
        // What is set for all certificates comes before what a file says.
        let option = |option: &str, key: &str| {
            let set = options.text(option).or_else(|| self.text(key));
            set.map(str::to_owned)
        };
        lineage.server = option("server", "server");
        lineage.installer = option("installer", "installer");
        lineage.key_type = Some(option("key-type", "key_type").unwrap_or_else(|| "rsa".to_owned()));
        lineage.must_staple =
            options.is_on("must-staple") || self.truth("must_staple")?.unwrap_or(false);
        lineage.reuse_key = options.is_on("reuse-key") || self.truth("reuse_key")?.unwrap_or(false);
        lineage.autorenew = self.truth("autorenew")?.unwrap_or(true);
        if options.is_on("no-autorenew") {
            // No line of the file can turn it on again.
            lineage.autorenew = false;
            lineage.lines.retain(|(key, _)| *key != "autorenew");
        }
        lineage.allows_subset = options.is_on("allow-subset-of-names")
            || self.truth("allow_subset_of_names")?.unwrap_or(false);
        for (when, option_names, key) in [
            (When::Before, &["pre-hook"][..], "pre_hook"),
            (When::Renewed, &["deploy-hook", "renew-hook"], "renew_hook"),
            (When::After, &["post-hook"], "post_hook"),
        ] {
            let is_set = option_names.iter().any(|option| options.text(option).is_some());
            if let Some(command) = self.text(key).filter(|_| !is_set) {
                lineage.hooks.push(Hook::command(when, command));
            }
        }
        if options.text("preferred-challenges").is_none() {
            self.check_challenges()?;
        }
        if options.text("rsa-key-size").is_none() {
            self.number("rsa_key_size")?;
        }
        self.fill_methods(lineage, options)
    }

    fn fill_methods(&self, lineage: &mut Lineage, options: &Options) -> Result<(), Broken> {
        let address = options.text("http-01-address").or_else(|| self.text("http01_address"));
        let authenticator = options.authenticator().or_else(|| self.text("authenticator"));
        let Some(authenticator) = authenticator else {
            return Err(Broken::new("the setting `authenticator` is `None`"));
        };
        let port = self.port(options, authenticator)?;
        lineage.method = match authenticator {
            "webroot" => {
                let path = match options.text("webroot-path") {
                    Some(path) => Some(path.to_owned()),
                    // The last one is for all names that have none of their own.
                    None => self.entry("webroot_path").and_then(|entry| {
                        entry.value.texts().last().filter(|path| *path != "None").cloned()
                    }),
                };
                let map = self.ini.section(self.parameters, "webroot_map");
                let map = map.map_or(&[][..], |map| &self.ini.sections[map].entries);
                lineage.methods = map
                    .iter()
                    .filter_map(|entry| {
                        let method = Method::WebRoot(web_root(entry.value.text()?));
                        Some((entry.key.to_ascii_lowercase(), method))
                    })
                    .collect();
                path.map(|path| Method::WebRoot(web_root(&path)))
            }
            "standalone" => Some(Method::Standalone(Standalone {
                port,
                address: address.filter(|text| !text.is_empty()).map(str::to_owned),
            })),
            "nginx" => Some(Method::Nginx),
            "manual" => {
                let hook =
                    options.text("manual-auth-hook").or_else(|| self.text("manual_auth_hook"));
                Some(Method::Manual { hook: hook.map(str::to_owned) })
            }
            other if other.starts_with("dns") || other.contains(":dns-") => {
                Some(Method::Dns(other.to_owned()))
            }
            other => Some(Method::Other(other.to_owned())),
        };
        Ok(())
    }

    /// The port on which certbot listens. Out of range it is in nobody's way unless it is wanted.
    fn port(&self, options: &Options, authenticator: &str) -> Result<u16, Broken> {
        const USUAL: u16 = 80;
        if let Some(text) = options.text("http-01-port") {
            return Ok(text.parse().unwrap_or(USUAL));
        }
        let Some(entry) = self.entry("http01_port") else { return Ok(USUAL) };
        if entry.value.text() == Some("None") {
            return Ok(USUAL);
        }
        let number = self.number("http01_port")?.unwrap_or_default();
        match number.replace('_', "").parse() {
            Ok(port) => Ok(port),
            Err(_) if authenticator != "standalone" => Ok(USUAL),
            Err(_) => Err(entry.broken(format!("nobody can listen on port {number}"))),
        }
    }
}

/// A web root, without slashes at its end.
fn web_root(text: &str) -> PathBuf {
    match text.trim_end_matches('/') {
        "" => PathBuf::from("/"),
        text => PathBuf::from(text),
    }
}

/// An interval such as `30 days` or `2 weeks 12 hours`, where a bare number counts days; `None` if it
/// is another one (`certbot._internal.storage.add_time_interval`).
fn seconds(text: &str) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60;
    let (mut sum, mut number) = (0, None);
    for word in text.split_whitespace() {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, unit) = word.split_at(digits);
        if let Ok(count) = digits.parse::<i64>() {
            number = Some(count);
        }
        let seconds = match unit.trim_end_matches(',') {
            "" => continue,
            "s" | "second" | "seconds" => 1,
            "m" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 60 * 60,
            "d" | "day" | "days" => DAY,
            "w" | "week" | "weeks" => 7 * DAY,
            "month" | "months" => 30 * DAY,
            "y" | "year" | "years" => 365 * DAY,
            _ => return None,
        };
        sum += number.take()?.checked_mul(seconds)?;
    }
    match number {
        Some(days) if sum == 0 => days.checked_mul(DAY),
        Some(_) => None,
        None => Some(sum),
    }
}

/// The hooks in their directories, and those that are set for all certificates
/// (`certbot._internal.hooks.list_hooks`).
fn hooks(directory: &Path, options: &Options, file_system: &dyn FileSystem, clients: &mut Clients) {
    let is_off = options.is_on("no-directory-hooks");
    for (when, name) in [(When::Before, "pre"), (When::Renewed, "deploy"), (When::After, "post")] {
        let directory = directory.join("renewal-hooks").join(name);
        let entries = file_system.list(&directory).found().unwrap_or_default();
        for entry in entries {
            let path = directory.join(&entry.name);
            let Lookup::Found(stat) = file_system.stat(&path) else { continue };
            if stat.kind != FileKind::File {
                continue;
            }
            let ignored = if is_off {
                Some(Ignored::TurnedOff)
            } else if entry.name.as_bytes().ends_with(b"~") {
                Some(Ignored::Backup)
            } else if stat.mode & 0o111 == 0 {
                Some(Ignored::NotExecutable)
            } else {
                None
            };
            let Some(text) = read(Client::Certbot, &path, file_system, clients) else { continue };
            let hook = Hook { when, text, script: Some(path), ignored };
            clients.hooks.push((Client::Certbot, hook));
        }
    }
    for (when, option) in [
        (When::Before, "pre-hook"),
        (When::Renewed, "deploy-hook"),
        (When::Renewed, "renew-hook"),
        (When::After, "post-hook"),
    ] {
        if let Some(command) = options.text(option) {
            clients.hooks.push((Client::Certbot, Hook::command(when, command)));
        }
    }
}

#[cfg(test)]
mod tests;
