//! The tree of one file: flat vectors in source order, built with a plain stack of open blocks.

use std::ops::Range;

use crate::{
    error::{SyntaxError, SyntaxErrorKind},
    lexer::{Lexer, TokenKind},
    word::Word,
};

/// What one file says: its directives, words and comments in source order, and what nginx would
/// complain about. It holds ranges only, so the bytes must be kept beside it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    directives: Vec<Directive>,
    words: Vec<Word>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

/// A directive of a tree, by its number in source order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectiveId(pub u32);

/// A statement: its words up to `;`, or up to `{` with the block that follows.
#[derive(Clone, Copy, Debug)]
pub struct Directive {
    /// Offset of the name's first byte.
    pub start: u32,
    /// Offset after the last byte, which is `;` or `}` unless it is missing.
    pub end: u32,
    /// The block, if there is one.
    pub block: Option<Block>,
    /// The number of the first word; the words go on up to the first one of the next directive.
    first_word: u32,
    /// The number of the directive around, or [`NONE`].
    parent: u32,
    /// The number of the first directive after this one and everything in its block.
    next: u32,
}

/// Stands for no directive: a file of less than 4 GiB has fewer.
const NONE: u32 = u32::MAX;

/// The braces of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Offset of `{`.
    pub open: u32,
    /// Offset of `}`, or of the end of the file if it is missing.
    pub close: u32,
}

/// A comment, from `#` to the end of its line without the LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Offset of `#`.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Tree {
    /// All directives in source order: a block's come right after the directive that opens it.
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// One directive.
    pub fn directive(&self, id: DirectiveId) -> &Directive {
        &self.directives[id.0 as usize]
    }

    /// The words of a directive, its name first; never empty.
    pub fn words(&self, id: DirectiveId) -> &[Word] {
        let first = self.directive(id).first_word as usize;
        let next = self.directives.get(id.0 as usize + 1);
        let end = next.map_or(self.words.len(), |next| next.first_word as usize);
        &self.words[first..end]
    }

    /// The name of a directive.
    pub fn name(&self, id: DirectiveId) -> &Word {
        &self.words[self.directive(id).first_word as usize]
    }

    /// The arguments of a directive.
    pub fn args(&self, id: DirectiveId) -> &[Word] {
        &self.words(id)[1..]
    }

    /// The directive in whose block this one stands; `None` at file level.
    pub fn parent(&self, id: DirectiveId) -> Option<DirectiveId> {
        let parent = self.directive(id).parent;
        (parent != NONE).then_some(DirectiveId(parent))
    }

    /// The directives at file level.
    pub fn top_level(&self) -> Children<'_> {
        Children { tree: self, range: 0..self.directives.len() as u32 }
    }

    /// The directives right inside the block of a directive; none if it has no block.
    pub fn children(&self, id: DirectiveId) -> Children<'_> {
        Children { tree: self, range: id.0 + 1..self.directive(id).next }
    }

    /// The comments in source order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// What nginx would complain about; it would stop at the first one.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Gives back the memory that is not used: a tree is kept for the whole run.
    fn shrink(&mut self) {
        self.directives.shrink_to_fit();
        self.words.shrink_to_fit();
        self.comments.shrink_to_fit();
        self.errors.shrink_to_fit();
    }
}

/// The directives of one level, in source order.
#[derive(Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    range: Range<u32>,
}

impl Children<'_> {
    /// The numbers of all that is left, with what stands in their blocks.
    pub fn rest(&self) -> Range<u32> {
        self.range.clone()
    }

    /// Leaves out what comes before the directive with this number.
    pub fn skip_to(&mut self, number: u32) {
        self.range.start = number;
    }
}

impl Iterator for Children<'_> {
    type Item = DirectiveId;

    fn next(&mut self) -> Option<DirectiveId> {
        if self.range.is_empty() {
            return None;
        }
        let id = DirectiveId(self.range.start);
        self.range.start = self.tree.directive(id).next;
        Some(id)
    }
}

