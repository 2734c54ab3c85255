//! What acme.sh keeps: a directory for each certificate, with a file of settings that its shell reads
//! back, and the newest files.

use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{FileKind, FileSystem, Lookup};

use super::{
    Client, Clients, Hook, Lineage, LineageFiles, Method, ProblemKind, Standalone, Threshold, When,
    certificate, read, schedule,
};
use crate::shell::Variables;

/// The directory, in that of the user who runs it.
const HOME: &str = ".acme.sh";

/// What acme.sh puts around texts that it writes in base64 (`_save_conf`).
const BASE64: (&str, &str) = ("__ACME_BASE64__START_", "__ACME_BASE64__END_");

/// The settings of which the lines are of interest.
const OF_INTEREST: [&str; 9] = [
    "Le_API",
    "Le_Domain",
    "Le_HTTPPort",
    "Le_Keylength",
    "Le_OCSP_Staple",
    "Le_RealFullChainPath",
    "Le_ReloadCmd",
    "Le_RenewalDays",
    "Le_Webroot",
];

/// Looks for acme.sh's files: in the directory that somebody has named, or else in those of users.
pub(super) fn gather(named: Option<&Path>, file_system: &dyn FileSystem, clients: &mut Clients) {
    let first = clients.lineages.len();
    let homes = if let Some(named) = named {
        vec![named.to_owned()]
    } else {
        let users = file_system.list(Path::new("/home")).found().unwrap_or_default();
        let users = users.into_iter().map(|user| Path::new("/home").join(user.name));
        let users = std::iter::once(PathBuf::from("/root")).chain(users);
        users.map(|user| user.join(HOME)).collect()
    };
    for home in homes {
        let Some(entries) = file_system.list(&home).found() else { continue };
        gather_in(&home, entries, file_system, clients);
        let mut account = Variables::default();
        if let Lookup::Found(bytes) = file_system.read(&home.join("account.conf")) {
            account.read(&bytes);
        }
        let elsewhere = account.text("CERT_HOME").map(PathBuf::from).filter(|path| *path != home);
        if let Some(path) = elsewhere
            && let Some(entries) = file_system.list(&path).found()
        {
            gather_in(&path, entries, file_system, clients);
        }
    }
    if clients.lineages.len() > first {
        schedule::find(Client::AcmeSh, "acme.sh", file_system, clients);
    }
}

fn gather_in(
    home: &Path,
    entries: Vec<model::DirectoryEntry>,
    file_system: &dyn FileSystem,
    clients: &mut Clients,
) {
    for entry in entries {
        let is_directory = entry.kind.is_none_or(|kind| kind == FileKind::Directory);
        let Some(name) = entry.name.to_str().filter(|name| is_directory && name.contains('.'))
        else {
            continue;
        };
        let directory = home.join(name);
        let domain = name.strip_suffix("_ecc").unwrap_or(name);
        let file = directory.join(format!("{domain}.conf"));
        let Some(bytes) = read(Client::AcmeSh, &file, file_system, clients) else { continue };
        let mut settings = Variables::default();
        settings.read(&bytes);
        if settings.text("Le_Domain").is_none() {
            let kind = ProblemKind::Malformed("the setting `Le_Domain` is missing".to_owned());
            clients.problem(Client::AcmeSh, &file, None, kind);
            continue;
        }
        let mut lineage = lineage(name, file, &settings);
        let own = |kind: &str| directory.join(format!("{kind}.cer"));
        lineage.certificate = certificate(&own("fullchain"), file_system, clients)
            .or_else(|| certificate(&own(domain), file_system, clients));
        if lineage.files == LineageFiles::default() {
            lineage.files = LineageFiles {
                certificate: Some(own(domain)),
                key: Some(directory.join(format!("{domain}.key"))),
                chain: Some(own("ca")),
                fullchain: Some(own("fullchain")),
                archive: None,
            };
        }
        clients.lineages.push(lineage);
    }
}

