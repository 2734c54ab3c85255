//! Proof by the model: what the patched configuration answers, compared with what it answered.

use std::collections::HashSet;

use acme::{NameVerdict, Verdict, Verdicts, verdicts};
use model::{
    Address, Answer, Config, Directive, FileSystem, Http, Request, Server, ServerId,
    ServerNameKind, route,
};
use parser::FileId;
use rules::{Diagnostic, Facts, lint};

use crate::fix::edits_of;

/// What a proof shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Every name that the fixes are for passes, and no probe gets another answer.
    Safe,
    /// Every name passes, but some other request gets another answer.
    ChangesOthers,
    /// A name still fails, another one fares worse, or nginx refuses what it took before.
    DoesNotCure,
}

/// The paths asked for besides the prefixes that a server itself has.
const PROBES: [&[u8]; 7] = [
    b"/",
    b"/index.php",
    b"/.git/config",
    b"/.env",
    b"/.htaccess",
    b"/.well-known/",
    b"/.well-known/security.txt",
];

/// Of a server with many names, this many are asked for.
const MOST_NAMES: usize = 4;

/// The configuration as it is, to compare with.
pub(crate) struct Prover<'f, 'c> {
    facts: &'f Facts<'c>,
    file_system: &'f dyn FileSystem,
}

impl<'f, 'c> Prover<'f, 'c> {
    pub(crate) fn new(facts: &'f Facts<'c>, file_system: &'f dyn FileSystem) -> Self {
        Self { facts, file_system }
    }

    /// Runs the model on the sources with the fixes of the diagnostics at `indexes`.
    pub(crate) fn prove(&self, diagnostics: &[Diagnostic], indexes: &[usize]) -> Proof {
        let before = self.facts.http;
        let edits = edits_of(diagnostics, indexes);
        let files: HashSet<FileId> = edits.iter().map(|edit| edit.span.file).collect();
        let edits: Vec<_> =
            edits.iter().map(|edit| (edit.span, edit.replacement.clone())).collect();
        let sources = self.facts.sources().with_edits(&edits);
        let config = Config::of(&sources);
        let after = Http::of(&config, before.prefix.clone());
        let same_shape = before.servers.len() == after.servers.len()
            && sources.problems().len() == self.facts.sources().problems().len()
            && files.iter().all(|&file| {
                let errors = |sources: &model::Sources| sources.file(file).tree.errors().len();
                errors(&sources) <= errors(self.facts.sources())
            });
        let verdicts = verdicts(&after, self.file_system, self.facts.verdicts.ports);
        let facts = Facts::new(&after, self.facts.evidence, &verdicts, self.facts.settings);
        let refusals =
            |found: &[Diagnostic]| found.iter().filter(|one| one.refused_by_nginx).count();
        let (refused, refused_before) = (refusals(&lint(&facts)), refusals(diagnostics));
        if indexes.iter().all(|&index| diagnostics[index].refused_by_nginx) {
            // What nginx does not load answers nothing that could be compared.
            let is_better = refused < refused_before;
            return if is_better { Proof::ChangesOthers } else { Proof::DoesNotCure };
        }
        if !same_shape || !self.cures(diagnostics, indexes, &verdicts) || refused > refused_before {
            return Proof::DoesNotCure;
        }
        let has_names = |&index: &usize| !diagnostics[index].names.is_empty();
        let is_same = indexes.iter().all(has_names)
            && before
                .servers()
                .filter(|(_, server)| uses_files(server, &files))
                .all(|(id, _)| self.answers_as_before(&after, id));
        if is_same { Proof::Safe } else { Proof::ChangesOthers }
    }

    /// Whether all names of the diagnostics fail over fewer address families than before, and no
    /// name fares worse over any.
    fn cures(&self, diagnostics: &[Diagnostic], indexes: &[usize], after: &Verdicts<'_>) -> bool {
        let wanted: HashSet<&str> = indexes
            .iter()
            .flat_map(|&index| &diagnostics[index].names)
            .map(String::as_str)
            .collect();
        let before = &self.facts.verdicts.names;
        before.len() == after.names.len()
            && before.iter().zip(&after.names).all(|(before, after)| {
                let name = before.name.text.escape_ascii().to_string();
                let (old, new) = (ranks(before), ranks(after));
                let failing =
                    |ranks: &[Rank]| ranks.iter().filter(|&&one| one == Rank::Fails).count();
                old.len() == new.len()
                    && old.iter().zip(&new).all(|(old, new)| new >= old)
                    && (!wanted.contains(&*name) || failing(&new) < failing(&old))
            })
    }

