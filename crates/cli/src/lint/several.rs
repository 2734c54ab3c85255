//! Lints configurations that have nothing to do with each other, several at a time.

use fixer::Patch;
use model::{Sources, at_once, processors};
use rules::Applicability;

use super::{Settings, lint};
use crate::report::Configuration;

/// Less text than this is linted before threads have started.
const WORTH_THREADS: usize = 256 * 1024;

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
    let threads = if bytes < WORTH_THREADS { 1 } else { processors() };
    at_once(threads, all, one)
}
