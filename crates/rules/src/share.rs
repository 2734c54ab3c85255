//! What several servers need alike, put into one file.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::Span;

use crate::{
    diagnostic::Diagnostic,
    fix::{Applicability, Edit, NewFile},
};

/// So many servers are worth a file of their own.
const ENOUGH: usize = 3;

/// Where three or more servers would get the same text, lets them include it from a new file instead:
/// the text that most of them need, of the fixes that can be trusted at least as far as `least`. The
/// file is included as `argument`, and lies at `path`; `target` says where to write it, or that it
/// cannot be made.
pub fn share(
    diagnostics: &mut [Diagnostic],
    least: Applicability,
    argument: &str,
    path: &Path,
    target: impl FnOnce() -> Option<PathBuf>,
) {
    let Some(contents) = most_wanted(diagnostics, least) else { return };
    let Some(target) = target() else { return };
    let path = path.to_path_buf();
    let new_file = Arc::new(NewFile { path, target, contents, is_executable: false });
    for edit in edits(diagnostics, least) {
        let Some(shareable) = &edit.shareable else { continue };
        if !shareable.contents.contains(&new_file.contents) {
            continue;
        }
        let include = format!("include {argument};");
        edit.replacement = [&*shareable.before, include.as_bytes(), &*shareable.after].concat();
        edit.new_file = Some(Arc::clone(&new_file));
    }
}

/// The contents that would do for most servers, if these are enough.
fn most_wanted(diagnostics: &mut [Diagnostic], least: Applicability) -> Option<Vec<u8>> {
    let mut seen: HashSet<Span> = HashSet::new();
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut counts: Vec<(&[u8], usize)> = Vec::new();
    for edit in edits(diagnostics, least) {
        let Some(shareable) = edit.shareable.as_deref().filter(|_| seen.insert(edit.span)) else {
            continue;
        };
        for contents in &shareable.contents {
            let number = *numbers.entry(contents).or_insert(counts.len());
            if number == counts.len() {
                counts.push((contents, 0));
            }
            counts[number].1 += 1;
        }
    }
    let enough = counts.into_iter().filter(|(_, count)| *count >= ENOUGH);
    // Of those wanted by as many, the first.
    let most = enough.rev().max_by_key(|(_, count)| *count)?;
    Some(most.0.to_vec())
}

fn edits(diagnostics: &mut [Diagnostic], least: Applicability) -> impl Iterator<Item = &mut Edit> {
    let fixes = diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.fix.as_mut());
    fixes.filter(move |fix| fix.applicability >= least).flat_map(|fix| &mut fix.edits)
}
