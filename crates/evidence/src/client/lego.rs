//! What lego keeps: its certificates in one directory; and what else it is told, in a file since its
//! fifth version, before that on the command line of whatever starts it.

use std::path::{Path, PathBuf};

use model::{FileSystem, Lookup};

use super::{
    Client, Clients, Hook, Lineage, LineageFiles, Method, Standalone, Threshold, When, certificate,
    schedule,
};
use crate::shell::{self, Word};

mod file;

/// The directories in which people start it. It keeps its own there, or in `.lego`.
const USUAL: [&str; 4] = ["/etc/lego", "/var/lib/lego", "/root", "/"];

/// What a certificate is ordered with.
#[derive(Clone, Debug, Default)]
struct Order {
    /// The file that says so, and the line.
    file: PathBuf,
    line: Option<u32>,
    /// The names; the first one is the certificate's, too, if it has none of its own.
    names: Vec<String>,
    name: Option<String>,
    /// Where certificates are kept, if that is said.
    storage: Option<PathBuf>,
    method: Option<Method>,
    hooks: Vec<(When, String)>,
    threshold: Option<Threshold>,
    server: Option<String>,
    key_type: Option<String>,
}

/// Looks for lego's files: in the directory that somebody has named, or else in the usual ones.
pub(super) fn gather(named: Option<&Path>, file_system: &dyn FileSystem, clients: &mut Clients) {
    let usual = USUAL.map(Path::new);
    let mut files: Option<Vec<PathBuf>> = None;
    for home in named.map_or(&usual[..], |_| &[]).iter().copied().chain(named) {
        for storage in [home.join(".lego"), home.to_owned()] {
            if storage == Path::new("/") || storage == Path::new("/root") {
                continue;
            }
            let directory = storage.join("certificates");
            let Some(entries) = file_system.list(&directory).found() else { continue };
            let files = files.get_or_insert_with(|| {
                schedule::find(Client::Lego, "lego", file_system, clients);
                let schedules = clients.schedules.iter();
                let own = schedules.filter(|schedule| schedule.client == Client::Lego);
                own.map(|schedule| schedule.file.clone()).collect()
            });
            let mut orders = file::orders(home, file_system, clients);
            orders.extend(files.iter().flat_map(|file| commands(file, file_system)));
            let files_there = entries.iter().filter_map(|entry| entry.name.to_str());
            for name in files_there.filter_map(|file| file.strip_suffix(".crt")) {
                if name.ends_with(".issuer") {
                    continue;
                }
                let lineage = lineage(name, &storage, &orders, file_system, clients);
                clients.lineages.push(lineage);
            }
        }
    }
}

fn lineage(
    name: &str,
    storage: &Path,
    orders: &[Order],
    file_system: &dyn FileSystem,
    clients: &Clients,
) -> Lineage {
    let path = |kind: &str| storage.join("certificates").join(format!("{name}.{kind}"));
    let mut lineage = Lineage::new(Client::Lego, name.to_owned(), path("crt"));
    lineage.renews(certificate(&path("crt"), file_system, clients));
    lineage.files = LineageFiles {
        certificate: None,
        key: Some(path("key")),
        chain: Some(path("issuer.crt")),
        fullchain: Some(path("crt")),
        archive: None,
    };
    let is_for = |order: &&Order| {
        let named = order.name.as_deref().or(order.names.first().map(|name| &**name));
        // A star has no place in the name of a file.
        named.is_some_and(|named| named.replace('*', "_") == name)
            && order.storage.as_deref().is_none_or(|path| path == storage)
    };
    if let Some(order) = orders.iter().find(is_for).cloned() {
        lineage.file = order.file;
        lineage.lines = order.line.map(|line| ("webroot", line)).into_iter().collect();
        lineage.names = Some(order.names);
        lineage.method = order.method;
        let hooks = order.hooks.iter().map(|(when, command)| Hook::command(*when, command));
        lineage.hooks = hooks.collect();
        lineage.threshold = order.threshold.unwrap_or(Threshold::Usual);
        lineage.server = order.server;
        lineage.key_type = order.key_type;
    }
    lineage
}

/// What the command lines in a crontab, or in the service of a timer, order.
fn commands(file: &Path, file_system: &dyn FileSystem) -> Vec<Order> {
    let is_timer = file.extension().is_some_and(|kind| kind == "timer");
    let file = if is_timer { file.with_extension("service") } else { file.to_owned() };
    let Lookup::Found(bytes) = file_system.read(&file) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes).replace("\\\n", "  ");
    let mut orders = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if !line.contains("lego") || line.trim_start().starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("ExecStart=").unwrap_or(line);
        let order = shell::commands(line).into_iter().find_map(|words| order(&words));
        orders.extend(order.map(|order| Order { file: file.clone(), line: Some(number), ..order }));
    }
    orders
}

/// What a command line orders, if it is lego's.
fn order(words: &[Word]) -> Option<Order> {
    let is_lego = |word: &Word| word.as_deref().is_some_and(|word| word.ends_with("lego"));
    let start = words.iter().position(is_lego)?;
    let mut order = Order::default();
    let (mut http, mut standalone, mut web_root) = (false, None, None);
    let mut words = words[start + 1..].iter();
    while let Some(word) = words.next() {
        let Some(word) = word.as_deref() else { continue };
        let (option, glued) = match word.split_once('=') {
            Some((option, value)) => (option, Some(Some(value.to_owned()))),
            None => (word, None),
        };
        let mut value = || glued.clone().or_else(|| words.next().cloned()).flatten();
        let option = option.trim_start_matches('-');
        match option {
            "d" | "domains" => order.names.extend(
                value().iter().flat_map(|text| text.split(',')).map(str::to_ascii_lowercase),
            ),
            "path" => order.storage = value().map(PathBuf::from),
            "s" | "server" => order.server = value(),
            "k" | "key-type" => order.key_type = value(),
            "http" => http = true,
            "http.webroot" => web_root = Some(value()),
            "http.port" | "http.address" => standalone = value(),
            "tls" => order.method = Some(Method::TlsAlpn),
            "dns" => order.method = Some(Method::Dns(value().unwrap_or_default())),
            "days" | "renew-days" => {
                let days = value().and_then(|days| days.parse::<i64>().ok());
                order.threshold = days.map(|days| Threshold::BeforeEnd(days * 24 * 60 * 60));
            }
            "pre-hook" => order.hooks.extend(value().map(|hook| (When::Before, hook))),
            "renew-hook" | "deploy-hook" => {
                order.hooks.push((When::Renewed, value().unwrap_or_else(|| "$HOOK".to_owned())));
            }
            "post-hook" => order.hooks.extend(value().map(|hook| (When::After, hook))),
            _ => {}
        }
    }
    if http {
        order.method = match web_root {
            Some(Some(path)) => Some(Method::WebRoot(PathBuf::from(path))),
            Some(None) => None,
            None => Some(standalone_at(standalone.as_deref().unwrap_or(":80"))),
        };
    }
    Some(order)
}

/// lego listening at an address and a port, or at a port alone.
fn standalone_at(text: &str) -> Method {
    let (address, port) = text.rsplit_once(':').unwrap_or(("", text));
    let address = address.trim_matches(['[', ']']);
    Method::Standalone(Standalone {
        port: port.parse().unwrap_or(80),
        address: (!address.is_empty()).then(|| address.to_owned()),
    })
}

#[cfg(test)]
mod tests;
