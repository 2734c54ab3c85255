//! What dehydrated keeps: a configuration that its shell reads, `domains.txt` with a line for each
//! certificate, and a directory with the newest files of each.

use std::{
    collections::HashSet,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup};

use super::{
    Client, Clients, Hook, Ignored, Lineage, LineageFiles, Method, ProblemKind, Threshold, When,
    certificate, read, schedule,
};
use crate::shell::{Setting, Variables};

/// Where its configuration is.
const USUAL: [&str; 2] = ["/etc/dehydrated", "/usr/local/etc/dehydrated"];

/// The directory of tokens that it has without being told.
const TOKENS: &str = "/var/www/dehydrated";

/// Certificate authorities that it knows by name.
const AUTHORITIES: [(&str, &str); 2] = [
    ("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"),
    ("letsencrypt-test", "https://acme-staging-v02.api.letsencrypt.org/directory"),
];

/// What a certificate may have of its own.
const OF_CERTIFICATES: [&str; 5] =
    ["CHALLENGETYPE", "HOOK", "OCSP_MUST_STAPLE", "RENEW_DAYS", "WELLKNOWN"];

/// Looks for dehydrated's files: in the directory that somebody has named, or else in the usual ones.
pub(super) fn gather(named: Option<&Path>, file_system: &dyn FileSystem, clients: &mut Clients) {
    let usual = USUAL.map(Path::new);
    for home in named.map_or(&usual[..], |_| &[]).iter().copied().chain(named) {
        let file = home.join("config");
        let Some(bytes) = read(Client::Dehydrated, &file, file_system, clients) else { continue };
        let mut settings = Variables::default();
        settings.set("BASEDIR", &home.to_string_lossy());
        settings.read(&bytes);
        let main = settings.clone();
        if let Some(more) = settings.text("CONFIG_D").map(PathBuf::from) {
            let mut entries = file_system.list(&more).found().unwrap_or_default();
            entries.sort_by(|one, other| one.name.cmp(&other.name));
            for name in entries.iter().filter_map(|entry| entry.name.to_str()) {
                let path = more.join(name);
                if Path::new(name).extension().is_some_and(|kind| kind == "sh")
                    && let Some(bytes) = read(Client::Dehydrated, &path, file_system, clients)
                {
                    settings.read(&bytes);
                }
            }
        }
        let first = clients.lineages.len();
        Home { file, main: &main, settings: &settings }.gather(file_system, clients);
        if clients.lineages.len() > first {
            schedule::find(Client::Dehydrated, "dehydrated", file_system, clients);
        }
    }
}

/// A configuration.
struct Home<'h> {
    file: PathBuf,
    /// What the file itself sets.
    main: &'h Variables,
    /// The same with what other files set.
    settings: &'h Variables,
}

