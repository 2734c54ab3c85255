//! Why something was not written.

use std::{error::Error, fmt, io, path::Path};

/// Why files were not changed, or not put back.
#[derive(Debug)]
pub struct WriteError {
    /// What could not be done.
    pub doing: String,
    /// Why.
    pub why: io::Error,
    /// Why what was begun could not be undone either: then it waits for [`super::Store::recover`].
    pub unfinished: Option<Box<Self>>,
}

impl WriteError {
    pub(super) fn new(doing: String, why: io::Error) -> Self {
        Self { doing, why, unfinished: None }
    }

    pub(super) fn about(doing: &str, path: &Path, why: io::Error) -> Self {
        Self::new(format!("cannot {doing} {}", path.display()), why)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.doing, self.why)?;
        match &self.unfinished {
            None => Ok(()),
            Some(error) => write!(out, "; and what was begun is not undone: {error}"),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.why)
    }
}
