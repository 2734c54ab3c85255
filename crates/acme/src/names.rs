use std::borrow::Cow;

use rustc_hash::FxHashMap;

use model::{Http, ServerId, ServerName, ServerNameKind};

/// A name that servers of the configuration have.
#[derive(Clone, Debug)]
pub struct Name<'c> {
    /// The name in lower case.
    pub text: Cow<'c, [u8]>,
    /// Where it is written first.
    pub server_name: ServerName<'c>,
    /// The servers that have it, in nginx's order.
    pub servers: Vec<ServerId>,
}

/// The names of a configuration, each once, in the order in which nginx meets them.
pub fn names<'c>(http: &'c Http<'c>) -> Vec<Name<'c>> {
    let count = http.servers.len();
    let mut names: Vec<Name<'c>> = Vec::with_capacity(count);
    let mut known: FxHashMap<Cow<'c, [u8]>, usize> = FxHashMap::default();
    known.reserve(count);
    for (id, server) in http.servers() {
        for server_name in &server.names {
            let text = match server_name.kind {
                ServerNameKind::LeadingDot => server_name.without_dot(),
                _ => server_name.text.clone(),
            };
            let at = *known.entry(text).or_insert_with_key(|text| {
                let (text, server_name) = (text.clone(), server_name.clone());
                names.push(Name { text, server_name, servers: Vec::new() });
                names.len() - 1
            });
            if names[at].servers.last() != Some(&id) {
                names[at].servers.push(id);
            }
        }
    }
    names
}
