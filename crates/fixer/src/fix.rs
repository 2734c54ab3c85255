//! Which fixes go into the patch.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use model::{FileSystem, Sources};
use rules::{Applicability, Diagnostic, Edit, Facts, Fix};

use crate::{
    patch::Patch,
    prove::{Proof, Prover},
};

/// Diagnostics with proved fixes, and the patch made of them.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The diagnostics given, their fixes lowered to what the proof shows; a fix that does not cure
    /// is gone.
    pub diagnostics: Vec<Diagnostic>,
    /// What becomes of the fix of each diagnostic; `None` if it has none.
    pub outcomes: Vec<Option<Outcome>>,
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
    let prover = Prover::new(facts, file_system);
    // A fix that turns out not to cure leaves its place to the next one that wants it.
    let mut judged = HashSet::new();
    let mut proved_at_once = Vec::new();
    let candidates = loop {
        let candidates = without_collisions(sources, &diagnostics);
        let fresh: Vec<_> =
            candidates.iter().copied().filter(|&index| judged.insert(index)).collect();
        if fresh.is_empty() {
            break candidates;
        }
        proved_at_once = judge(&prover, &mut diagnostics, &fresh);
    };
    let wanted = |index: &usize| proposed(&diagnostics[*index]) >= least;
    let wanted: Vec<_> = candidates.into_iter().filter(wanted).collect();
    let chosen = if wanted == proved_at_once {
        wanted
    } else {
        together(&prover, &diagnostics, wanted, least)
    };
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
    let patch = Patch::of(sources, &edits);
    Fixed { diagnostics, outcomes, patch }
}

/// Proofs after which the fixes that are left are not trusted unproved: only a configuration in
/// which nearly every fix is at fault comes so far.
const MOST_PROOFS: usize = 256;

/// Lowers the fixes of the diagnostics at `candidates` to what their proofs show. All are proved at
/// once; only if that fails they are halved until the faulty ones stand alone. Those that are for no
/// name can be no better than unsafe, and are proved apart. Gives those that were proved safe at
/// once.
fn judge(
    prover: &Prover<'_, '_>,
    diagnostics: &mut [Diagnostic],
    candidates: &[usize],
) -> Vec<usize> {
    let is_proposed = |index: &usize| proposed(&diagnostics[*index]) > Applicability::Display;
    let provable: Vec<usize> = candidates.iter().copied().filter(is_proposed).collect();
    let is_for_names = |index: &usize| !diagnostics[*index].names.is_empty();
    let (for_names, others): (Vec<usize>, Vec<usize>) =
        provable.iter().partition(|at| is_for_names(at));
    let mut open = vec![(others, Applicability::Unsafe), (for_names, Applicability::Safe)];
    let (mut proofs, mut all_safe) = (0, true);
    while let Some((group, best)) = open.pop() {
        if group.is_empty() {
            continue;
        }
        proofs += 1;
        let lower = |diagnostics: &mut [Diagnostic], to: Option<Applicability>| {
            for &index in &group {
                match (to, &mut diagnostics[index].fix) {
                    (Some(to), Some(fix)) => fix.applicability = fix.applicability.min(to),
                    (_, fix) => *fix = None,
                }
            }
        };
        if proofs > MOST_PROOFS {
            all_safe = false;
            lower(diagnostics, Some(Applicability::Display));
            continue;
        }
        let proof = prover.prove(diagnostics, &group);
        all_safe &= proof == Proof::Safe;
        let halved = group.split_at(group.len() / 2);
        match proof {
            Proof::Safe => {}
            Proof::ChangesOthers if group.len() == 1 || best == Applicability::Unsafe => {
                lower(diagnostics, Some(Applicability::Unsafe));
            }
            Proof::DoesNotCure if group.len() == 1 => lower(diagnostics, None),
            Proof::ChangesOthers | Proof::DoesNotCure => {
                open.extend([(halved.0.to_vec(), best), (halved.1.to_vec(), best)]);
            }
        }
    }
    if all_safe { provable } else { Vec::new() }
}

/// As many of the fixes as hold together, the first ones first. Each is proved by itself.
fn together(
    prover: &Prover<'_, '_>,
    diagnostics: &[Diagnostic],
    wanted: Vec<usize>,
    least: Applicability,
) -> Vec<usize> {
    let holds = |group: &[usize]| match prover.prove(diagnostics, group) {
        Proof::Safe => true,
        Proof::ChangesOthers => least < Applicability::Safe,
        Proof::DoesNotCure => false,
    };
    if wanted.len() < 2 || holds(&wanted) {
        return wanted;
    }
    let mut chosen = Vec::new();
    for index in wanted {
        chosen.push(index);
        if !holds(&chosen) {
            chosen.pop();
        }
    }
    chosen
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

/// The diagnostics whose fixes do not touch what an earlier one changes; two that make the very
/// same edits do not collide.
fn without_collisions(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<usize> {
    let mut taken: BTreeMap<(&Path, u32), (u32, &Fix)> = BTreeMap::new();
    let mut kept = Vec::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        let Some(fix) = &diagnostic.fix else { continue };
        let collides = fix.edits.iter().any(|edit| {
            let path = sources.file(edit.span.file).edited_path();
            let at_or_before = taken.range(..=(path, edit.span.end)).next_back();
            at_or_before.is_some_and(|(&(other, _), &(end, owner))| {
                other == path && end >= edit.span.start && owner.edits != fix.edits
            })
        });
        if collides {
            continue;
        }
        kept.push(index);
        for edit in &fix.edits {
            let path = sources.file(edit.span.file).edited_path();
            taken.insert((path, edit.span.start), (edit.span.end, fix));
        }
    }
    kept
}
