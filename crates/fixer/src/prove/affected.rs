//! Which servers a patch can have to do with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Directive, Http, ServerId, name};
use parser::{FileId, Span};

/// The servers that the edits of some fixes affect: those around them, in all places where their
/// files are included.
#[derive(Debug, Default)]
pub(super) struct Affected {
    by_server: BTreeMap<ServerId, Touched>,
    /// The fixes with an edit in a file that servers include.
    by_file: HashMap<FileId, Vec<usize>>,
}

#[derive(Debug, Default)]
struct Touched {
    /// The fixes with an edit in the block, where it is written.
    fixes: Vec<usize>,
    /// The files inside of it that have edits.
    files: Vec<FileId>,
}

impl Affected {
    /// The servers that are affected by these edits, each of the fix with this number; `None` for
    /// all servers, if an edit stands outside of every one.
    pub(super) fn by(before: &Http<'_>, edits: &[(Span, usize)]) -> Option<Self> {
        let files: BTreeSet<FileId> = edits.iter().map(|(span, _)| span.file).collect();
        let mut affected = Self::default();
        let mut sorted: Vec<(Span, usize, bool)> =
            edits.iter().map(|&(span, fix)| (span, fix, false)).collect();
        sorted.sort_by_key(|(span, ..)| (span.file, span.start));
        for (id, server) in before.servers() {
            if !files.contains(&server.directive.file_id()) {
                continue;
            }
            let Some(block) = server.directive.block_span() else { continue };
            let start = (block.file, block.start);
            let first = sorted.partition_point(|(span, ..)| (span.file, span.start) < start);
            let from_first = sorted[first..].iter_mut();
            let in_block = from_first
                .take_while(|(span, ..)| span.file == block.file && span.start <= block.end)
                .filter(|(span, ..)| span.end <= block.end);
            for (_, fix, is_inside) in in_block {
                *is_inside = true;
                affected.by_server.entry(id).or_default().fixes.push(*fix);
            }
        }
        let outside = affected.add_servers_around(before, &files);
        for &(span, fix, is_inside) in &sorted {
            if !is_inside && outside.contains(&span.file) {
                return None;
            }
            affected.by_file.entry(span.file).or_default().push(fix);
        }
        Some(affected)
    }

    /// The servers.
    pub(super) fn servers(&self) -> impl Iterator<Item = ServerId> {
        self.by_server.keys().copied()
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, id: ServerId) -> bool {
        self.by_server.contains_key(&id)
    }

    /// The fixes that have to do with a server.
    pub(super) fn fixes_of(&self, id: ServerId) -> impl Iterator<Item = usize> {
        let touched = self.by_server.get(&id);
        let files = touched.into_iter().flat_map(|touched| &touched.files);
        let of_files = files.filter_map(|file| self.by_file.get(file)).flatten();
        touched.into_iter().flat_map(|touched| &touched.fixes).chain(of_files).copied()
    }

    /// Adds the servers in which one of the files is included, and gives the files that stand
    /// outside of servers.
    fn add_servers_around(
        &mut self,
        http: &Http<'_>,
        files: &BTreeSet<FileId>,
    ) -> BTreeSet<FileId> {
        let mut outside = BTreeSet::new();
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
            if let Some(&id) = by_directive.get(&server) {
                self.by_server.entry(id).or_default().files.push(file);
            }
        }
        outside
    }
}