/// What the settings of a certificate say (`issue`, `renew` and `installcert` of acme.sh).
fn lineage(name: &str, file: PathBuf, settings: &Variables) -> Lineage {
    let mut lineage = Lineage::new(Client::AcmeSh, name.to_owned(), file);
    let line = |key| Some((key, settings.line(key)?));
    lineage.lines = OF_INTEREST.into_iter().filter_map(line).collect();
    let text = |key: &str| settings.text(key).filter(|text| *text != "no");
    let list =
        |key: &str| settings.text(key).into_iter().flat_map(|text| text.split(',')).map(str::trim);
    let names = settings.text("Le_Domain").into_iter().chain(text("Le_Alt"));
    let names: Vec<_> =
        names.flat_map(|names| names.split(',')).map(str::to_ascii_lowercase).collect();
    let port = text("Le_HTTPPort").and_then(|port| port.parse().ok()).unwrap_or(80);
    let mut methods = list("Le_Webroot");
    let mut addresses = list("Le_LocalAddress");
    let (mut method, mut address) = ("", "");
    for name in &names {
        // The last one holds for all that come after it.
        method = methods.next().filter(|method| !method.is_empty()).unwrap_or(method);
        address = addresses.next().filter(|address| !address.is_empty()).unwrap_or(address);
        if !method.is_empty() {
            lineage.methods.push((name.clone(), method_of(method, port, address)));
        }
    }
    lineage.method = lineage.methods.first().map(|(_, method)| method.clone());
    lineage.names = Some(names);
    let path = |key: &str| text(key).map(PathBuf::from);
    lineage.files = LineageFiles {
        certificate: path("Le_RealCertPath"),
        key: path("Le_RealKeyPath"),
        chain: path("Le_RealCACertPath"),
        fullchain: path("Le_RealFullChainPath"),
        archive: None,
    };
    for (when, key) in [
        (When::Before, "Le_PreHook"),
        (When::Renewed, "Le_ReloadCmd"),
        (When::Renewed, "Le_RenewHook"),
        (When::After, "Le_PostHook"),
    ] {
        lineage.hooks.extend(text(key).map(|command| Hook::command(when, &plain(command))));
    }
    if let Some(scripts) = text("Le_DeployHook") {
        lineage.hooks.push(Hook::command(When::Renewed, &format!("--deploy-hook {scripts}")));
    }
    lineage.server = text("Le_API").map(str::to_owned);
    lineage.key_type = text("Le_Keylength").map(str::to_owned);
    lineage.must_staple = text("Le_OCSP_Staple").is_some();
    let number = |key: &str| text(key)?.parse::<i64>().ok();
    let made = number("Le_CertCreateTime");
    lineage.threshold = match number("Le_RenewalDays").filter(|days| *days > 0) {
        Some(days) => Threshold::AfterStart(days.saturating_mul(24 * 60 * 60)),
        None => match number("Le_NextRenewTime").zip(made) {
            Some((next, made)) if next > made => Threshold::AfterStart(next - made),
            _ => Threshold::Usual,
        },
    };
    lineage
}

/// What an element of `Le_Webroot` stands for.
fn method_of(text: &str, port: u16, address: &str) -> Method {
    match text {
        "no" => Method::Standalone(Standalone {
            port,
            address: (!address.is_empty()).then(|| address.to_owned()),
        }),
        "alpn" => Method::TlsAlpn,
        "stateless" => Method::Stateless,
        _ if text.starts_with("nginx:") => Method::Nginx,
        _ if text.starts_with("dns") => Method::Dns(text.to_owned()),
        _ if text.starts_with('/') => match text.trim_end_matches('/') {
            "" => Method::WebRoot(PathBuf::from("/")),
            text => Method::WebRoot(PathBuf::from(text)),
        },
        _ => Method::Other(text.to_owned()),
    }
}

/// A command, which may be in base64.
fn plain(text: &str) -> String {
    let inner = text.strip_prefix(BASE64.0).and_then(|text| text.strip_suffix(BASE64.1));
    let bytes = inner.and_then(|inner| STANDARD.decode(inner).ok());
    bytes.map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
