//! After the access phase: `try_files`, files, and other servers.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{
    Answer, AnswerPhase, Protocol,
    run::{Next, Run, Undecided},
    target::split_query,
    value::has_variables,
};
use crate::{
    config::Directive,
    directive_table::{Name, Phase, name},
    file_system::FileKind,
    kinds::Kinds,
    level::Level,
};

/// So many bytes more than needed are kept for the names of `try_files`.
const SPARE_ROOM: usize = 16;

/// A path of the file system, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePath {
    pub(super) bytes: Vec<u8>,
    /// Whether it starts at a prefix that nobody stated.
    pub(super) is_guess: bool,
}

impl FilePath {
    pub(super) fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.bytes))
    }

    pub(super) fn to_path(&self) -> PathBuf {
        self.as_path().to_path_buf()
    }
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

/// The handlers that hand a request to another server.
const PROXIES: [(Name, Protocol); 6] = [
    (name::PROXY_PASS, Protocol::Http),
    (name::FASTCGI_PASS, Protocol::FastCgi),
    (name::UWSGI_PASS, Protocol::Uwsgi),
    (name::SCGI_PASS, Protocol::Scgi),
    (name::GRPC_PASS, Protocol::Grpc),
    (name::MEMCACHED_PASS, Protocol::Memcached),
];

impl<'c> Level<'c> {
    /// What makes the answer for this level: the last handler, or one that is not modelled.
    pub(super) fn handler(&self) -> Option<Directive<'c>> {
        let mut last = None;
        for directive in self.of_kinds(Kinds::HANDLER) {
            if directive.arg(0).as_deref() == Some(b"off") {
                continue;
            }
            last = Some(directive);
            if protocol(directive).is_none() && !answers_by_itself(directive) {
                break;
            }
        }
        last
    }
}

