//! Several at a time, but never long in vain.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// So many are asked at once: nginx has to serve others, too.
const AT_ONCE: usize = 8;

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

/// Does something with each, several at a time; what comes of them is in their order.
pub(crate) fn each<T: Sync, R: Send>(all: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(all.len()));
    let work = || {
        while let Some((number, thing)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            all.get(number).map(|thing| (number, thing))
        } {
            let result = one(thing);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..AT_ONCE.min(all.len()) {
            // Where there is no other thread to be had, this one does it all.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_order() {
        let all: Vec<_> = (0..100).collect();
        assert_eq!(super::each(&all, |number| number * 2), (0..200).step_by(2).collect::<Vec<_>>());
        assert!(super::each(&[], |number: &usize| *number).is_empty());
    }
}
