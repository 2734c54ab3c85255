//! The code of a level: `set`, `if`, `rewrite`, `return` and `break`, in file order.

use super::{
    Answer,
    content::AliasUse,
    redirect::unescape_redirect,
    run::{Next, Run, Undecided},
    value::has_variables,
};
use crate::{config::Directive, directive_table::name, level::Level, pattern::Match};

/// What one directive of the code leads to.
enum Flow<'c> {
    Next,
    Stop,
    End(Next<'c>),
}

impl<'c> Run<'_, 'c> {
    /// Runs the code of a level; `None` if it comes to its end, or to a `break`. `in_location` says
    /// whether a true `if` changes the settings.
    pub(super) fn code(
        &mut self,
        level: &Level<'c>,
        in_location: bool,
    ) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.code_escapes = true;
        // `if` blocks hold no further `if`, so that one level of them is all there is.
        for directive in level.code() {
            let flow = if directive.name() == name::IF {
                self.if_block(directive, in_location)?
            } else {
                self.statement(directive)?
            };
            match flow {
                Flow::Next => {}
                Flow::Stop => break,
                Flow::End(next) => return Ok(Some(next)),
            }
        }
        Ok(None)
    }

    fn if_block(
        &mut self,
        directive: Directive<'c>,
        in_location: bool,
    ) -> Result<Flow<'c>, Undecided<'c>> {
        if !self.condition(directive)? {
            return Ok(Flow::Next);
        }
        self.note(Some(directive), || "its condition is true".to_owned());
        if in_location {
            self.enter_if(directive);
        }
        for inner in directive.children() {
            match self.statement(inner)? {
                Flow::Next => {}
                end => return Ok(end),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, directive: Directive<'c>) -> Result<Flow<'c>, Undecided<'c>> {
        match directive.name() {
            name::BREAK => {
                if self.path_changed {
                    self.path_changed = false;
                    self.alias_use = AliasUse::Lost;
                }
                Ok(Flow::Stop)
            }
            name::RETURN => self.return_directive(directive).map(Flow::End),
            name::INCLUDE => Err(Undecided {
                because: "what it includes was not read".to_owned(),
                at: Some(directive),
            }),
            name::REWRITE => self.rewrite_directive(directive),
            name::SET => {
                let value = directive.arg(1).unwrap_or_default();
                let value = self.evaluate_in_code(&value, directive);
                self.set_variable(directive, value)?;
                Ok(Flow::Next)
            }
            _ => Ok(Flow::Next),
        }
    }

    fn set_variable(
        &mut self,
        directive: Directive<'c>,
        value: Result<Vec<u8>, Undecided<'c>>,
    ) -> Result<(), Undecided<'c>> {
        let Some(name) = directive.arg(0) else { return Ok(()) };
        let name = name.strip_prefix(b"$").unwrap_or(&name).to_ascii_lowercase();
        if &*name == b"args" {
            self.query = value?;
        } else {
            self.variables.get_mut().insert(name, value);
        }
        Ok(())
    }

    /// `return` (`ngx_http_script_return_code`, `ngx_http_send_response`).
    fn return_directive(&mut self, directive: Directive<'c>) -> Result<Next<'c>, Undecided<'c>> {
        let first = directive.arg(0).unwrap_or_default();
        let second = directive.arg(1);
        let status = std::str::from_utf8(&first).ok().and_then(|text| text.parse::<u16>().ok());
        let (status, text) = match (status, second) {
            (Some(status), text) => (status, text.unwrap_or_default()),
            // `return URL` alone is a temporary redirect.
            (None, _) => (302, first),
        };
        if status >= 400 && text.is_empty() {
            let why = match status {
                444 => "it ends the request here: 444 closes the connection".to_owned(),
                _ => format!("it ends the request here with {status}"),
            };
            self.note(Some(directive), || why);
            return Ok(Next::Fail(status, Some(directive)));
        }
        let body = self.evaluate(&text, directive)?;
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            self.note(Some(directive), || "it ends the request here with a redirect".to_owned());
            return Ok(Next::Redirect { status, to: body, at: Some(directive) });
        }
        let why = if body.is_empty() { "" } else { " and a text" };
        self.note(Some(directive), || format!("it ends the request here with {status}{why}"));
        let body = Some(body).filter(|body| !self.is_filtered(body));
        Ok(Next::Answer(Answer::Status { status, body }, Some(directive)))
    }

    /// Whether a filter may change a text on its way out.
    fn is_filtered(&self, text: &[u8]) -> bool {
        let includes =
            self.is_on(name::SSI).is_some() && memchr::memmem::find(text, b"<!--#").is_some();
        let replaces = |directive: Directive<'_>| {
            let searched = directive.arg(0).unwrap_or_default().to_ascii_lowercase();
            has_variables(&searched)
                || memchr::memmem::find(&text.to_ascii_lowercase(), &searched).is_some()
        };
        let adds = |name| self.effective(name).is_some();
        includes
            || self.effective_all(name::SUB_FILTER).into_iter().any(replaces)
            || adds(name::ADD_BEFORE_BODY)
            || adds(name::ADD_AFTER_BODY)
    }

    /// `rewrite` (`ngx_http_script_regex_start_code`, `ngx_http_script_regex_end_code`).
    fn rewrite_directive(&mut self, directive: Directive<'c>) -> Result<Flow<'c>, Undecided<'c>> {
        let (Some(regex), Some(replacement)) = (directive.arg(0), directive.arg(1)) else {
            return Ok(Flow::Next);
        };
        match self.http.patterns.get(&regex, false).find(&self.path) {
            Match::No => {
                self.clear_captures();
                return Ok(Flow::Next);
            }
            Match::Unknown => {
                let because = "its regular expression cannot be run".to_owned();
                return Err(Undecided { because, at: Some(directive) });
            }
            Match::Yes(captures) => self.set_captures(captures),
        }
        let flag = directive.arg(2);
        let flag = flag.as_deref().unwrap_or_default();
        let is_redirect = matches!(flag, b"redirect" | b"permanent")
            || [&b"http://"[..], b"https://", b"$scheme"]
                .iter()
                .any(|start| replacement.starts_with(start));
        // A `?` at the end of the replacement drops the query of the request.
        let (replacement, keeps_query) = match replacement.strip_suffix(b"?") {
            Some(without) => (without, false),
            None => (&*replacement, true),
        };
        self.is_internal = true;
        self.code_escapes = false;
        if is_redirect {
            let mut to = unescape_redirect(&self.evaluate_redirect(replacement, directive)?);
            if keeps_query && !self.query.is_empty() {
                to.push(if replacement.contains(&b'?') { b'&' } else { b'?' });
                to.extend_from_slice(&self.query);
            }
            let status = if flag == b"permanent" { 301 } else { 302 };
            self.note(Some(directive), || {
                "its pattern matches the path, and its replacement is a redirect".to_owned()
            });
            return Ok(Flow::End(Next::Redirect { status, to, at: Some(directive) }));
        }
        let (path, new_query) = self.evaluate_replacement(replacement, directive)?;
        match new_query {
            Some(mut query) => {
                if keeps_query && !self.query.is_empty() {
                    query.push(b'&');
                    query.extend_from_slice(&self.query);
                }
                self.query = query;
            }
            None if !keeps_query => self.query.clear(),
            None => {}
        }
        if path.is_empty() {
            self.note(Some(directive), || "it leaves nothing of the path".to_owned());
            return Ok(Flow::End(Next::Fail(500, Some(directive))));
        }
        if path != self.path {
            self.note(Some(directive), || {
                format!("it changes the path to {}", path.escape_ascii())
            });
        }
        self.path = path;
        if flag == b"break" {
            self.path_changed = false;
            self.alias_use = AliasUse::Lost;
        } else {
            self.path_changed = true;
        }
        Ok(if matches!(flag, b"last" | b"break") { Flow::Stop } else { Flow::Next })
    }
}
