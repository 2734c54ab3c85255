//! `names`: what it prints.
//!
//! `UPDATE_EXPECT=1` rewrites the expectations.

mod contract;
mod printed;
mod program;
mod told;
