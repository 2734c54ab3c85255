//! Files that include each other over and over, so that hardly any text makes a configuration that
//! never ends.

use std::sync::Arc;

use parser::{FileId, Span};

use super::{Include, LoadProblem, LoadProblemKind, Root, SourceFile};

/// How many directives a configuration may have, with what files have in each place where they are
/// included; a hundred times what the largest honest ones have.
const MOST_DIRECTIVES: u64 = 20_000_000;

/// What including a file costs even if it is empty, in directives.
const OF_A_FILE: u64 = 40;

/// Where a file is on its way through the search.
#[derive(Clone, Copy)]
enum State {
    New,
    Open,
    /// With this many directives, those of all that it includes among them.
    Done(u64),
}

/// Cuts off includes that would make too much of the configuration, and says so. The files include
/// each other without circles.
pub(super) fn cut(files: &mut [SourceFile], roots: &[Root]) -> Vec<LoadProblem> {
    let mut states = vec![State::New; files.len()];
    let mut problems = Vec::new();
    let mut total = 0;
    for root in roots {
        count_below(root.file, files, &mut states, &mut problems);
        if let State::Done(count) = states[root.file.0 as usize] {
            total += count;
        }
        if total > MOST_DIRECTIVES {
            for include in 0..files[root.file.0 as usize].includes.len() {
                problems.push(cut_include(files, root.file, include));
            }
        }
    }
    problems
}

fn count_below(
    root: FileId,
    files: &mut [SourceFile],
    states: &mut [State],
    problems: &mut Vec<LoadProblem>,
) {
    let mut stack = vec![root];
    while let Some(&file) = stack.last() {
        let at = file.0 as usize;
        match states[at] {
            State::New => {
                states[at] = State::Open;
                let included = files[at].includes.iter().flat_map(|include| include.files.iter());
                let is_new = |file: &&FileId| matches!(states[file.0 as usize], State::New);
                stack.extend(included.filter(is_new));
            }
            State::Open => {
                stack.pop();
                states[at] = State::Done(count(file, files, states, problems));
            }
            State::Done(_) => {
                stack.pop();
            }
        }
    }
}

/// The directives of a file whose includes have been counted.
fn count(
    file: FileId,
    files: &mut [SourceFile],
    states: &[State],
    problems: &mut Vec<LoadProblem>,
) -> u64 {
    let source = &files[file.0 as usize];
    let own = OF_A_FILE + source.tree.directives().len() as u64;
    let included = source.includes.iter().flat_map(|include| include.files.iter());
    let below = included.map(|file| match states[file.0 as usize] {
        State::Done(count) => count,
        State::New | State::Open => 0,
    });
    let count = below.fold(own, u64::saturating_add);
    if count <= MOST_DIRECTIVES {
        return count;
    }
    // All of them, so that the files above are not cut off one by one as well.
    let number = source.includes.len();
    problems.extend((0..number).map(|include| cut_include(files, file, include)));
    own
}

/// Lets an include lead nowhere.
fn cut_include(files: &mut [SourceFile], file: FileId, include: usize) -> LoadProblem {
    let source = &mut files[file.0 as usize];
    let Include { directive, files: included } = &mut source.includes[include];
    let at = source.tree.args(*directive).first().map(|word| Span::new(file, word.start, word.end));
    let first = std::mem::replace(included, Arc::new([])).first().copied();
    let path = first.map_or(file, |first| first).0 as usize;
    LoadProblem { path: files[path].path.clone(), at, kind: LoadProblemKind::TooMuch }
}
