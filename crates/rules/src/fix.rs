use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use acme::TokenPlace;

use parser::Span;

/// A cure: all of its edits or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an instruction: "make the prefix final with `^~`".
    pub title: String,
    /// How far it can be trusted. What a rule says is a proposal; the fixer's proof may lower it.
    pub applicability: Applicability,
    /// The changes; they do not overlap and may lie in several files.
    pub edits: Vec<Edit>,
    /// Files to be made that no edit includes: they are no part of the configuration.
    pub files: Vec<Arc<NewFile>>,
    /// Where a client puts its tokens for these names once it has been told so: what the fix is
    /// judged by.
    pub places: Vec<(String, TokenPlace)>,
    /// Whether it mends the TLS handshake alone: then what lies on disk shows that it cures, and no
    /// name has to pass for it.
    pub is_for_handshake: bool,
}

impl Fix {
    /// The files that have to be made for it.
    pub fn new_files(&self) -> BTreeSet<&NewFile> {
        let included = self.edits.iter().filter_map(|edit| edit.new_file.as_deref());
        included.chain(self.files.iter().map(|file| &**file)).collect()
    }
}

/// How far a fix can be trusted; the gate is one comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// To be read: it has a placeholder, or is one of several choices.
    #[default]
    Display,
    /// It cures the problem and may change the answer to another request.
    Unsafe,
    /// No request but a challenge, or the TLS handshake under repair, gets another answer; proved.
    Safe,
}

/// New bytes in place of a stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edit {
    /// The stretch; empty to insert.
    pub span: Span,
    /// What to put there.
    pub replacement: Vec<u8>,
    /// The file that the replacement includes, if it has to be made.
    pub new_file: Option<Arc<NewFile>>,
    /// What could be shared with other servers, if the replacement may include it instead.
    pub(crate) shareable: Option<Arc<Shareable>>,
}

/// A file to be made.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NewFile {
    /// Where: the directory of the main file, and what is included relative to it.
    pub path: PathBuf,
    /// The path to write it to, symbolic links resolved.
    pub target: PathBuf,
    /// What it holds.
    pub contents: Vec<u8>,
    /// Whether it is a program.
    pub is_executable: bool,
}

/// What an edit inserts, as the contents of a file to be included.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shareable {
    /// The contents that would do, best first.
    pub(crate) contents: Vec<Vec<u8>>,
    /// What goes in front of the `include`.
    pub(crate) before: Vec<u8>,
    /// What follows it.
    pub(crate) after: Vec<u8>,
}

impl Edit {
    /// Puts `text` in front of a stretch.
    pub fn insert_before(span: Span, text: impl Into<Vec<u8>>) -> Self {
        let span = Span::new(span.file, span.start, span.start);
        Self::replace(span, text)
    }

    /// Puts `text` behind a stretch.
    pub fn insert_after(span: Span, text: impl Into<Vec<u8>>) -> Self {
        let span = Span::new(span.file, span.end, span.end);
        Self::replace(span, text)
    }

    /// Puts `text` in place of a stretch.
    pub fn replace(span: Span, text: impl Into<Vec<u8>>) -> Self {
        Self { span, replacement: text.into(), new_file: None, shareable: None }
    }
}