    /// Whether a server gives the answers it gave, for its names and paths over every socket.
    fn answers_as_before(&self, after: &Http<'_>, id: ServerId) -> bool {
        let before = self.facts.http;
        let server = before.server(id);
        let sockets = before.sockets().filter(|(_, socket)| socket.servers.contains(&id));
        for (_, socket) in sockets {
            let Address::Ip(address, port) = socket.address else { continue };
            for host in hosts(server) {
                for path in paths(server) {
                    let mut request = Request::get(&host, &path);
                    if socket.ssl {
                        request = request.over_tls();
                    }
                    (request.address, request.port) = (address, port);
                    request.url_port = port;
                    let old = route(before, &request, self.file_system);
                    let new = route(after, &request, self.file_system);
                    if !is_same(&old.answer, &new.answer) {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// How a name fares over one address family, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Fails,
    Unknown,
    Passes,
}

fn ranks(verdict: &NameVerdict<'_>) -> Vec<Rank> {
    let ranks = verdict.families.iter().map(|(_, verdict)| match verdict {
        Verdict::Passes => Rank::Passes,
        Verdict::Fails(_) => Rank::Fails,
        Verdict::Unknown { .. } => Rank::Unknown,
    });
    ranks.collect()
}

/// Whether anything of a server stands in one of these files.
fn uses_files(server: &Server<'_>, files: &HashSet<FileId>) -> bool {
    let inside = |directive: &Directive<'_>| files.contains(&directive.file_id());
    let level_inside = |level: &model::Level<'_>| {
        level.settings().any(|found| inside(&found)) || level.code().any(|found| inside(&found))
    };
    inside(&server.directive)
        || level_inside(&server.level)
        || server
            .locations
            .iter()
            .any(|location| inside(&location.directive) || level_inside(&location.level))
}

fn hosts(server: &Server<'_>) -> Vec<Vec<u8>> {
    let names = server.names.iter().filter_map(|name| match name.kind {
        ServerNameKind::Exact => Some(name.text.to_vec()),
        ServerNameKind::LeadingDot => Some(name.text[1..].to_vec()),
        ServerNameKind::LeadingWildcard => Some([b"probe", &name.text[1..]].concat()),
        _ => None,
    });
    let mut hosts: Vec<_> = names.take(MOST_NAMES).collect();
    if hosts.is_empty() {
        hosts.push(b"probe.invalid".to_vec());
    }
    hosts
}

/// The probes, and the literal prefixes of the server with something behind them.
fn paths(server: &Server<'_>) -> Vec<Vec<u8>> {
    let mut paths: Vec<Vec<u8>> = PROBES.iter().map(|path| path.to_vec()).collect();
    for location in &server.locations {
        let pattern = &location.pattern;
        let is_challenge = pattern.starts_with(acme::PATH.as_bytes());
        if location.modifier.is_regex() || !pattern.starts_with(b"/") || is_challenge {
            continue;
        }
        paths.push(pattern.to_vec());
        if location.modifier.is_prefix() {
            paths.push([pattern, &b"probe"[..]].concat());
        }
    }
    paths
}

/// Whether two answers are the same to a client; the directives behind them may stand elsewhere.
fn is_same(old: &Answer<'_>, new: &Answer<'_>) -> bool {
    let text = |at: &Option<Directive<'_>>| at.map(|directive| format!("{directive:?}"));
    match (old, new) {
        (
            Answer::Proxy { protocol, to, at },
            Answer::Proxy { protocol: new_protocol, to: new_to, at: new_at },
        ) => (protocol, to, text(&Some(*at))) == (new_protocol, new_to, text(&Some(*new_at))),
        (Answer::Unknown { because, at }, Answer::Unknown { because: new_because, at: new_at }) => {
            because == new_because && text(at) == text(new_at)
        }
        (Answer::Proxy { .. } | Answer::Unknown { .. }, _)
        | (_, Answer::Proxy { .. } | Answer::Unknown { .. }) => false,
        (old, new) => format!("{old:?}") == format!("{new:?}"),
    }
}
