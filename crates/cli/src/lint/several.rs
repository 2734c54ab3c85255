//! Lints configurations that have nothing to do with each other, several at a time.

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use fixer::Patch;
use model::Sources;
use rules::Applicability;

use super::{Settings, lint};
use crate::report::Configuration;

/// Less text than this is linted before threads have started.
const WORTH_THREADS: usize = 256 * 1024;

/// That of a main thread.
const STACK: usize = 8 << 20;

/// What comes of one configuration.
type Linted<'s> = (Configuration<'s>, Patch);

/// Lints each of the configurations; what comes of them is in their order.
pub(crate) fn lint_all<'s>(
    all: &[(&Settings<'_>, &'s Sources)],
    least: Applicability,
) -> Vec<Linted<'s>> {
    let one = |&(settings, sources): &(&Settings<'_>, &'s Sources)| lint(settings, sources, least);
    let files = all.iter().flat_map(|(_, sources)| sources.files());
    let bytes: usize = files.map(|(_, file)| file.bytes.len()).sum();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(all.len());
    if threads < 2 || bytes < WORTH_THREADS {
        return all.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let linted = Mutex::new(Vec::with_capacity(all.len()));
    let work = || {
        while let Some((number, sources)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            all.get(number).map(|sources| (number, sources))
        } {
            let done = one(sources);
            linted.lock().unwrap_or_else(PoisonError::into_inner).push((number, done));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where there is no other thread to be had, this one does it all.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    let mut linted = linted.into_inner().unwrap_or_else(PoisonError::into_inner);
    linted.sort_unstable_by_key(|(number, _)| *number);
    linted.into_iter().map(|(_, linted)| linted).collect()
}
