//! `.lego.yml`, the file of lego's fifth version.

use std::path::{Path, PathBuf};

use model::FileSystem;
use saphyr::{LoadableYamlNode, Yaml};

use super::{Order, standalone_at};
use crate::client::{Client, Clients, Method, ProblemKind, When, read};

/// The certificates of the file in a directory; none if there is no such file.
pub(super) fn orders(
    directory: &Path,
    file_system: &dyn FileSystem,
    clients: &mut Clients,
) -> Vec<Order> {
    for name in [".lego.yml", ".lego.yaml"] {
        let file = directory.join(name);
        let Some(bytes) = read(Client::Lego, &file, file_system, clients) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        return match Yaml::load_from_str(&text) {
            Ok(documents) => documents
                .first()
                .map_or_else(Vec::new, |settings| of_settings(settings, directory, &file)),
            Err(error) => {
                let line = u32::try_from(error.marker().line()).ok();
                let kind = ProblemKind::Malformed("it is not YAML".to_owned());
                clients.problem(Client::Lego, &file, line, kind);
                Vec::new()
            }
        };
    }
    Vec::new()
}

fn of_settings(settings: &Yaml<'_>, directory: &Path, file: &Path) -> Vec<Order> {
    let path = |text: &str| directory.join(text.strip_prefix("./").unwrap_or(text));
    let storage = text(settings, "storage").map_or_else(|| directory.join(".lego"), path);
    let hooks: Vec<_> = [("pre", When::Before), ("deploy", When::Renewed), ("post", When::After)]
        .into_iter()
        .filter_map(|(name, when)| {
            let hook = settings.as_mapping_get("hooks")?.as_mapping_get(name)?;
            Some((when, text(hook, "command")?.to_owned()))
        })
        .collect();
    let challenges = settings.as_mapping_get("challenges").and_then(Yaml::as_mapping);
    let certificates = settings.as_mapping_get("certificates").and_then(Yaml::as_mapping);
    let mut orders = Vec::new();
    for (name, certificate) in certificates.into_iter().flatten() {
        let names = certificate.as_mapping_get("domains").and_then(Yaml::as_sequence);
        let names = names.into_iter().flatten().filter_map(Yaml::as_str);
        let challenge = match text(certificate, "challenge") {
            Some(challenge) => Some(challenge),
            // The only one there is need not be named.
            None => challenges
                .filter(|challenges| challenges.len() == 1)
                .and_then(|challenges| challenges.iter().next()?.0.as_str()),
        };
        orders.push(Order {
            file: file.to_owned(),
            names: names.map(str::to_ascii_lowercase).collect(),
            name: name.as_str().map(str::to_owned),
            storage: Some(storage.clone()),
            method: challenge.and_then(|challenge| method(settings, challenge, path)),
            hooks: hooks.clone(),
            key_type: text(certificate, "keyType").map(str::to_owned),
            ..Order::default()
        });
    }
    orders
}

/// What a challenge is, by its name.
fn method(settings: &Yaml<'_>, challenge: &str, path: impl Fn(&str) -> PathBuf) -> Option<Method> {
    let known = settings.as_mapping_get("challenges");
    let Some(known) = known.and_then(|known| known.as_mapping_get(challenge)) else {
        return match challenge {
            "http-01" => Some(standalone_at(":80")),
            "tls-alpn-01" => Some(Method::TlsAlpn),
            _ if challenge.starts_with("dns-") => Some(Method::Dns(challenge.to_owned())),
            _ => None,
        };
    };
    if let Some(http) = known.as_mapping_get("http") {
        return Some(match text(http, "webroot") {
            Some(directory) => Method::WebRoot(path(directory)),
            None => standalone_at(text(http, "address").unwrap_or(":80")),
        });
    }
    if let Some(dns) = known.as_mapping_get("dns") {
        return Some(Method::Dns(text(dns, "provider").unwrap_or_default().to_owned()));
    }
    known.as_mapping_get("tls").map(|_| Method::TlsAlpn)
}

fn text<'y>(settings: &'y Yaml<'_>, name: &str) -> Option<&'y str> {
    settings.as_mapping_get(name)?.as_str()
}
