//! Which servers a patch can have to do with.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{Directive, Http, Server, ServerId, name};
use parser::{FileId, Span};

/// The servers that may answer otherwise once a patch is applied.
#[derive(Debug)]
pub(super) struct Affected {
    pub(super) servers: HashSet<ServerId>,
    /// Whether names may lead to other servers than before.
    pub(super) moves_names: bool,
}

/// What edits at these spans affect: the servers around them, in all places where their files are
/// included; all servers, if an edit stands outside of every server.
pub(super) fn affected(before: &Http<'_>, after: &Http<'_>, spans: &[Span]) -> Affected {
    let files: BTreeSet<FileId> = spans.iter().map(|span| span.file).collect();
    let mut servers = HashSet::new();
    let mut open: Vec<Span> = spans.to_vec();
    for (id, server) in before.servers() {
        if !files.contains(&server.directive.file_id()) {
            continue;
        }
        let Some(block) = server.directive.block_span() else { continue };
        let is_inside = |span: &Span| {
            span.file == block.file && span.start >= block.start && span.end <= block.end
        };
        if spans.iter().any(is_inside) {
            servers.insert(id);
        }
        open.retain(|span| !is_inside(span));
    }
    let (around, outside) = servers_around(before, &files);
    servers.extend(around);
    if open.iter().any(|span| outside.contains(&span.file)) {
        servers = before.servers().map(|(id, _)| id).collect();
    }
    let moves_names = before.servers.len() != after.servers.len()
        || servers.iter().any(|&id| !is_found_alike(before.server(id), after.server(id)));
    Affected { servers, moves_names }
}

/// The servers in which one of the files is included, and the files that stand outside of servers.
fn servers_around(http: &Http<'_>, files: &BTreeSet<FileId>) -> (Vec<ServerId>, BTreeSet<FileId>) {
    let (mut around, mut outside) = (Vec::new(), BTreeSet::new());
    let mut by_directive: HashMap<Directive<'_>, ServerId> = HashMap::new();
    for (file, include) in http.config.places_of(files) {
        let outer = std::iter::successors(include, |directive| directive.parent()).skip(1);
        let server = outer.into_iter().find(|directive| directive.name() == name::SERVER);
        let Some(server) = server else {
            outside.insert(file);
            continue;
        };
        if by_directive.is_empty() {
            by_directive = http.servers().map(|(id, server)| (server.directive, id)).collect();
        }
        around.extend(by_directive.get(&server).copied());
    }
    (around, outside)
}

/// Whether requests find two servers by the same names and addresses.
fn is_found_alike(before: &Server<'_>, after: &Server<'_>) -> bool {
    let names = |server: &Server<'_>| -> Vec<Vec<u8>> {
        server.names.iter().map(|name| name.text.to_vec()).collect()
    };
    let listens = |server: &Server<'_>| -> Vec<String> {
        server
            .listens
            .iter()
            .map(|listen| format!("{} {:?}", listen.address, listen.directive))
            .collect()
    };
    names(before) == names(after) && listens(before) == listens(after)
}
