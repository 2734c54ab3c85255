//! Which fixes go into the patch.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    path::{Path, PathBuf},
};

use model::{FileSystem, Sources};
use parser::FileId;
use rules::{Applicability, Diagnostic, Edit, Facts, Fix};

use crate::{
    judge::{FEW, judge},
    patch::Patch,
    prove::{Change, Effect, Proof, Prover},
    snippet::share_new_locations,
};

/// Diagnostics with proved fixes, and the patch made of them.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The diagnostics given, their fixes lowered to what the proof shows; a fix that does not cure
    /// is gone.
    pub diagnostics: Vec<Diagnostic>,
    /// What becomes of the fix of each diagnostic; `None` if it has none.
    pub outcomes: Vec<Option<Outcome>>,
    /// By the number of its diagnostic, a request to which a fix gives another answer: why it is not
    /// safe.
    pub changes: BTreeMap<usize, Change>,
    /// The patch.
    pub patch: Patch,
}

/// What becomes of a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the patch.
    InPatch,
    /// It is to be trusted only this far, which is less than was asked for.
    NotTrusted(Applicability),
    /// It changes the same place as another one, or works only without it, and is left for the
    /// next run.
    Collides,
}

/// Makes one patch of the fixes that can be trusted at least as far as `least`.
pub fn fix(
    facts: &Facts<'_>,
    mut diagnostics: Vec<Diagnostic>,
    file_system: &dyn FileSystem,
    least: Applicability,
) -> Fixed {
    let sources = facts.sources();
    keep_keys_out(sources, &mut diagnostics);
    share_new_locations(sources, file_system, &mut diagnostics, least);
    let prover = Prover::new(facts, file_system);
    // A fix that turns out not to cure leaves its place to the next one that wants it.
    let mut judged = HashSet::new();
    let mut changes = BTreeMap::new();
    let mut proved_at_once = Vec::new();
    let candidates = loop {
        let candidates = without_collisions(sources, &diagnostics);
        let fresh: Vec<_> =
            candidates.iter().copied().filter(|&index| judged.insert(index)).collect();
        if fresh.is_empty() {
            break candidates;
        }
        proved_at_once = judge(&prover, &mut diagnostics, &mut changes, &fresh);
    };
    let wanted = |index: &usize| proposed(&diagnostics[*index]) >= least;
    let wanted: Vec<_> = candidates.into_iter().filter(wanted).collect();
    // What makes files that are no part of the configuration changes no answer.
    let (beside, wanted): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|&index| is_beside(&diagnostics[index]));
    let mut chosen = if wanted == proved_at_once {
        wanted
    } else {
        together(&prover, &diagnostics, wanted, least)
    };
    chosen.extend(beside);
    chosen.sort_unstable();
    let in_patch: HashSet<usize> = chosen.iter().copied().collect();
    let outcomes = diagnostics
        .iter()
        .enumerate()
        .map(|(index, diagnostic)| {
            let fix = diagnostic.fix.as_ref()?;
            Some(if fix.applicability < least {
                Outcome::NotTrusted(fix.applicability)
            } else if in_patch.contains(&index) {
                Outcome::InPatch
            } else {
                Outcome::Collides
            })
        })
        .collect();
    let edits = edits_of(&diagnostics, &chosen);
    let fixes = chosen.iter().filter_map(|&index| diagnostics[index].fix.as_ref());
    let patch = Patch::with_files(sources, &edits, fixes.flat_map(Fix::new_files).collect());
    Fixed { diagnostics, outcomes, changes, patch }
}

/// Leaves to a person what a patch could say only with a private key in it.
fn keep_keys_out(sources: &Sources, diagnostics: &mut [Diagnostic]) {
    let mut keys: HashMap<FileId, Vec<Range<usize>>> = HashMap::new();
    let mut shows_key = |edit: &Edit| {
        let bytes = &sources.file(edit.span.file).bytes;
        let keys =
            keys.entry(edit.span.file).or_insert_with(|| evidence::private_keys(bytes).collect());
        // A patch has whole lines.
        keys.iter().any(|key| {
            let Range { start, end } = edit.span.range();
            let is_line = |between: &[u8]| !between.contains(&b'\n');
            let starts_before = start <= key.end || is_line(&bytes[key.end..start]);
            let ends_behind = key.start <= end || is_line(&bytes[end..key.start]);
            starts_before && ends_behind
        })
    };
    for diagnostic in diagnostics {
        let Some(fix) = diagnostic.fix.take_if(|fix| fix.edits.iter().any(&mut shows_key)) else {
            continue;
        };
        let words = "by hand, since a patch would show the private key";
        diagnostic.notes.push(format!("{}: {words}", fix.title));
    }
}

