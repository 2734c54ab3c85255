//! How long is waited in vain, and how many are asked at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So many are asked at once: nginx has to serve others, too.
pub(crate) const AT_ONCE: usize = 8;

/// After so many that were not answered in time the others are left alone.
const MOST_TIMEOUTS: usize = 16;

/// Counts those that were not answered in time.
#[derive(Debug, Default)]
pub(crate) struct Patience(AtomicUsize);

impl Patience {
    /// Whether it has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= MOST_TIMEOUTS
    }

    pub(crate) fn waited_in_vain(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
