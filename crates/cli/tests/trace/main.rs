//! `trace`: what it prints, and that nginx does what it says.
//!
//! `UPDATE_EXPECT=1` rewrites the expectations.

mod agrees_with_nginx;
mod contract;
mod printed;
mod program;
mod written;
