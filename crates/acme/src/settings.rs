use std::collections::HashMap;

use model::Ports;

/// What the verdicts rest on besides the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// On which ports the challenges arrive.
    pub ports: Ports,
    /// Where the ACME client puts its tokens.
    pub places: TokenPlaces,
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

impl TokenPlaces {
    /// Adds a directory for one name, or for every name that has none of its own.
    pub fn add(&mut self, name: Option<&[u8]>, place: TokenPlace) {
        match name {
            Some(name) => self.by_name.entry(name.to_ascii_lowercase()).or_default().push(place),
            None => self.of_all.push(place),
        }
    }

    /// Those of a name in lower case; empty if nobody names any.
    pub fn of(&self, name: &[u8]) -> &[TokenPlace] {
        self.by_name.get(name).unwrap_or(&self.of_all)
    }
}
