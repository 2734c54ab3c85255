use std::{cell::OnceCell, collections::HashMap};

use model::{Http, LocationId, Modifier, ServerId, name};

use crate::challenge::{PATH, meant_for_challenges};

/// A directory into which the client puts `.well-known/acme-challenge/TOKEN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRoot {
    /// The directory as the configuration writes it.
    pub directory: Vec<u8>,
    /// Who says so.
    pub origin: WebRootOrigin,
}

/// Who names a web root, the most trustworthy first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebRootOrigin {
    /// A location made for challenges, in a server that shares a name.
    SameName,
    /// The locations made for challenges in other servers, all of one mind, each in its own words.
    OtherServers,
    /// The root of the server itself, or of one that shares a name.
    DocumentRoot,
}

/// The web roots of a configuration; what all servers say is put together when it is first asked
/// for.
#[derive(Debug)]
pub struct WebRoots<'c> {
    http: &'c Http<'c>,
    /// The servers by their names.
    by_name: OnceCell<HashMap<&'c [u8], Vec<ServerId>>>,
    /// The directory that the locations made for challenges name, if all are of one mind.
    agreed: OnceCell<Option<Vec<u8>>>,
}

impl<'c> WebRoots<'c> {
    /// Those of this configuration.
    pub fn new(http: &'c Http<'c>) -> Self {
        Self { http, by_name: OnceCell::new(), agreed: OnceCell::new() }
    }

    /// The web root for the challenges of a server's names, as far as the configuration tells.
    pub fn of(&self, id: ServerId) -> Option<WebRoot> {
        let http = self.http;
        let same_names = self.same_names(id);
        if let Some(directory) = same_names.iter().find_map(|&id| declared_root(http, id)) {
            return Some(WebRoot { directory, origin: WebRootOrigin::SameName });
        }
        if let Some(directory) = self.agreed.get_or_init(|| agreed(http)).clone() {
            return Some(WebRoot { directory, origin: WebRootOrigin::OtherServers });
        }
        std::iter::once(id).chain(same_names).find_map(|id| {
            let directory = http.effective(http.server(id), name::ROOT)?.arg(0)?.into_owned();
            let origin = WebRootOrigin::DocumentRoot;
            (!directory.contains(&b'$')).then_some(WebRoot { directory, origin })
        })
    }

    /// The server and all that share a name with it, in nginx's order.
    fn same_names(&self, id: ServerId) -> Vec<ServerId> {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name: HashMap<&[u8], Vec<ServerId>> = HashMap::new();
            for (id, server) in self.http.servers() {
                for name in &server.names {
                    by_name.entry(&name.text).or_default().push(id);
                }
            }
            by_name
        });
        let names = self.http.server(id).names.iter();
        let mut servers: Vec<_> =
            names.filter_map(|name| by_name.get(&*name.text)).flatten().copied().collect();
        servers.push(id);
        servers.sort_unstable();
        servers.dedup();
        servers
    }
}

fn agreed(http: &Http<'_>) -> Option<Vec<u8>> {
    let mut all = http.servers().filter_map(|(id, _)| own_root(http, id));
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// The directory that a location for challenges itself names.
fn own_root(http: &Http<'_>, id: ServerId) -> Option<Vec<u8>> {
    let names_one = meant_for_challenges(http.server(id)).any(|(_, location)| {
        let level = &location.level;
        level.first(name::ROOT).or_else(|| level.first(name::ALIAS)).is_some()
    });
    names_one.then(|| declared_root(http, id)).flatten()
}

/// The directory that a server's locations for challenges serve from.
fn declared_root(http: &Http<'_>, id: ServerId) -> Option<Vec<u8>> {
    let server = http.server(id);
    // The location of the directory itself says where it is, too.
    let of_directory = (0..).map(LocationId).zip(&server.locations).filter(|(_, location)| {
        location.modifier == Modifier::Exact && location.pattern == PATH.as_bytes()
    });
    meant_for_challenges(server).chain(of_directory).find_map(|(id, location)| {
        let chain = std::iter::successors(Some(id), |&id| server.location(id).parent);
        let levels = chain.map(|id| &server.location(id).level).chain([&server.level, &http.level]);
        let has_files = location.level.first(name::PROXY_PASS).is_none()
            && location.level.code().all(|code| code.name() != name::RETURN);
        if !has_files {
            return None;
        }
        for level in levels {
            if let Some(root) = level.first(name::ROOT) {
                let directory = root.arg(0)?.into_owned();
                return (!directory.contains(&b'$')).then_some(directory);
            }
            if let Some(alias) = level.first(name::ALIAS) {
                let directory = alias.arg(0)?;
                let directory = directory.strip_suffix(b"/").unwrap_or(&directory);
                let path = PATH.trim_end_matches('/').as_bytes();
                return directory.strip_suffix(path).map(<[u8]>::to_vec);
            }
        }
        None
    })
}