impl Home<'_> {
    /// A path of the configuration, or what it is without being set; `None` if only a shell would
    /// know.
    fn path(&self, name: &str, otherwise: &str) -> Option<PathBuf> {
        match self.settings.get(name) {
            Setting::Unknown => None,
            Setting::Text(text) => Some(PathBuf::from(text)),
            Setting::Unset => Some(Path::new(self.settings.text("BASEDIR")?).join(otherwise)),
        }
    }

    /// The line of the file that says what holds.
    fn line(&self, name: &str, settings: &Variables) -> Option<u32> {
        self.main.line(name).filter(|_| settings.get(name) == self.main.get(name))
    }

    fn gather(&self, file_system: &dyn FileSystem, clients: &mut Clients) {
        let Some(list) = self.path("DOMAINS_TXT", "domains.txt") else { return };
        let Some(directory) = self.path("CERTDIR", "certs") else { return };
        let Some(bytes) = read(Client::Dehydrated, &list, file_system, clients) else { return };
        let mut missing = HashSet::new();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((name, names)) = certificate_of(line) else { continue };
            let own = match self.settings.text("DOMAINS_D") {
                Some(path) => Path::new(path).join(&name),
                None => directory.join(&name).join("config"),
            };
            let own = file_system.read(&own).found().map(|bytes| {
                let (mut settings, mut owned) = (self.settings.clone(), self.settings.clone());
                owned.read(&bytes);
                settings.take(&owned, &OF_CERTIFICATES);
                settings
            });
            let settings = own.as_ref().unwrap_or(self.settings);
            let mut lineage = self.lineage(&name, names, &directory.join(&name), settings);
            lineage.hooks.extend(hook(settings, file_system));
            let newest = lineage.files.certificate.as_deref();
            lineage.certificate = newest.and_then(|path| certificate(path, file_system, clients));
            if let Some(Method::TokenDirectory(tokens)) = &lineage.method
                && !missing.contains(tokens)
                && file_system.stat(tokens) == Lookup::Absent
            {
                let why = format!("the directory {} does not exist (WELLKNOWN)", tokens.display());
                let line = self.line("WELLKNOWN", settings);
                clients.problem(Client::Dehydrated, &self.file, line, ProblemKind::Malformed(why));
                missing.insert(tokens.clone());
            }
            clients.lineages.push(lineage);
        }
    }

    fn lineage(
        &self,
        name: &str,
        names: Vec<String>,
        directory: &Path,
        settings: &Variables,
    ) -> Lineage {
        let mut lineage = Lineage::new(Client::Dehydrated, name.to_owned(), self.file.clone());
        let line = |key| Some((key, self.line(key, settings)?));
        lineage.lines = OF_CERTIFICATES.into_iter().filter_map(line).collect();
        lineage.names = Some(names);
        lineage.method = match settings.get("CHALLENGETYPE") {
            Setting::Unknown => None,
            Setting::Text("dns-01") => Some(Method::Dns("dns-01".to_owned())),
            Setting::Text("tls-alpn-01") => Some(Method::TlsAlpn),
            Setting::Text(_) | Setting::Unset => match settings.get("WELLKNOWN") {
                Setting::Unknown => None,
                Setting::Text(path) => Some(Method::TokenDirectory(path.into())),
                Setting::Unset => Some(Method::TokenDirectory(TOKENS.into())),
            },
        };
        lineage.files = LineageFiles {
            certificate: Some(directory.join("cert.pem")),
            key: Some(directory.join("privkey.pem")),
            chain: Some(directory.join("chain.pem")),
            fullchain: Some(directory.join("fullchain.pem")),
            archive: None,
        };
        let authority = settings.text("CA").unwrap_or(AUTHORITIES[0].0);
        let known = AUTHORITIES.iter().find(|(name, _)| *name == authority);
        lineage.server = Some(known.map_or(authority, |(_, url)| url).to_owned());
        let days = settings.text("RENEW_DAYS").and_then(|days| days.parse::<i64>().ok());
        lineage.threshold = Threshold::BeforeEnd(days.unwrap_or(30).saturating_mul(24 * 60 * 60));
        lineage.key_type = settings.text("KEY_ALGO").map(str::to_owned);
        lineage.must_staple = settings.text("OCSP_MUST_STAPLE") == Some("yes");
        lineage
    }
}

/// What is run when there is a new certificate, with `deploy_cert` as its first argument.
fn hook(settings: &Variables, file_system: &dyn FileSystem) -> Option<Hook> {
    let path = match settings.get("HOOK") {
        Setting::Unset => return None,
        Setting::Unknown => return Some(Hook::command(When::Renewed, "$HOOK")),
        Setting::Text(path) => PathBuf::from(path),
    };
    let text = file_system.read(&path).found();
    let ignored = match file_system.stat(&path) {
        Lookup::Found(stat) if stat.kind == FileKind::File && stat.mode & 0o111 == 0 => {
            Some(Ignored::NotExecutable)
        }
        _ => None,
    };
    let text = text.unwrap_or_else(|| path.as_os_str().as_bytes().to_vec());
    Some(Hook { when: When::Renewed, text, script: Some(path), ignored })
}

/// The name of a certificate and the names that it is for, from a line of `domains.txt`
/// (`command_sign_domains`).
fn certificate_of(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim().to_lowercase();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let line = line.replace('>', " >").replace("> ", ">");
    let (alias, names): (Vec<_>, Vec<_>) =
        line.split_whitespace().partition(|word| word.starts_with('>'));
    let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
    let name = alias.first().map(|alias| alias[1..].to_owned()).or_else(|| names.first().cloned());
    Some((name.filter(|name| !name.is_empty())?, names))
}

#[cfg(test)]
mod tests;
