//! Proof by the model: what the patched configuration answers, compared with what it answered.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use acme::{NameVerdict, Verdict, Verdicts, verdicts_on};
use model::{Config, FileSystem, Http, ServerId};
use parser::{FileId, Span};
use rules::{Diagnostic, Facts, Fix, refusals};

use self::{
    affected::Affected,
    comments::is_of_comments,
    effects::Effects,
    probes::{Comparison, Others},
};
use crate::fix::{edits_of, new_files};

mod affected;
mod changed;
mod comments;
mod effects;
mod probes;

/// What a proof shows of several fixes together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// nginx refuses what it took before, or what else happens is no fault of single fixes.
    Refused,
    /// What each of them does beside the others, in their order.
    Each(Vec<Effect>),
}

/// What a fix does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Every name that it is for passes, and no probe gets another answer.
    Safe,
    /// Every name passes, but some other request may get another answer, such as this one.
    ChangesOthers(Option<Change>),
    /// A name still fails, or another one fares worse.
    DoesNotCure,
}

/// A request that gets another answer once a fix is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its method.
    pub method: String,
    /// What it asks for.
    pub url: String,
    /// Whether it comes over IPv6.
    pub is_ipv6: bool,
    /// What nginx answers now, in a few words.
    pub before: String,
    /// What it would answer.
    pub after: String,
}

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
        let new_files = new_files(&edits);
        let edits: Vec<_> =
            edits.iter().map(|edit| (edit.span, edit.replacement.clone())).collect();
        let sources = self.facts.sources().with_edits(&edits, &new_files);
        let config = Config::of(&sources);
        let affected = Affected::by(before, &spans(diagnostics, indexes));
        let after =
            affected.as_ref().and_then(|affected| before.with_servers(&config, affected.servers()));
        // Where more than the insides of these servers changes, every server is affected.
        let affected = affected.filter(|_| after.is_some());
        let after = after.unwrap_or_else(|| Http::of(&config, before.prefix.clone()));
        let is_affected =
            |id: &ServerId| affected.as_ref().is_none_or(|affected| affected.contains(*id));
        let same_shape = before.servers.len() == after.servers.len()
            && sources.problems().len() == self.facts.sources().problems().len()
            && files.iter().all(|&file| {
                let errors = |sources: &model::Sources| sources.file(file).tree.errors().len();
                errors(&sources) <= errors(self.facts.sources())
            });
        let Facts { evidence, settings, .. } = self.facts;
        let refused_by = |http: &Http<'_>| {
            let servers = http.servers().map(|(id, _)| id).filter(is_affected).collect();
            refusals(http, evidence, settings, &files, servers)
        };
        let (refused, refused_before) = (refused_by(&after), refused_by(before));
        if indexes.iter().all(|&index| diagnostics[index].refused_by_nginx) {
            if refused + indexes.len() > refused_before {
                return Proof::Refused;
            }
            // What nginx does not load answers nothing that could be compared; which certificate
            // it shows changes no answer.
            let is_about_files = self.are_paths_of_tls_files(edits.iter().map(|edit| edit.0));
            let effect = if is_about_files { Effect::Safe } else { Effect::ChangesOthers(None) };
            return Proof::Each(vec![effect; indexes.len()]);
        }
        if !same_shape || refused > refused_before {
            return Proof::Refused;
        }
        let sources = self.facts.sources();
        let mut effects = Effects::new(diagnostics, indexes, affected.as_ref(), |fix| {
            is_of_comments(sources, fix)
        });
        let all = indexes.iter().filter_map(|&index| diagnostics[index].fix.as_ref());
        if !self.compare_names(&mut effects, &after, &all.collect::<Vec<_>>()) {
            return Proof::Refused;
        }
        let comparison = Comparison {
            before,
            after: &after,
            file_system: self.file_system,
            is_found_alike: affected.is_some(),
        };
        for (id, _) in before.servers().filter(|(id, _)| is_affected(id)) {
            match comparison.others(id) {
                Others::AsBefore => {}
                Others::Changed(change) => effects.change(id, Some(&change)),
                Others::Unreachable => effects.change(id, None),
            }
        }
        Proof::Each(effects.of_fixes)
    }

    /// Whether all of these stretches are paths of certificates and keys, and nothing else.
    fn are_paths_of_tls_files(&self, mut spans: impl Iterator<Item = Span>) -> bool {
        let named = evidence::named(self.facts.http);
        let paths: HashSet<Span> =
            named.into_iter().filter_map(|named| named.directive.arg_span(0)).collect();
        spans.all(|span| paths.contains(&span))
    }

    /// Notes which fixes do not cure their names, or make others fare worse: a name that a fix is for
    /// has to pass over more address families than before. Names with which no server affected has
    /// to do fare as before. Says whether the names are the same at all.
    fn compare_names(
        &self,
        effects: &mut Effects<'_>,
        after: &'f Http<'f>,
        fixes: &[&Fix],
    ) -> bool {
        let Verdicts { settings, names: before, .. } = self.facts.verdicts;
        let mut settings = Cow::Borrowed(settings);
        for (name, place) in fixes.iter().flat_map(|fix| &fix.places) {
            settings.to_mut().move_to(name.as_bytes(), place.clone());
        }
        let affected = effects.affected;
        let has_to_do = |verdict: &&NameVerdict<'_>| {
            let mut servers = verdict.servers.iter().chain(&verdict.name.servers);
            affected.is_none_or(|affected| servers.any(|id| affected.contains(*id)))
        };
        let names = if affected.is_none() {
            // With `ssl` on an address there may be more names to judge; none may go.
            let mut names = acme::names(after);
            let known: HashSet<&[u8]> = before.iter().map(|one| &*one.name.text).collect();
            names.retain(|name| known.contains(&*name.text));
            let same_names = before.len() == names.len()
                && before.iter().zip(&names).all(|(before, after)| before.name.text == after.text);
            if !same_names {
                return false;
            }
            names
        } else {
            before.iter().filter(has_to_do).map(|verdict| verdict.name.clone()).collect()
        };
        let after = verdicts_on(after, self.file_system, &settings, names);
        for (before, after) in before.iter().filter(has_to_do).zip(&after.names) {
            let (old, new) = (ranks(before), ranks(after));
            if old.is_empty() {
                continue; // it needed no challenge before, and cannot fare worse
            }
            let passing = |ranks: &[Rank]| ranks.iter().filter(|&&one| one == Rank::Passes).count();
            let text = before.name.text.escape_ascii().to_string();
            // An address family may come along, if the name fares no worse over it.
            let is_worse = new.len() < old.len()
                || old.iter().zip(&new).any(|(old, new)| new < old)
                || new[old.len()..].iter().any(|rank| *rank < new[0]);
            if is_worse {
                effects.harm(after.servers.iter().chain(&before.servers).copied());
            } else if passing(&new) > passing(&old) {
                effects.cure(&text);
            }
        }
        effects.end_cures();
        true
    }
}

/// Where the edits of the fixes are, each with the number of its fix.
fn spans(diagnostics: &[Diagnostic], indexes: &[usize]) -> Vec<(Span, usize)> {
    let fixes = indexes.iter().filter_map(|&index| diagnostics[index].fix.as_ref()).enumerate();
    fixes.flat_map(|(number, fix)| fix.edits.iter().map(move |edit| (edit.span, number))).collect()
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