/// As many of the fixes as hold together. Each is proved by itself; if all of them do not hold
/// together, then those that do, and the first of the others beside them.
fn together(
    prover: &Prover<'_, '_>,
    diagnostics: &[Diagnostic],
    wanted: Vec<usize>,
    least: Applicability,
) -> Vec<usize> {
    if wanted.len() < 2 {
        return wanted;
    }
    let holds = |effect: &Effect| match effect {
        Effect::Safe => true,
        Effect::ChangesOthers(_) => least < Applicability::Safe,
        Effect::DoesNotCure => false,
    };
    let hold = |group: &[usize]| match prover.prove(diagnostics, group) {
        Proof::Each(effects) => effects.iter().all(holds),
        Proof::Refused => false,
    };
    let (mut chosen, mut others) = match prover.prove(diagnostics, &wanted) {
        Proof::Each(effects) => split(&wanted, &effects, holds),
        Proof::Refused => (Vec::new(), wanted),
    };
    if others.is_empty() {
        return chosen;
    }
    if !chosen.is_empty() && !hold(&chosen) {
        others.append(&mut chosen);
        others.sort_unstable();
    }
    for index in others.into_iter().take(FEW) {
        chosen.push(index);
        if !hold(&chosen) {
            chosen.pop();
        }
    }
    chosen.sort_unstable();
    chosen
}

/// The fixes with an effect that is wanted, and the others.
pub(crate) fn split(
    group: &[usize],
    effects: &[Effect],
    is_wanted: impl Fn(&Effect) -> bool,
) -> (Vec<usize>, Vec<usize>) {
    let (wanted, others): (Vec<_>, Vec<_>) =
        group.iter().copied().zip(effects).partition(|(_, effect)| is_wanted(effect));
    let indexes = |part: Vec<(usize, &Effect)>| part.into_iter().map(|(index, _)| index).collect();
    (indexes(wanted), indexes(others))
}

/// Whether a fix edits nothing.
pub(crate) fn is_beside(diagnostic: &Diagnostic) -> bool {
    diagnostic.fix.as_ref().is_some_and(|fix| fix.edits.is_empty())
}

fn proposed(diagnostic: &Diagnostic) -> Applicability {
    diagnostic.fix.as_ref().map_or(Applicability::Display, |fix| fix.applicability)
}

/// The edits of several fixes, each edit once.
pub(crate) fn edits_of<'d>(diagnostics: &'d [Diagnostic], indexes: &[usize]) -> Vec<&'d Edit> {
    let mut seen = HashSet::new();
    let fixes = indexes.iter().filter_map(|&index| diagnostics[index].fix.as_ref());
    fixes.flat_map(|fix| &fix.edits).filter(|edit| seen.insert(*edit)).collect()
}

/// The files that edits need made, by the paths by which nginx knows them.
pub(crate) fn new_files(edits: &[&Edit]) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = edits.iter().filter_map(|edit| edit.new_file.as_deref());
    files.map(|file| (file.path.clone(), file.contents.clone())).collect()
}

/// The diagnostics whose fixes do not touch what an earlier one changes; two that make the very
/// same edits do not collide.
fn without_collisions(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<usize> {
    let fixes =
        || diagnostics.iter().enumerate().filter_map(|(at, one)| Some((at, one.fix.as_ref()?)));
    // Files that lead to one path are one, by the first that is met.
    let mut firsts: HashMap<&Path, FileId> = HashMap::new();
    let mut same: HashMap<FileId, FileId> = HashMap::new();
    for file in fixes().flat_map(|(_, fix)| &fix.edits).map(|edit| edit.span.file) {
        same.entry(file)
            .or_insert_with(|| *firsts.entry(sources.file(file).edited_path()).or_insert(file));
    }
    let mut taken: BTreeMap<(FileId, u32), (u32, &Fix)> = BTreeMap::new();
    let mut kept = Vec::new();
    for (index, fix) in fixes() {
        let collides = fix.edits.iter().any(|edit| {
            let file = same[&edit.span.file];
            let at_or_before = taken.range(..=(file, edit.span.end)).next_back();
            at_or_before.is_some_and(|(&(other, _), &(end, owner))| {
                other == file && end >= edit.span.start && owner.edits != fix.edits
            })
        });
        if collides {
            continue;
        }
        kept.push(index);
        for edit in &fix.edits {
            taken.insert((same[&edit.span.file], edit.span.start), (edit.span.end, fix));
        }
    }
    kept
}
