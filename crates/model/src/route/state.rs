//! Small parts of the state of a request.

use crate::config::Directive;

/// Which headers of a request nginx has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headers {
    All,
    /// Those before the mistake for which it refuses the request.
    PartlyRead,
}

/// What an `alias` does with the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasUse {
    /// It replaces the part that the location names; in a regular expression it is the whole path.
    ReplacesPrefix,
    /// It cannot be used: a rewrite has changed the path without looking for a location again.
    Lost,
    /// `try_files` has found a file below it, although it is in a regular expression.
    Precedes,
}

/// The handler that will make the answer, and the settings in force when it was chosen: those of
/// the location, or of an `if` inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handler<'c> {
    pub(super) directive: Directive<'c>,
    /// The `if` it stands in.
    pub(super) inside: Option<Directive<'c>>,
}
