//! Which servers a patch can have to do with.

use std::collections::{BTreeSet, HashMap};

use model::{Directive, Http, ServerId, name};
use parser::{FileId, Span};

/// The servers that edits at these spans affect: those around them, in all places where their files
/// are included; `None` for all of them, if an edit stands outside of every server.
pub(super) fn affected(before: &Http<'_>, spans: &[Span]) -> Option<BTreeSet<ServerId>> {
    let files: BTreeSet<FileId> = spans.iter().map(|span| span.file).collect();
    let mut servers = BTreeSet::new();
    let mut sorted: Vec<(Span, bool)> = spans.iter().map(|&span| (span, false)).collect();
    sorted.sort_by_key(|(span, _)| (span.file, span.start));
    for (id, server) in before.servers() {
        if !files.contains(&server.directive.file_id()) {
            continue;
        }
        let Some(block) = server.directive.block_span() else { continue };
        let start = (block.file, block.start);
        let first = sorted.partition_point(|(span, _)| (span.file, span.start) < start);
        let from_first = sorted[first..].iter_mut();
        let in_block = from_first
            .take_while(|(span, _)| span.file == block.file && span.start <= block.end)
            .filter(|(span, _)| span.end <= block.end);
        for (_, is_inside) in in_block {
            *is_inside = true;
            servers.insert(id);
        }
    }
    let (around, outside) = servers_around(before, &files);
    servers.extend(around);
    let is_within =
        sorted.iter().all(|(span, is_inside)| *is_inside || !outside.contains(&span.file));
    is_within.then_some(servers)
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
