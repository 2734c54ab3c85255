//! Files: where a path of the site lies on disk, and what the static handler makes of it.

use std::{os::unix::ffi::OsStrExt, path::PathBuf};

use super::{
    Answer,
    content::{AliasUse, FilePath},
    disable_symlinks::RefusedLink,
    redirect::escape_path,
    run::{Next, Run, Undecided},
    value::has_variables,
};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    file_system::{FileKind, Lookup, Stat},
    worker::{May, Permission},
};

impl<'c> Run<'_, 'c> {
    /// The static handler, and the index before it.
    pub(super) fn static_file(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        let at = self.root_or_alias();
        if !matches!(&*self.method, b"GET" | b"HEAD" | b"POST") {
            if let Some(dav) = self.is_on(name::DAV_METHODS) {
                let because = "what `dav_methods` answers is not modelled".to_owned();
                return Err(Undecided { because, at: Some(dav) });
            }
            self.note(None, || "files are for GET and HEAD only".to_owned());
            return Ok(Next::Fail(405, None));
        }
        if self.path.ends_with(b"/") {
            return self.index();
        }
        let anchor = at.unwrap_or(self.server().directive);
        let Some(path) = self.file_path(&self.path, anchor)? else {
            return Ok(Next::Fail(500, at));
        };
        let Some(stat) = self.stat(&path, at)? else {
            if !self.reaches(&path, at)? {
                return Ok(Next::Fail(403, at));
            }
            if let Some(RefusedLink { rule, link, .. }) = self.refused_link(&path)? {
                self.note(Some(rule), || {
                    format!("{} is a link, and no directory to it", link.escape_ascii())
                });
            }
            let shown = path.bytes.escape_ascii();
            self.note(at, || format!("there is no file {shown}"));
            self.missing = Some(path.to_path());
            return Ok(Next::Fail(404, at));
        };
        if !self.may_read(&path, &stat, at)? {
            return Ok(Next::Fail(403, at));
        }
        match stat.kind {
            FileKind::Special => Ok(Next::Fail(404, at)),
            FileKind::Directory => {
                let mut to = escape_path(&self.path);
                to.push(b'/');
                self.add_query(&mut to);
                self.note(None, || {
                    "the path is that of a directory and lacks its final slash".to_owned()
                });
                Ok(Next::Redirect { status: 301, to, at: None })
            }
            FileKind::File if self.method == b"POST" => {
                self.note(None, || "files are for GET and HEAD only".to_owned());
                Ok(Next::Fail(405, at))
            }
            FileKind::File => {
                self.stop_at_unmodelled(Phase::Filter)?;
                self.note(at, || "the path below it is that of a file".to_owned());
                let (path, is_guess) = (path.to_path(), path.is_guess);
                Ok(Next::Answer(Answer::File { path, is_guess }, at))
            }
        }
    }

    /// A path that ends in a slash (`ngx_http_index_handler`, `ngx_http_autoindex_handler`).
    fn index(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        let directives = self.effective_all(name::INDEX);
        let directive = directives.first().copied();
        let anchor = directive.unwrap_or(self.server().directive);
        let mut files: Vec<Vec<u8>> = directives
            .iter()
            .flat_map(|directive| directive.args())
            .map(std::borrow::Cow::into_owned)
            .collect();
        if directives.is_empty() {
            files.push(b"index.html".to_vec());
        }
        let mut is_tested = false;
        for file in files {
            if !has_variables(&file) && file.starts_with(b"/") {
                return Ok(Next::Internal { path: file, query: self.query.clone(), at: anchor });
            }
            let Some(directory) = self.file_path(&self.path, anchor)? else {
                return Ok(Next::Fail(500, self.root_or_alias()));
            };
            let file = self.evaluate(&file, anchor)?;
            if file.starts_with(b"/") {
                return Ok(Next::Internal { path: file, query: self.query.clone(), at: anchor });
            }
            let bytes = [&*directory.bytes, &file].concat();
            let file_path = FilePath { bytes, ..directory };
            if !self.reaches(&file_path, directive)? {
                return Ok(Next::Fail(403, directive));
            }
            if self.stat(&file_path, directive)?.is_some() {
                let path = [&*self.path, &file].concat();
                return Ok(Next::Internal { path, query: self.query.clone(), at: anchor });
            }
            if file.contains(&b'/') && self.is_below_a_file(&file_path)? {
                self.note(directive, || {
                    format!("a part of {} is no directory", file_path.bytes.escape_ascii())
                });
                return Ok(Next::Fail(404, directive));
            }
            if !is_tested {
                let stat = self.stat(&directory, self.root_or_alias())?;
                if stat.is_none() && self.barrier(&directory, directive)?.is_some() {
                    is_tested = true;
                    continue; // nginx lets a directory pass that it may not open
                }
                let Some(stat) = stat else {
                    self.note(directive, || "there is no such directory".to_owned());
                    return Ok(Next::Fail(404, directive));
                };
                if stat.kind != FileKind::Directory {
                    let shown = directory.bytes.escape_ascii();
                    self.note(self.root_or_alias(), || format!("{shown} is not a directory"));
                    return Ok(Next::Fail(500, self.root_or_alias()));
                }
                is_tested = true;
            }
        }
        for module in [name::RANDOM_INDEX, name::FANCYINDEX] {
            if let Some(directive) = self.is_on(module) {
                let because = format!("what `{}` answers is not modelled", module.text());
                return Err(Undecided { because, at: Some(directive) });
            }
        }
        if let Some(listing) = self.is_on(name::AUTOINDEX)
            && self.method != b"POST"
        {
            return self.listing(listing);
        }
        self.note(directive, || {
            "the directory has no index file, and `autoindex` is off".to_owned()
        });
        Ok(Next::Fail(403, directive))
    }

    /// Whether what should be a directory on the way to a path that is not there is a file, or a
    /// link that nginx does not follow.
    fn is_below_a_file(&self, path: &FilePath) -> Result<bool, Undecided<'c>> {
        if self.refused_link(path)?.is_some() {
            return Ok(true);
        }
        let found =
            path.as_path().ancestors().skip(1).find_map(|step| self.file_system.stat(step).found());
        Ok(found.is_some_and(|stat| stat.kind != FileKind::Directory))
    }

    /// `autoindex`, which takes the last byte of the directory for its slash: below an `alias`
    /// without one it looks at another directory.
    fn listing(&mut self, listing: Directive<'c>) -> Result<Next<'c>, Undecided<'c>> {
        let Some(mut directory) = self.file_path(&self.path, listing)? else {
            return Ok(Next::Fail(500, Some(listing)));
        };
        if directory.bytes.len() > 1 {
            directory.bytes.pop();
        }
        let stat = self.stat(&directory, Some(listing))?;
        if stat.is_none_or(|stat| stat.kind != FileKind::Directory) {
            let shown = directory.bytes.escape_ascii();
            self.note(Some(listing), || format!("there is no directory {shown} to list"));
            return Ok(Next::Fail(404, Some(listing)));
        }
        if let Some(stat) = stat
            && !self.may_read(&directory, &stat, Some(listing))?
        {
            return Ok(Next::Fail(403, Some(listing)));
        }
        self.note(Some(listing), || "the directory is listed".to_owned());
        let answer = Answer::Status { status: 200, body: None };
        Ok(Next::Answer(answer, Some(listing)))
    }

    /// The file for a path of the site (`ngx_http_map_uri_to_path`); `None` where nginx fails,
    /// because an `alias` stands in a location whose path a rewrite has changed.
    pub(super) fn file_path(
        &self,
        uri: &[u8],
        at: Directive<'c>,
    ) -> Result<Option<FilePath>, Undecided<'c>> {
        let Some(mut path) = self.file_base(at)? else { return Ok(None) };
        let is_alias = self.root_or_alias().is_some_and(|slot| slot.name() == name::ALIAS);
        match self.alias_length() {
            // A path that a rewrite has moved out of the location has nothing to cut off.
            Some(length) => path.bytes.extend(uri.get(length..).unwrap_or_default()),
            None if is_alias && self.alias_use != AliasUse::Precedes => {}
            None => path.bytes.extend(uri),
        }
        Ok(Some(path))
    }

    /// What stands before the path of the site, or before the part of it that counts: the `root` or
    /// the `alias`; `None` where an `alias` fails.
    pub(super) fn file_base(&self, at: Directive<'c>) -> Result<Option<FilePath>, Undecided<'c>> {
        let is_alias = self.root_or_alias().is_some_and(|slot| slot.name() == name::ALIAS);
        // In a location for every path, which is empty, an `alias` is like a `root`.
        if is_alias && self.alias_use == AliasUse::Lost && self.alias_length() != Some(0) {
            return Ok(None);
        }
        self.root(at).map(Some)
    }

    /// The `root` or the `alias`, which is also `$document_root`.
    pub(super) fn root(&self, at: Directive<'c>) -> Result<FilePath, Undecided<'c>> {
        let Some(directive) = self.root_or_alias() else {
            return Ok(self.below_prefix(b"html".to_vec()));
        };
        let argument = directive.arg(0).unwrap_or_default();
        if has_variables(&argument) && argument.windows(14).any(|part| part == b"$document_root") {
            let because = "`root` refers to itself".to_owned();
            return Err(Undecided { because, at: Some(directive) });
        }
        let text = match argument.strip_suffix(b"/") {
            Some(without) if directive.name() == name::ROOT => without,
            _ => &argument,
        };
        Ok(self.below_prefix(self.evaluate(text, at)?))
    }

    /// How much of the path an `alias` replaces: the prefix of its location; `None` for a `root`,
    /// and for an `alias` in a regular expression.
    pub(super) fn alias_length(&self) -> Option<usize> {
        let alias = self.root_or_alias().filter(|slot| slot.name() == name::ALIAS)?;
        let location = self.server().location(self.alias_location(alias)?);
        (!location.modifier.is_regex()).then_some(location.pattern.len())
    }

    /// What nginx finds at a path; a slash at its end asks for a directory.
    pub(super) fn stat(
        &self,
        path: &FilePath,
        at: Option<Directive<'c>>,
    ) -> Result<Option<Stat>, Undecided<'c>> {
        if self.refused_link(path)?.is_some() { Ok(None) } else { self.stat_with_links(path, at) }
    }

    /// The same whatever `disable_symlinks` says.
    pub(super) fn stat_with_links(
        &self,
        path: &FilePath,
        at: Option<Directive<'c>>,
    ) -> Result<Option<Stat>, Undecided<'c>> {
        let may_enter = self.barrier(path, at)?.is_none();
        let file = path.as_path();
        match self.file_system.stat(file) {
            Lookup::Found(stat)
                if path.bytes.ends_with(b"/") && stat.kind != FileKind::Directory =>
            {
                Ok(None)
            }
            Lookup::Found(stat) => Ok(Some(stat).filter(|_| may_enter)),
            Lookup::Absent if path.is_guess => {
                let shown = path.bytes.escape_ascii();
                let because = format!("{shown} starts at a prefix that is only guessed");
                Err(Undecided { because, at })
            }
            Lookup::Absent => Ok(None),
            Lookup::Unknowable(reason) => {
                let because = format!("{}: {reason}", path.bytes.escape_ascii());
                Err(Undecided { because, at })
            }
        }
    }

    /// Whether nothing on the way to a path makes nginx answer 403: a directory that the workers may
    /// not search, or a link at its end.
    fn reaches(
        &mut self,
        path: &FilePath,
        at: Option<Directive<'c>>,
    ) -> Result<bool, Undecided<'c>> {
        if let Some(RefusedLink { rule, link, is_last: true }) = self.refused_link(path)? {
            self.note(Some(rule), || format!("{} is a link", link.escape_ascii()));
            return Ok(false);
        }
        let Some(directory) = self.barrier(path, at)? else { return Ok(true) };
        self.note(at, || format!("nginx's user may not enter {}", directory.display()));
        self.closed = Some(directory);
        Ok(false)
    }

    /// The directory that keeps the workers from a path.
    fn barrier(
        &self,
        path: &FilePath,
        at: Option<Directive<'c>>,
    ) -> Result<Option<PathBuf>, Undecided<'c>> {
        let http = self.http;
        match http.worker.barrier(http.config, self.file_system, path.as_path()) {
            None => self.closed_file(path, at),
            Some(barrier) if barrier.is_certain => Ok(Some(barrier.directory)),
            Some(barrier) => {
                let shown = barrier.directory.display();
                let because = format!("whether nginx's user may enter {shown} is not known");
                Err(Undecided { because, at })
            }
        }
    }

    /// A file that the workers may not read and have to open only to see whether it is there:
    /// `disable_symlinks` makes nginx do so (`ngx_file_info_wrapper`).
    fn closed_file(
        &self,
        path: &FilePath,
        at: Option<Directive<'c>>,
    ) -> Result<Option<PathBuf>, Undecided<'c>> {
        if self.is_on(name::DISABLE_SYMLINKS).is_none() {
            return Ok(None);
        }
        let (http, file) = (self.http, path.to_path());
        let Lookup::Found(stat) = self.file_system.stat(&file) else { return Ok(None) };
        match http.worker.may(http.config, self.file_system, &stat, Permission::Read) {
            May::Yes => Ok(None),
            May::No => Ok(Some(file)),
            May::Perhaps => {
                let shown = file.display();
                let because = format!("whether nginx's user may read {shown} is not known");
                Err(Undecided { because, at })
            }
        }
    }

    /// Whether the workers may read a file, or open a directory.
    fn may_read(
        &mut self,
        path: &FilePath,
        stat: &Stat,
        at: Option<Directive<'c>>,
    ) -> Result<bool, Undecided<'c>> {
        let http = self.http;
        let shown = path.bytes.escape_ascii();
        match http.worker.may(http.config, self.file_system, stat, Permission::Read) {
            May::Yes => Ok(true),
            May::No => {
                self.note(at, || format!("nginx's user may not read {shown}"));
                self.closed = Some(path.to_path());
                Ok(false)
            }
            May::Perhaps => {
                let because = format!("whether nginx's user may read {shown} is not known");
                Err(Undecided { because, at })
            }
        }
    }

    /// A path that starts at the prefix unless it is absolute.
    pub(super) fn below_prefix(&self, path: Vec<u8>) -> FilePath {
        if path.starts_with(b"/") {
            return FilePath { bytes: path, is_guess: false };
        }
        let prefix = &self.http.prefix;
        let mut bytes = prefix.path.as_os_str().as_bytes().to_vec();
        if !bytes.ends_with(b"/") {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(&path);
        FilePath { bytes, is_guess: prefix.is_guess }
    }
}
