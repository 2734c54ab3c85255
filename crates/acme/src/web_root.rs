use model::{Http, LocationId, Modifier, ServerId, name};

use crate::challenge::{PATH, meant_for_challenges};

/// A directory into which the client puts `.well-known/acme-challenge/TOKEN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRoot {
    /// The directory as the configuration writes it.
    pub directory: Vec<u8>,
    /// Whether a location made for challenges says so; else it is merely the server's own root.
    pub is_for_challenges: bool,
}

/// The web root for the challenges of a server's names, as far as the configuration tells: that of
/// a location made for challenges in a server that shares a name, else in any server, else the
/// root of the server itself or of one that shares a name.
pub fn web_root(http: &Http<'_>, id: ServerId) -> Option<WebRoot> {
    let server = http.server(id);
    let shares_name = |other: &&(ServerId, &model::Server<'_>)| {
        let names = &other.1.names;
        names.iter().any(|name| server.names.iter().any(|own| own.text == name.text))
    };
    let servers: Vec<_> = http.servers().collect();
    let same_names = servers.iter().filter(shares_name);
    let declared = same_names.chain(&servers).find_map(|(id, _)| declared_root(http, *id));
    if let Some(directory) = declared {
        return Some(WebRoot { directory, is_for_challenges: true });
    }
    let same_names = servers.iter().filter(shares_name).map(|(_, server)| *server);
    [server].into_iter().chain(same_names).find_map(|server| {
        let directory = http.effective(server, name::ROOT)?.arg(0)?.into_owned();
        (!directory.contains(&b'$')).then_some(WebRoot { directory, is_for_challenges: false })
    })
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
            && location.level.code.iter().all(|code| code.name() != name::RETURN);
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
