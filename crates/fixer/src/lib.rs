//! Turns fixes into a proved patch.
//!
//! Rules propose; [`fix`] runs the model on the patched sources and may only lower what they
//! propose. What it calls safe is proved: the challenges it is for pass, and the probes that the
//! proof knows get the answers they got before.

mod fix;
mod judge;
mod patch;
mod prove;
mod snippet;
pub mod write;

pub use fix::{Fixed, Outcome, fix};
pub use patch::{FilePatch, Patch};
pub use prove::Change;
