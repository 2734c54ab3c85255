//! What one run of a program costs.

use std::{
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use wait4::Wait4;

use crate::Result;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Time on the processor, for itself and in the kernel.
    pub(crate) cpu: Duration,
    /// Time by the clock.
    pub(crate) wall: Duration,
    /// The most memory that it held at once, in bytes.
    ///
    /// Linux counts what the process held before it became the program, too; that is what the one
    /// that measures holds, which therefore builds nothing large in memory.
    pub(crate) peak: u64,
}

/// Runs a program to its end. One that complains about its input has done its work; one that was
/// stopped by a signal has not.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let end = command.spawn().map_err(|error| format!("{command:?}: {error}"))?.wait4()?;
    let wall = start.elapsed();
    check(command, end.status)?;
    let cpu = end.rusage.utime + end.rusage.stime;
    Ok(Cost { cpu, wall, peak: end.rusage.maxrss })
}

/// Fails unless the program came to an end of its own, with a verdict on its input.
pub(crate) fn check(command: &Command, status: ExitStatus) -> Result<()> {
    match status.code() {
        Some(0..=2) => Ok(()),
        _ => Err(format!("{command:?}: {status}").into()),
    }
}

/// The lowest and the median of some values.
pub(crate) fn lowest_and_median<T: Copy + PartialOrd>(values: &[T]) -> Option<(T, T)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
    Some((*sorted.first()?, sorted[sorted.len() / 2]))
}
