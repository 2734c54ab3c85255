//! How far each fix can be trusted.

use std::collections::BTreeMap;

use rules::{Applicability, Diagnostic};

use crate::{
    fix::{is_beside, split},
    prove::{Change, Effect, Proof, Prover},
};

/// So few fixes are proved each by itself, where all together are at fault.
pub(crate) const FEW: usize = 16;

/// Proofs after which the fixes that are left are not offered: only a configuration in which nearly
/// every fix is at fault comes so far.
const MOST_PROOFS: usize = 64;

/// Fixes to be proved together.
struct Group {
    indexes: Vec<usize>,
    /// Whether what a proof shows of each of them stands, even if it is nothing good.
    is_last: bool,
}

/// Lowers the fixes of the diagnostics at `candidates` to what their proofs show; those that do not
/// cure are gone. All are proved at once. If some of them are at fault, the others are proved again
/// without them, and they without the others. Gives those that were proved safe at once.
///
/// Those that mend what nginx refuses, those that are for no name, and those with a placeholder are
/// proved apart from the rest: none of them can be safe.
pub(crate) fn judge(
    prover: &Prover<'_, '_>,
    diagnostics: &mut [Diagnostic],
    changes: &mut BTreeMap<usize, Change>,
    candidates: &[usize],
) -> Vec<usize> {
    let mut kinds: [Vec<usize>; 4] = Default::default();
    for &index in candidates.iter().filter(|&&index| !is_beside(&diagnostics[index])) {
        let diagnostic = &diagnostics[index];
        let is_placeholder =
            diagnostic.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Display);
        let kind = match diagnostic {
            _ if is_placeholder => 0,
            Diagnostic { refused_by_nginx: true, .. } => 1,
            Diagnostic { names, .. } if names.is_empty() => 2,
            _ => 3,
        };
        kinds[kind].push(index);
    }
    let at_once = kinds[3].clone();
    let mut are_safe = true;
    let mut open: Vec<Group> =
        kinds.into_iter().map(|indexes| Group { indexes, is_last: false }).collect();
    let mut proofs = 0;
    while let Some(Group { indexes, is_last }) = open.pop() {
        if indexes.is_empty() {
            continue;
        }
        proofs += 1;
        if proofs > MOST_PROOFS {
            are_safe = false;
            for index in indexes {
                diagnostics[index].fix = None;
            }
            continue;
        }
        let effects = match prover.prove(diagnostics, &indexes) {
            Proof::Each(effects) => effects,
            Proof::Refused if indexes.len() == 1 => vec![Effect::DoesNotCure],
            Proof::Refused => {
                are_safe = false;
                let (first, second) = indexes.split_at(indexes.len() / 2);
                open.extend(
                    [first, second].map(|half| Group { indexes: half.to_vec(), is_last: false }),
                );
                continue;
            }
        };
        let is_blameless =
            |effect: &Effect| matches!(effect, Effect::Safe | Effect::ChangesOthers(None));
        let (good, bad) = split(&indexes, &effects, is_blameless);
        are_safe &= bad.is_empty();
        if bad.is_empty() || is_last || indexes.len() == 1 {
            for (&index, effect) in indexes.iter().zip(effects) {
                let fix = &mut diagnostics[index].fix;
                match (effect, &mut *fix) {
                    (Effect::ChangesOthers(change), Some(fix)) => {
                        fix.applicability = fix.applicability.min(Applicability::Unsafe);
                        changes.extend(change.map(|change| (index, change)));
                    }
                    (Effect::DoesNotCure, _) => *fix = None,
                    _ => {}
                }
            }
        } else {
            let is_few = bad.len() <= FEW;
            let parts = if is_few { bad.chunks(1) } else { bad.chunks(bad.len()) };
            open.extend(parts.map(|part| Group { indexes: part.to_vec(), is_last: true }));
            open.push(Group { indexes: good, is_last: false });
        }
    }
    if are_safe { at_once } else { Vec::new() }
}
