use std::{
    collections::{BTreeSet, HashMap},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use evidence::client::{Client, Clients, Method, Standalone};
use model::Ports;

/// What the verdicts rest on besides the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// On which ports the challenges arrive.
    pub ports: Ports,
    /// Where the ACME client puts its tokens.
    pub places: TokenPlaces,
    /// How names are validated, as far as not by tokens in these places.
    pub ways: Ways,
    /// Names in lower case of which somebody says that they are validated over HTTP-01.
    pub asked: BTreeSet<Vec<u8>>,
}

/// How names in lower case are validated other than by tokens in a directory, as far as it is known.
pub type Ways = HashMap<Vec<u8>, Way>;

/// A way to validate a name other than by a token in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The client listens itself, or tries to.
    Standalone(Standalone),
    /// The client stops nginx and listens in its place.
    WithoutNginx,
    /// The client writes its answer into the servers of the name.
    Plugin,
    /// The client inserts a location that answers, a regular expression.
    Insertion,
    /// The configuration answers by itself.
    Stateless,
    /// A record in DNS.
    Dns,
    /// An answer in the TLS handshake.
    TlsAlpn,
}

/// The directories into which an ACME client puts its tokens, as far as somebody names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPlaces {
    /// Those of every name that has none of its own.
    of_all: Vec<TokenPlace>,
    by_name: HashMap<Vec<u8>, Vec<TokenPlace>>,
}

/// A directory into which an ACME client puts its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TokenPlace {
    /// Below it, in `.well-known/acme-challenge/`.
    WebRoot(Vec<u8>),
    /// Right into it.
    Directory(Vec<u8>),
}

impl Settings {
    /// Takes in what clients say of themselves, for names of which nobody else says anything.
    pub fn follow(&mut self, clients: &Clients) {
        let mut places = TokenPlaces::default();
        for lineage in &clients.lineages {
            let stops_nginx = clients.stops_nginx(lineage);
            for name in lineage.names.iter().flatten() {
                let said = self.places.of(name.as_bytes());
                if !said.is_empty() {
                    // They are its own now, which says that the name is wanted.
                    let said = said.to_vec();
                    self.places.by_name.insert(name.as_bytes().to_vec(), said);
                    continue;
                }
                let Some(method) = lineage.method_of(name) else { continue };
                let way = match method {
                    Method::WebRoot(path) | Method::TokenDirectory(path) => {
                        let place = match method {
                            Method::WebRoot(_) => TokenPlace::WebRoot,
                            _ => TokenPlace::Directory,
                        };
                        if let Some(path) = fit_for_nginx(path) {
                            places.add(Some(name.as_bytes()), place(path));
                        }
                        continue;
                    }
                    Method::Standalone(_) if stops_nginx => Way::WithoutNginx,
                    Method::Standalone(standalone) => Way::Standalone(standalone.clone()),
                    Method::Nginx if lineage.client == Client::AcmeSh => Way::Insertion,
                    Method::Nginx => Way::Plugin,
                    Method::Stateless => Way::Stateless,
                    Method::Dns(_) => Way::Dns,
                    Method::TlsAlpn => Way::TlsAlpn,
                    Method::Module | Method::Manual { .. } | Method::Other(_) => continue,
                };
                self.ways.entry(name.as_bytes().to_vec()).or_insert(way);
            }
        }
        for (name, of_name) in places.by_name {
            self.ways.remove(&name);
            self.places.by_name.entry(name).or_insert(of_name);
        }
    }
}

impl Settings {
    /// The client puts its tokens for a name in lower case into this place from now on.
    pub fn move_to(&mut self, name: &[u8], place: TokenPlace) {
        self.ways.remove(name);
        self.places.by_name.insert(name.to_vec(), vec![place]);
    }
}

/// A directory as a configuration may write it.
fn fit_for_nginx(path: &Path) -> Option<Vec<u8>> {
    let bytes = path.as_os_str().as_bytes();
    (bytes.starts_with(b"/") && !bytes.contains(&b'$')).then(|| bytes.to_vec())
}

impl TokenPlaces {
    /// Adds a directory for one name, or for every name that has none of its own.
    pub fn add(&mut self, name: Option<&[u8]>, place: TokenPlace) {
        let places = match name {
            Some(name) => self.by_name.entry(name.to_ascii_lowercase()).or_default(),
            None => &mut self.of_all,
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }

    /// Whether a name in lower case has places of its own.
    pub(crate) fn has_own(&self, name: &[u8]) -> bool {
        self.by_name.contains_key(name)
    }

    /// Those of a name in lower case; empty if nobody names any.
    pub fn of(&self, name: &[u8]) -> &[TokenPlace] {
        self.by_name.get(name).unwrap_or(&self.of_all)
    }
}
