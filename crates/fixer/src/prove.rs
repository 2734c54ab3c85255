//! Proof by the model: what the patched configuration answers, compared with what it answered.

use std::collections::{BTreeSet, HashSet};

use acme::{NameVerdict, Verdict, Verdicts, verdicts_on};
use model::{
    Address, Answer, Config, Directive, FileSystem, Http, Request, Server, ServerId,
    ServerNameKind, route_briefly,
};
use parser::{FileId, Span};
use rules::{Diagnostic, Facts, refusals};

use self::affected::affected;
use crate::fix::edits_of;

mod affected;

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
        let files: BTreeSet<FileId> = edits.iter().map(|edit| edit.span.file).collect();
        let spans: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
        let edits: Vec<_> =
            edits.iter().map(|edit| (edit.span, edit.replacement.clone())).collect();
        let sources = self.facts.sources().with_edits(&edits);
        let config = Config::of(&sources);
        let affected = affected(before, &spans);
        let after = affected
            .iter()
            .find_map(|servers| before.with_servers(&config, servers.iter().copied()));
        let is_within = after.is_some();
        let after = after.unwrap_or_else(|| Http::of(&config, before.prefix.clone()));
        let affected = match affected {
            Some(servers) if is_within => servers,
            _ => before.servers().map(|(id, _)| id).collect(),
        };
        let same_shape = before.servers.len() == after.servers.len()
            && sources.problems().len() == self.facts.sources().problems().len()
            && files.iter().all(|&file| {
                let errors = |sources: &model::Sources| sources.file(file).tree.errors().len();
                errors(&sources) <= errors(self.facts.sources())
            });
        let Facts { evidence, settings, .. } = self.facts;
        let below = |http: &Http<'_>| http.config.with_included(&files);
        let refused = refusals(&after, evidence, settings, &below(&after));
        let refused_before = refusals(before, evidence, settings, &below(before));
        if indexes.iter().all(|&index| diagnostics[index].refused_by_nginx) {
            // What nginx does not load answers nothing that could be compared.
            let is_better = refused + indexes.len() <= refused_before;
            return if is_better { Proof::ChangesOthers } else { Proof::DoesNotCure };
        }
        if !same_shape || refused > refused_before {
            return Proof::DoesNotCure;
        }
        if !self.cures(diagnostics, indexes, &after, &affected) {
            return Proof::DoesNotCure;
        }
        let has_names = |&index: &usize| !diagnostics[index].names.is_empty();
        let is_same = indexes.iter().all(has_names)
            && affected.iter().all(|&id| self.answers_as_before(&after, id));
        if is_same { Proof::Safe } else { Proof::ChangesOthers }
    }

    /// Whether all names of the diagnostics fail over fewer address families than before, and no
    /// name fares worse over any. Names with which no server affected has to do fare as before.
    fn cures(
        &self,
        diagnostics: &[Diagnostic],
        indexes: &[usize],
        after: &'f Http<'f>,
        affected: &BTreeSet<ServerId>,
    ) -> bool {
        let wanted = indexes.iter().flat_map(|&index| &diagnostics[index].names);
        let mut wanted: HashSet<&str> = wanted.map(String::as_str).collect();
        let Verdicts { settings, names: before } = self.facts.verdicts;
        let has_to_do = |verdict: &&NameVerdict<'_>| {
            let mut servers = verdict.servers.iter().chain(&verdict.name.servers);
            affected.len() == after.servers.len() || servers.any(|id| affected.contains(id))
        };
        let names = if affected.len() == after.servers.len() {
            let names = acme::names(after);
            let same_names = before.len() == names.len()
                && before.iter().zip(&names).all(|(before, after)| before.name.text == after.text);
            if !same_names {
                return false;
            }
            names
        } else {
            before.iter().filter(has_to_do).map(|verdict| verdict.name.clone()).collect()
        };
        let after = verdicts_on(after, self.file_system, settings, names);
        let before = before.iter().filter(has_to_do);
        let fares_well = before.zip(&after.names).all(|(before, after)| {
            let is_wanted = wanted.remove(&*before.name.text.escape_ascii().to_string());
            let (old, new) = (ranks(before), ranks(after));
            let failing = |ranks: &[Rank]| ranks.iter().filter(|&&one| one == Rank::Fails).count();
            old.len() == new.len()
                && old.iter().zip(&new).all(|(old, new)| new >= old)
                && (!is_wanted || failing(&new) < failing(&old))
        });
        fares_well && wanted.is_empty()
    }

    /// Whether a server gives the answers it gave, for its names and paths over every socket.
    fn answers_as_before(&self, after: &Http<'_>, id: ServerId) -> bool {
        let before = self.facts.http;
        let server = before.server(id);
        for socket in before.sockets_of(server) {
            let Address::Ip(address, port) = socket.address else { continue };
            for host in hosts(server) {
                for path in paths(server) {
                    let mut request = Request::get(&host, &path);
                    if socket.ssl {
                        request = request.over_tls();
                    }
                    (request.address, request.port) = (address, port);
                    request.url_port = port;
                    let old = route_briefly(before, &request, self.file_system);
                    let new = route_briefly(after, &request, self.file_system);
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
    let ranks = verdict.families.iter().filter_map(|family| match family.verdict {
        Verdict::Passes(_) => Some(Rank::Passes),
        Verdict::Fails(_) => Some(Rank::Fails),
        Verdict::Unknown { .. } => Some(Rank::Unknown),
        Verdict::NotHttp01 { .. } => None,
    });
    ranks.collect()
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
        (old, new) => old == new,
    }
}
