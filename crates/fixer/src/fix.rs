//! Which fixes go into the patch.

use std::{collections::BTreeMap, path::Path};

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
    let candidates = without_collisions(sources, &diagnostics);
    let mut trusted = prove(&prover, &mut diagnostics, &candidates);
    let outcomes: Vec<Option<Outcome>> = diagnostics
        .iter()
        .enumerate()
        .map(|(index, diagnostic)| {
            let fix = diagnostic.fix.as_ref()?;
            Some(if fix.applicability < least {
                Outcome::NotTrusted(fix.applicability)
            } else if trusted.contains(&index) {
                Outcome::InPatch
            } else {
                Outcome::Collides
            })
        })
        .collect();
    trusted.retain(|&index| outcomes[index] == Some(Outcome::InPatch));
    let edits = edits_of(&diagnostics, &trusted);
    let patch = Patch::of(sources, &edits);
    Fixed { diagnostics, outcomes, patch }
}

/// Proves the fixes of the diagnostics at `candidates`, all at once if that is possible, and lowers
/// them to what is shown. Gives those that may go into one patch.
fn prove(
    prover: &Prover<'_, '_>,
    diagnostics: &mut [Diagnostic],
    candidates: &[usize],
) -> Vec<usize> {
    let provable: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|&index| proposed(&diagnostics[index]) > Applicability::Display)
        .collect();
    if provable.is_empty() || prover.prove(diagnostics, &provable) == Proof::Safe {
        return provable;
    }
    for &index in &provable {
        let proof = prover.prove(diagnostics, &[index]);
        let diagnostic = &mut diagnostics[index];
        match proof {
            Proof::Safe => {}
            Proof::ChangesOthers => lower(diagnostic, Applicability::Unsafe),
            Proof::DoesNotCure => diagnostic.fix = None,
        }
    }
    // Each holds by itself; take as many as hold together, in their order.
    let mut together: Vec<usize> = Vec::new();
    for &index in provable.iter().filter(|&&index| diagnostics[index].fix.is_some()) {
        together.push(index);
        if prover.prove(diagnostics, &together) == Proof::DoesNotCure {
            together.pop();
        }
    }
    together
}

fn proposed(diagnostic: &Diagnostic) -> Applicability {
    diagnostic.fix.as_ref().map_or(Applicability::Display, |fix| fix.applicability)
}

fn lower(diagnostic: &mut Diagnostic, applicability: Applicability) {
    if let Some(fix) = &mut diagnostic.fix {
        fix.applicability = fix.applicability.min(applicability);
    }
}

/// The edits of several fixes, each edit once.
pub(crate) fn edits_of<'d>(diagnostics: &'d [Diagnostic], indexes: &[usize]) -> Vec<&'d Edit> {
    let mut edits: Vec<&Edit> = Vec::new();
    for fix in indexes.iter().filter_map(|&index| diagnostics[index].fix.as_ref()) {
        for edit in &fix.edits {
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    edits
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
