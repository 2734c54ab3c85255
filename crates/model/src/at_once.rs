//! Many things of one kind, several at a time.

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// That of a main thread.
const STACK: usize = 8 << 20;

/// As many as the machine has processors.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What `one` makes of each item, in their order; at most `threads` are worked on at a time.
pub fn at_once<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    one: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads < 2 {
        return items.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::with_capacity(items.len()));
    let work = || {
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            let done = one(item);
            made.lock().unwrap_or_else(PoisonError::into_inner).push((number, done));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where there is no other thread to be had, this one does it all.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let all: Vec<_> = (0..100).collect();
        let doubled: Vec<_> = (0..200).step_by(2).collect();
        for threads in [0, 1, 8, 200] {
            assert_eq!(at_once(threads, &all, |number| number * 2), doubled);
        }
        assert!(at_once(8, &[], |number: &usize| *number).is_empty());
    }
}
