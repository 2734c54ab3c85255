//! The cases.

use super::Case;

mod access;
mod code;
mod connection;
mod content;
mod variables;

pub(crate) const CASES: [&[Case]; 5] =
    [connection::CASES, code::CASES, access::CASES, content::CASES, variables::CASES];