impl<'c> Run<'_, 'c> {
    /// The rest of a request that was let in.
    pub(super) fn content(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        self.phase = AnswerPhase::Content;
        self.stop_at_unmodelled(Phase::Precontent)?;
        if let Some(next) = self.try_files()? {
            return Ok(next);
        }
        if let Some(handler) = self.handler {
            return self.handle(handler);
        }
        // nginx takes the byte in front of an empty path for its last one.
        if self.path.is_empty() && self.before_path.is_none_or(|byte| byte == b'/') {
            let because = "nothing is left of the path".to_owned();
            return Err(Undecided { because, at: Some(self.server().directive) });
        }
        self.static_file()
    }

    /// `try_files`, which is not inherited, and gone inside an `if`.
    fn try_files(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        let Some(directive) = self.own_level().first(name::TRY_FILES) else { return Ok(None) };
        let arguments: Vec<_> = directive.args().collect();
        let Some((last, candidates)) = arguments.split_last() else { return Ok(None) };
        // The root is computed anew only for a name that does not fit where the last one was put.
        let mut known: Option<(FilePath, usize)> = None;
        for candidate in candidates {
            // The slash as written, not as a variable has it, asks for a directory.
            let (text, wants_directory) = match candidate.strip_suffix(b"/") {
                Some(text) => (text, true),
                None => (&**candidate, false),
            };
            let name = self.tried_name(text, directive)?;
            let needed = self.room_needed(name.len());
            let base = match known.take() {
                Some((base, room)) if needed <= room => (base, room),
                _ => match self.file_base(directive)? {
                    Some(base) => (base, needed + SPARE_ROOM),
                    None => return Ok(Some(Next::Fail(500, Some(directive)))),
                },
            };
            let (base, _) = known.insert(base);
            let before_name = base.bytes.last().copied();
            let bytes = [&*base.bytes, &name].concat();
            let path = FilePath { bytes, is_guess: base.is_guess };
            let stat = self.stat(&path, Some(directive))?;
            if stat.is_some_and(|stat| (stat.kind == FileKind::Directory) == wants_directory) {
                self.note(Some(directive), || {
                    let path = path.bytes.escape_ascii();
                    format!("`{}` is there: {path}", candidate.escape_ascii())
                });
                self.before_path = before_name;
                self.take_tried(name, wants_directory);
                return Ok(None);
            }
        }
        self.note(Some(directive), || {
            format!(
                "nothing that it tries is there, so its last word counts: `{}`",
                last.escape_ascii()
            )
        });
        if let Some(code) = last.strip_prefix(b"=") {
            let status = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok());
            return Ok(Some(Next::Fail(status.unwrap_or(500), Some(directive))));
        }
        let Some(base) = self.file_base(directive)? else {
            return Ok(Some(Next::Fail(500, Some(directive))));
        };
        self.before_path = base.bytes.last().copied();
        let target = self.tried_name(last, directive)?;
        if target.starts_with(b"@") {
            return Ok(Some(Next::Named(target, directive)));
        }
        let (path, query) = split_query(&target);
        let (path, query) = (path.to_vec(), query.to_vec());
        Ok(Some(Next::Internal { path, query, at: directive }))
    }

    /// How much longer than the path of the request a name with its final NUL is, as far as that path
    /// is used (`reserve` of `ngx_http_try_files_handler`).
    fn room_needed(&self, length: usize) -> usize {
        let is_alias = self.root_or_alias().is_some_and(|slot| slot.name() == name::ALIAS);
        let used = match self.alias_length() {
            Some(cut) => self.path.len().saturating_sub(cut),
            None if is_alias => 0,
            None => self.path.len(),
        };
        (length + 1).saturating_sub(used)
    }

    /// An argument of `try_files` with its variables; below an `alias` the part that the location
    /// names is cut off.
    fn tried_name(&self, text: &[u8], at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        let mut name = self.evaluate(text, at)?;
        if let Some(length) = self.alias_length()
            && has_variables(text)
            && let Some(prefix) = self.path.get(..length)
            && name.starts_with(prefix)
        {
            name.drain(..length);
        }
        Ok(name)
    }

    /// Goes on with what `try_files` has found.
    fn take_tried(&mut self, name: Vec<u8>, is_directory: bool) {
        let alias = self.root_or_alias().filter(|directive| directive.name() == name::ALIAS);
        match (alias, self.alias_length()) {
            (None, _) => self.path = name,
            (Some(_), Some(length)) => {
                self.before_path = None;
                self.path.truncate(length);
                self.path.extend(name);
            }
            (Some(_), None) if is_directory => {}
            (Some(_), None) => {
                self.path = name;
                self.alias_use = AliasUse::Precedes;
            }
        }
    }

    /// What a content handler makes of the request; not inherited by nested locations, but kept by
    /// an `if` inside the location.
    fn handle(&mut self, handler: Handler<'c>) -> Result<Next<'c>, Undecided<'c>> {
        let Handler { mut directive, inside } = handler;
        // A later `if` has the settings of the location, be they those of another proxy or of none.
        if inside.is_some() && inside != self.inner_level.as_ref().map(|&(directive, _)| directive)
        {
            let location = self.location.map(|id| &self.server().location(id).level);
            let mut own = location.into_iter().flat_map(|level| level.of_kinds(Kinds::HANDLER));
            match own.find(|own| own.name() == directive.name()) {
                Some(own) => directive = own,
                None if is_proxy(directive) => {
                    let why = "a later `if` takes away where it leads to";
                    self.note(Some(directive), || why.to_owned());
                    return Ok(Next::Fail(500, Some(directive)));
                }
                None => {}
            }
        }
        if directive.name() == name::MEMCACHED_PASS
            && let Some(status) = self.memcached_refusal(directive)
        {
            return Ok(Next::Fail(status, Some(directive)));
        }
        let answer = if let Some(protocol) = protocol(directive) {
            let to = directive.arg(0).unwrap_or_default().into_owned();
            self.note(Some(directive), || {
                format!("it hands the request to {} over {}", to.escape_ascii(), protocol.name())
            });
            Answer::Proxy { protocol, to, at: directive }
        } else if !answers_by_itself(directive) {
            let because = format!("what `{}` answers is not modelled", directive.name().text());
            return Err(Undecided { because, at: Some(directive) });
        } else if matches!(&*self.method, b"GET" | b"HEAD") {
            self.note(Some(directive), || {
                format!("`{}` answers every request here", directive.name().text())
            });
            Answer::Status { status: 200, body: None }
        } else {
            return Ok(Next::Fail(405, Some(directive)));
        };
        Ok(Next::Answer(answer, Some(directive)))
    }
}

impl<'c> Run<'_, 'c> {
    /// The status with which `memcached_pass` refuses a request before it asks anybody
    /// (`ngx_http_memcached_handler`, `ngx_http_memcached_create_request`).
    fn memcached_refusal(&self, directive: Directive<'c>) -> Option<u16> {
        if !matches!(&*self.method, b"GET" | b"HEAD") {
            self.note(Some(directive), || "it takes GET and HEAD only".to_owned());
            return Some(405);
        }
        let has_no_key = self.variable(b"memcached_key", directive).is_ok_and(|key| key.is_empty());
        if has_no_key {
            self.note(Some(directive), || "`$memcached_key` has no value".to_owned());
        }
        has_no_key.then_some(500)
    }
}

fn protocol(directive: Directive<'_>) -> Option<Protocol> {
    let proxy = PROXIES.iter().find(|(handler, _)| *handler == directive.name());
    proxy.map(|&(_, protocol)| protocol)
}

fn answers_by_itself(directive: Directive<'_>) -> bool {
    matches!(directive.name(), name::EMPTY_GIF | name::STUB_STATUS)
}

/// Whether a handler hands the request to another server.
pub(super) fn is_proxy(directive: Directive<'_>) -> bool {
    protocol(directive).is_some()
}
