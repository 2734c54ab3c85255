//! Turns the bytes of one nginx configuration file into a [`Tree`], exactly as nginx reads it.
//!
//! Parsing never fails: a broken file gives a smaller tree and the errors that nginx would report,
//! in its own words. A tree holds ranges only; it does not know its path, its parent or its
//! meaning. Nothing here recurses on the depth of the input, and the time is linear in its length.
//!
//! The behaviour is that of `ngx_conf_read_token` and `ngx_conf_parse` in nginx's
//! `src/core/ngx_conf_file.c`.

#[cfg(not(unix))]
compile_error!(
    "nginx-acme-lint is for Linux and macOS: it understands their files, owners and links. On \
     Windows, run it in WSL"
);

mod error;
mod lexer;
mod lines;
mod lua;
mod span;
mod tree;
mod word;

pub use error::{SyntaxError, SyntaxErrorKind};
pub use lexer::{Lexer, Token, TokenKind, WORD_LIMIT};
pub use lines::{LineIndex, Position};
pub use span::{FileId, Span};
pub use tree::{Block, Children, Comment, Directive, DirectiveId, Tree};
pub use word::{Quote, Word};

/// Parses the bytes of one file.
///
/// `source` must be shorter than 4 GiB, because a tree stores 32-bit offsets; what lies beyond is
/// not read. The loader refuses such files before they come here.
pub fn parse(source: &[u8]) -> Tree {
    let readable = source.len().min(u32::MAX as usize - 1);
    tree::build(&source[..readable])
}
