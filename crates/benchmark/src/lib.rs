//! Realistic configurations of any size, and what the linter costs on them.
//!
//! [`corpus`] makes a tree as it would lie in `/etc/nginx`. [`compare`] runs the linter, nginx and
//! the bare reading of the files on it side by side; [`instructions`] counts what the processor
//! executes, which no other load on the machine changes, and holds it against limits; [`hostile`]
//! has inputs that nobody writes on purpose. `benches/parts.rs` times the stages inside the process.

#![expect(clippy::cast_precision_loss, reason = "ratios are for people")]

pub mod compare;
pub mod corpus;
pub mod hostile;
pub mod instructions;
mod measure;
pub mod reading;
mod table;

/// What can go wrong while measuring: always something around the program, worded by the library
/// that noticed.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
