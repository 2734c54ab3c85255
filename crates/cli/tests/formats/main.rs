//! What programs read: each format is held against its schema or parsed, and nothing may be lost on
//! the way.

mod files;
mod gaps;
mod hostile;
mod program;
mod sarif;
mod schemas;
mod secrets;