/// Builds the tree of a file shorter than 4 GiB.
pub(crate) fn build(source: &[u8]) -> Tree {
    let mut builder = Builder::for_length(source.len());
    let mut lexer = Lexer::new(source);
    while let Some(kind) = lexer.peek() {
        match kind {
            TokenKind::Blank => {
                lexer.blank();
            }
            TokenKind::BareWord => builder.tree.words.push(lexer.bare_word()),
            TokenKind::QuotedWord(quote) => builder.tree.words.push(lexer.quoted_word(quote)),
            TokenKind::Semicolon => builder.end_statement(lexer.punctuation(b';')),
            TokenKind::Comment => {
                let start = lexer.offset();
                builder.tree.comments.push(Comment { start, end: lexer.comment() });
            }
            TokenKind::Open => {
                let start = lexer.offset();
                let end = lexer.punctuation(b'{') as usize;
                if builder.in_entries(source) {
                    lexer.report(SyntaxErrorKind::Unexpected(b'{'), end - 1, (end - 1, end));
                    // A bare `a{2}` is a quantifier; nginx reads `2}` as the next word, so that
                    // nothing would close a block.
                    if source.get(end).is_some_and(u8::is_ascii_digit) {
                        builder.end_statement(start);
                        continue;
                    }
                }
                builder.open(start);
            }
            TokenKind::Close => {
                let start = lexer.offset();
                let end = lexer.punctuation(b'}');
                builder.end_statement(start);
                if !builder.close(start, end) {
                    let at = start as usize;
                    lexer.report(SyntaxErrorKind::Unexpected(b'}'), at, (at, at + 1));
                }
            }
            TokenKind::ByteOrderMark => {
                lexer.byte_order_mark();
            }
            TokenKind::Lua => {
                lexer.lua();
            }
        }
    }
    let mut errors = std::mem::take(&mut lexer.errors);
    let end = source.len() as u32;
    let open = builder.finish(end);
    if let Some(open) = open
        && errors.last().is_none_or(|last| last.at != end && last.kind != SyntaxErrorKind::EndInLua)
    {
        let kind = SyntaxErrorKind::EndInBlock;
        errors.push(SyntaxError { kind, at: end, start: open, end: open + 1 });
    }
    builder.tree.errors = errors;
    builder.tree.shrink();
    builder.tree
}

struct Builder {
    tree: Tree,
    /// The number of the first word of the statement being read.
    statement: u32,
    /// The open blocks; `None` for a `{` without a directive.
    open: Vec<Option<DirectiveId>>,
    /// The innermost open block that has a directive, or [`NONE`].
    parent: u32,
}

impl Builder {
    /// With room for what a file of this length mostly holds.
    fn for_length(length: usize) -> Self {
        let tree = Tree {
            directives: Vec::with_capacity(length / 32),
            words: Vec::with_capacity(length / 16),
            ..Tree::default()
        };
        Self { tree, statement: 0, open: Vec::new(), parent: NONE }
    }

    fn statement_is_empty(&self) -> bool {
        self.statement as usize == self.tree.words.len()
    }

    fn push_directive(&mut self, end: u32, block: Option<Block>) -> DirectiveId {
        let id = DirectiveId(self.tree.directives.len() as u32);
        let first_word = self.statement;
        self.statement = self.tree.words.len() as u32;
        self.tree.directives.push(Directive {
            start: self.tree.words[first_word as usize].start,
            end,
            block,
            first_word,
            parent: self.parent,
            next: id.0 + 1,
        });
        id
    }

    fn end_statement(&mut self, end: u32) {
        if !self.statement_is_empty() {
            self.push_directive(end, None);
        }
    }

    fn open(&mut self, at: u32) {
        if self.statement_is_empty() {
            self.open.push(None);
            return;
        }
        let id = self.push_directive(at + 1, Some(Block { open: at, close: at + 1 }));
        self.open.push(Some(id));
        self.parent = id.0;
    }

    /// Closes the innermost block; false if there is none.
    fn close(&mut self, close: u32, end: u32) -> bool {
        match self.open.pop() {
            None => false,
            Some(None) => true,
            Some(Some(id)) => {
                self.close_directive(id, close, end);
                true
            }
        }
    }

    fn close_directive(&mut self, id: DirectiveId, close: u32, end: u32) {
        let next = self.tree.directives.len() as u32;
        let directive = &mut self.tree.directives[id.0 as usize];
        directive.next = next;
        directive.end = end;
        if let Some(block) = &mut directive.block {
            block.close = close;
        }
        self.parent = directive.parent;
    }

    /// Whether the statements being read are entries of a `map`, `types` and the like, which nginx
    /// reads with their own handler and in which no block may open.
    fn in_entries(&self, source: &[u8]) -> bool {
        const ENTRY_BLOCKS: [&[u8]; 5] =
            [b"types", b"map", b"geo", b"split_clients", b"charset_map"];
        if self.parent == NONE {
            return false;
        }
        let name = self.tree.name(DirectiveId(self.parent)).value(source);
        ENTRY_BLOCKS.contains(&name.as_ref())
    }

    /// Ends everything that is still open at the end of the file; gives the offset of the innermost
    /// `{` without a `}`.
    fn finish(&mut self, end: u32) -> Option<u32> {
        self.end_statement(end);
        let mut innermost = None;
        while let Some(open) = self.open.pop() {
            let Some(id) = open else { continue };
            self.close_directive(id, end, end);
            innermost = innermost.or(self.tree.directive(id).block.map(|block| block.open));
        }
        innermost
    }
}
