//! After the access phase: `try_files`, files, and other servers.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{
    Answer, AnswerPhase, Protocol,
    run::{Next, Run, Undecided},
};
use crate::{
    config::Directive,
    directive_table::{Name, Phase, name},
    file_system::{FileKind, Lookup},
    route::value::has_variables,
};

/// A path of the file system, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePath {
    pub(super) bytes: Vec<u8>,
    /// Whether it starts at a prefix that nobody stated.
    pub(super) is_guess: bool,
}

impl FilePath {
    pub(super) fn to_path(&self) -> PathBuf {
        Path::new(OsStr::from_bytes(&self.bytes)).to_path_buf()
    }
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

impl<'c> Run<'_, 'c> {
    /// The rest of a request that was let in.
    pub(super) fn content(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        self.phase = AnswerPhase::Content;
        self.stop_at_unmodelled(Phase::Precontent)?;
        if let Some(next) = self.try_files()? {
            return Ok(next);
        }
        if let Some(next) = self.handler()? {
            return Ok(next);
        }
        self.static_file()
    }

    fn try_files(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        // Not inherited, and gone inside an `if`.
        let Some(directive) = self.own_level().first(name::TRY_FILES) else { return Ok(None) };
        let arguments: Vec<_> = directive.args().collect();
        let Some((last, candidates)) = arguments.split_last() else { return Ok(None) };
        for candidate in candidates {
            let uri = self.evaluate(candidate, directive)?;
            let (uri, wanted) = match uri.strip_suffix(b"/") {
                Some(directory) => (directory, FileKind::Directory),
                None => (&*uri, FileKind::File),
            };
            let path = self.file_path(uri, directive)?;
            match self.file_system.stat(&path.to_path()) {
                Lookup::Found(stat) if stat.kind == wanted => {
                    self.note(Some(directive), format!("`{}` exists", candidate.escape_ascii()));
                    self.path = match wanted {
                        FileKind::Directory => [uri, b"/"].concat(),
                        _ => uri.to_vec(),
                    };
                    return Ok(None);
                }
                Lookup::Found(_) | Lookup::Absent => {}
                Lookup::Unknowable(reason) => {
                    let because = format!("{}: {reason}", path.bytes.escape_ascii());
                    return Err(Undecided { because, at: Some(directive) });
                }
            }
        }
        self.note(Some(directive), format!("no file is there, so `{}`", last.escape_ascii()));
        if let Some(code) = last.strip_prefix(b"=") {
            let status = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok());
            return Ok(Some(Next::Fail(status.unwrap_or(500), Some(directive))));
        }
        if last.starts_with(b"@") {
            return Ok(Some(Next::Named(last.to_vec(), directive)));
        }
        let target = self.evaluate(last, directive)?;
        Ok(Some(Next::Internal(target, directive)))
    }

    /// What a content handler makes of the request; not inherited by nested locations, but kept by
    /// an `if` inside the location.
    fn handler(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        for directive in self.handlers() {
            let proxy = PROXIES.iter().find(|(handler, _)| *handler == directive.name());
            if let Some(&(_, protocol)) = proxy {
                let to = directive.arg(0).unwrap_or_default().into_owned();
                let why = format!("it hands the request on over {}", protocol.name());
                self.note(Some(directive), why);
                let answer = Answer::Proxy { protocol, to, at: directive };
                return Ok(Some(Next::Answer(answer, Some(directive))));
            }
            let handler = directive.name();
            match handler {
                name::EMPTY_GIF | name::STUB_STATUS => {
                    self.note(Some(directive), format!("`{}` answers", handler.text()));
                    let answer = Answer::Status { status: 200, body: None };
                    return Ok(Some(Next::Answer(answer, Some(directive))));
                }
                // They look at the method, at directories, or at media files only.
                name::AUTOINDEX
                | name::DAV_METHODS
                | name::DAV_EXT_METHODS
                | name::RANDOM_INDEX
                | name::FANCYINDEX
                | name::FLV
                | name::MP4
                | name::HLS
                | name::F4F => {}
                _ if directive.arg(0).as_deref() == Some(b"off") => {}
                _ if handler.acts_in(Phase::Content) => {
                    let because = format!("what `{}` answers is not modelled", handler.text());
                    return Err(Undecided { because, at: Some(directive) });
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// The static handler, and the index before it.
    fn static_file(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        let at = self.root_or_alias().unwrap_or(self.server().directive);
        let path = self.file_path(&self.path, at)?;
        if self.path.ends_with(b"/") {
            return self.index(&path);
        }
        match self.file_system.stat(&path.to_path()) {
            Lookup::Found(stat) => match stat.kind {
                FileKind::File => {
                    let shown = path.bytes.escape_ascii();
                    self.note(self.root_or_alias(), format!("the file is {shown}"));
                    let (path, is_guess) = (path.to_path(), path.is_guess);
                    Ok(Next::Answer(Answer::File { path, is_guess }, self.root_or_alias()))
                }
                FileKind::Directory => {
                    let mut to = self.path.clone();
                    to.push(b'/');
                    let to = self.absolute(&to);
                    self.note(None, "the path is a directory and lacks the final slash".to_owned());
                    Ok(Next::Answer(Answer::Redirect { status: 301, to }, None))
                }
                FileKind::Special => Ok(Next::Fail(404, self.root_or_alias())),
            },
            Lookup::Absent => {
                let shown = path.bytes.escape_ascii();
                self.note(self.root_or_alias(), format!("there is no file {shown}"));
                Ok(Next::Fail(404, self.root_or_alias()))
            }
            Lookup::Unknowable(reason) => {
                let because = format!("{}: {reason}", path.bytes.escape_ascii());
                Err(Undecided { because, at: self.root_or_alias() })
            }
        }
    }

    fn index(&mut self, directory: &FilePath) -> Result<Next<'c>, Undecided<'c>> {
        let directive = self.effective(name::INDEX);
        let mut files: Vec<Vec<u8>> = match directive {
            Some(directive) => directive.args().map(std::borrow::Cow::into_owned).collect(),
            None => vec![b"index.html".to_vec()],
        };
        if let Some(directive) = directive {
            for file in &mut files {
                *file = self.evaluate(file, directive)?;
            }
        }
        for file in files {
            if file.starts_with(b"/") {
                let at = directive.unwrap_or(self.server().directive);
                return Ok(Next::Internal(file, at));
            }
            let bytes = [&*directory.bytes, &file].concat();
            let path = FilePath { bytes, is_guess: directory.is_guess };
            match self.file_system.stat(&path.to_path()) {
                Lookup::Found(stat) if stat.kind == FileKind::File => {
                    let target = [&*self.path, &file].concat();
                    let at = directive.unwrap_or(self.server().directive);
                    return Ok(Next::Internal(target, at));
                }
                Lookup::Found(_) | Lookup::Absent => {}
                Lookup::Unknowable(reason) => {
                    let because = format!("{}: {reason}", path.bytes.escape_ascii());
                    return Err(Undecided { because, at: directive });
                }
            }
        }
        if let Some(listing) = self.effective(name::AUTOINDEX).filter(|directive| {
            directive.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"))
        }) {
            self.note(Some(listing), "the directory is listed".to_owned());
            let answer = Answer::Status { status: 200, body: None };
            return Ok(Next::Answer(answer, Some(listing)));
        }
        let status = match self.file_system.stat(&directory.to_path()) {
            Lookup::Found(_) => 403,
            Lookup::Absent => 404,
            Lookup::Unknowable(reason) => {
                let because = format!("{}: {reason}", directory.bytes.escape_ascii());
                return Err(Undecided { because, at: self.root_or_alias() });
            }
        };
        self.note(directive, "the directory has no index file".to_owned());
        Ok(Next::Fail(status, directive))
    }

    /// The file for a path of the site (`ngx_http_map_uri_to_path`).
    pub(super) fn file_path(
        &self,
        uri: &[u8],
        at: Directive<'c>,
    ) -> Result<FilePath, Undecided<'c>> {
        let Some(directive) = self.root_or_alias() else {
            return Ok(self.from_prefix(&[b"html", uri].concat()));
        };
        let argument = directive.arg(0).unwrap_or_default();
        let argument = self.evaluate(&argument, at)?;
        let bytes = if directive.name() == name::ROOT {
            let root = argument.strip_suffix(b"/").unwrap_or(&argument);
            [root, uri].concat()
        } else if self.alias_takes_captures(directive) {
            argument
        } else {
            // A path that a rewrite has moved out of the location has nothing to cut off.
            let matched = self.alias_length(directive);
            [&*argument, uri.get(matched..).unwrap_or_default()].concat()
        };
        Ok(self.from_prefix(&bytes))
    }

    /// The root directory as `$document_root` gives it.
    pub(super) fn document_root(&self, at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        let Some(directive) = self.root_or_alias() else {
            return Ok(self.from_prefix(b"html").bytes);
        };
        let argument = directive.arg(0).unwrap_or_default();
        if has_variables(&argument) && argument.windows(14).any(|part| part == b"$document_root") {
            let because = "`root` refers to itself".to_owned();
            return Err(Undecided { because, at: Some(directive) });
        }
        let argument = self.evaluate(&argument, at)?;
        let root = argument.strip_suffix(b"/").unwrap_or(&argument);
        Ok(self.from_prefix(root).bytes)
    }

    /// A path that starts at the prefix unless it is absolute.
    pub(super) fn from_prefix(&self, path: &[u8]) -> FilePath {
        if path.starts_with(b"/") {
            return FilePath { bytes: path.to_vec(), is_guess: false };
        }
        let prefix = &self.http.prefix;
        let mut bytes = prefix.path.as_os_str().as_bytes().to_vec();
        if !bytes.ends_with(b"/") {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(path);
        FilePath { bytes, is_guess: prefix.is_guess }
    }
}
