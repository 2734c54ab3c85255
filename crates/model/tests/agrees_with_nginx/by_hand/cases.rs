//! The cases.

use super::Case;

mod access;
mod code;
mod connection;
mod content;

pub(crate) const CASES: [&[Case]; 4] =
    [connection::CASES, code::CASES, access::CASES, content::CASES];
