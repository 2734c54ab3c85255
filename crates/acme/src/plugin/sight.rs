//! What certbot's plugin for nginx sees of a configuration (`certbot_nginx._internal.parser` and
//! `nginxparser`).

use std::{cell::RefCell, collections::HashMap};

use model::{Directive, Http, ServerId, SourceFile, name};
use parser::{DirectiveId, FileId, Span};

/// Why certbot's plugin for nginx does not see a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// The file is not UTF-8.
    NotUtf8,
    /// The file has `\{` outside of quotes.
    EscapedBrace,
    /// The file has a block of Lua.
    Lua,
    /// A comment keeps the name of the block from its brace.
    Comment,
    /// The path of the `include` is in quotes, which the plugin takes for a part of it.
    QuotedInclude,
    /// The `http` block is not in nginx.conf itself, so that the plugin finds no place for what it
    /// writes, and gives up.
    HttpElsewhere,
}

/// What hides servers, each file looked through once.
pub(super) struct Sight<'c> {
    http: &'c Http<'c>,
    files: RefCell<HashMap<FileId, Option<(Unseen, Span)>>>,
}

impl<'c> Sight<'c> {
    pub(super) fn new(http: &'c Http<'c>) -> Self {
        Self { http, files: RefCell::default() }
    }

    /// What hides a server, and where it stands.
    pub(super) fn hides(&self, id: ServerId) -> Option<(Unseen, Span)> {
        let server = self.http.server(id).directive;
        // From nginx.conf inwards, as the plugin goes.
        let mut includes: Vec<_> = server.included_by().collect();
        includes.reverse();
        let root = includes.first().copied().unwrap_or(server);
        let http = server.parent().filter(|parent| parent.name() == name::HTTP);
        let is_moved = |http: &Directive<'c>| http.file_id() != root.file_id();
        includes
            .into_iter()
            .find_map(|include| self.of_file(include).or_else(|| quoted(include)))
            .or_else(|| self.of_file(server))
            .or_else(|| comment(server))
            .or_else(|| Some((Unseen::HttpElsewhere, http.filter(is_moved)?.name_span())))
    }

    /// What hides everything in the file of a directive.
    fn of_file(&self, at: Directive<'c>) -> Option<(Unseen, Span)> {
        let id = at.file_id();
        *self.files.borrow_mut().entry(id).or_insert_with(|| unreadable(id, at.file()))
    }
}

/// Why the plugin passes over a file.
fn unreadable(id: FileId, file: &SourceFile) -> Option<(Unseen, Span)> {
    let bytes = &file.bytes;
    let span = |start: usize, length: usize| Span::new(id, start as u32, (start + length) as u32);
    if let Err(error) = std::str::from_utf8(bytes) {
        return Some((Unseen::NotUtf8, span(error.valid_up_to(), 1)));
    }
    let is_bare = |at: usize| {
        let line = bytes[..at].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        line.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count() % 2 == 0
    };
    let mut escaped = memchr::memmem::find_iter(bytes, b"\\{");
    if let Some(at) = escaped.find(|&at| is_bare(at)) {
        return Some((Unseen::EscapedBrace, span(at, 2)));
    }
    memchr::memmem::find(bytes, b"_by_lua_block")?;
    let mut ids = (0..file.tree.directives().len() as u32).map(DirectiveId);
    let lua = ids.find_map(|id| {
        let name = file.tree.name(id);
        name.value(bytes).ends_with(b"_by_lua_block").then_some(*name)
    })?;
    Some((Unseen::Lua, Span::new(id, lua.start, lua.end)))
}

/// The path of an `include` in quotes.
fn quoted(include: Directive<'_>) -> Option<(Unseen, Span)> {
    let span = include.arg_span(0)?;
    let first = include.file().bytes.get(span.range().start)?;
    matches!(first, b'"' | b'\'').then_some((Unseen::QuotedInclude, span))
}

/// A comment between the name of a block and its brace.
fn comment(server: Directive<'_>) -> Option<(Unseen, Span)> {
    let Span { file, end, .. } = server.name_span();
    let rest = &server.file().bytes[end as usize..];
    let head = rest.split(|byte| *byte == b'{').next().unwrap_or_default();
    let at = end + head.iter().position(|byte| *byte == b'#')? as u32;
    Some((Unseen::Comment, Span::new(file, at, at + 1)))
}
