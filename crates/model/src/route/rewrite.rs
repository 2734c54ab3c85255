//! The code of a level: `set`, `if`, `rewrite`, `return` and `break`, in file order.

use super::{
    Answer,
    run::{Run, Undecided},
};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    file_system::{FileKind, Lookup},
    pattern::Match,
};

/// How the code of a level ends.
pub(super) enum Code<'c> {
    /// It runs to its end, or to a `break`.
    Continues,
    /// It answers.
    Answers(Answer<'c>, Directive<'c>),
    /// It answers with a bare status, for which `error_page` may have a page.
    Fails(u16, Directive<'c>),
}

/// What one directive of the code leads to.
enum Flow<'c> {
    Next,
    Stop,
    End(Code<'c>),
}

impl<'c> Run<'_, 'c> {
    /// Runs the code of a level. `in_location` says whether a true `if` changes the settings.
    pub(super) fn code(
        &mut self,
        code: &[Directive<'c>],
        in_location: bool,
    ) -> Result<Code<'c>, Undecided<'c>> {
        // `if` blocks hold no further `if`, so that one level of them is all there is.
        for &directive in code {
            let flow = if directive.name() == name::IF {
                self.if_block(directive, in_location)?
            } else {
                self.statement(directive)?
            };
            match flow {
                Flow::Next => {}
                Flow::Stop => break,
                Flow::End(code) => return Ok(code),
            }
        }
        Ok(Code::Continues)
    }

    fn if_block(
        &mut self,
        directive: Directive<'c>,
        in_location: bool,
    ) -> Result<Flow<'c>, Undecided<'c>> {
        match self.condition(directive) {
            Ok(false) => return Ok(Flow::Next),
            Ok(true) => {}
            // A condition that is not known matters only for what its block does.
            Err(undecided) => return self.maybe(directive, undecided),
        }
        if in_location {
            self.enter_if(directive);
        }
        for inner in directive.children() {
            match self.statement(inner)? {
                Flow::Next => {}
                end => {
                    if let Flow::End(_) = end {
                        self.note(Some(directive), "its condition is true".to_owned());
                    }
                    return Ok(end);
                }
            }
        }
        Ok(Flow::Next)
    }

    /// Goes past an `if` whose condition is not known, if all it could do is to set variables.
    fn maybe(
        &mut self,
        directive: Directive<'c>,
        undecided: Undecided<'c>,
    ) -> Result<Flow<'c>, Undecided<'c>> {
        let sets: Vec<_> = directive.children().filter(|inner| !is_harmless(*inner)).collect();
        if sets.iter().any(|inner| inner.name() != name::SET) {
            return Err(Undecided { at: Some(directive), ..undecided });
        }
        for set in sets {
            self.set_variable(set, Err(Undecided { at: Some(directive), ..undecided.clone() }));
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, directive: Directive<'c>) -> Result<Flow<'c>, Undecided<'c>> {
        match directive.name() {
            name::BREAK => Ok(Flow::Stop),
            name::RETURN => self.return_directive(directive).map(Flow::End),
            name::REWRITE => self.rewrite_directive(directive),
            name::SET => {
                let value = directive.arg(1).unwrap_or_default();
                let value = self.evaluate(&value, directive);
                self.set_variable(directive, value);
                Ok(Flow::Next)
            }
            _ => Ok(Flow::Next),
        }
    }

    fn set_variable(&mut self, directive: Directive<'c>, value: Result<Vec<u8>, Undecided<'c>>) {
        let Some(name) = directive.arg(0) else { return };
        let name = name.strip_prefix(b"$").unwrap_or(&name).to_ascii_lowercase();
        if matches!(&*name, b"args" | b"query_string")
            && let Ok(value) = &value
        {
            self.query.clone_from(value);
            return;
        }
        self.variables.insert(name, value);
    }

    fn return_directive(&mut self, directive: Directive<'c>) -> Result<Code<'c>, Undecided<'c>> {
        let first = directive.arg(0).unwrap_or_default();
        let second = directive.arg(1);
        let status = std::str::from_utf8(&first).ok().and_then(|text| text.parse::<u16>().ok());
        let (status, text) = match (status, second) {
            (Some(status), text) => (status, text),
            // `return URL` alone is a temporary redirect.
            (None, _) => (302, Some(first)),
        };
        let text = text.map(|text| self.evaluate(&text, directive)).transpose()?;
        Ok(match (status, text) {
            (444, _) => {
                self.note(Some(directive), "it closes the connection".to_owned());
                Code::Answers(Answer::Close, directive)
            }
            (301 | 302 | 303 | 307 | 308, Some(text)) => {
                let to = self.absolute(&text);
                self.note(Some(directive), format!("it redirects to {}", to.escape_ascii()));
                Code::Answers(Answer::Redirect { status, to }, directive)
            }
            (status, Some(body)) => {
                self.note(Some(directive), format!("it answers {status} with a text of its own"));
                Code::Answers(Answer::Status { status, body: Some(body) }, directive)
            }
            (status, None) if status < 300 => {
                self.note(Some(directive), format!("it answers {status}"));
                Code::Answers(Answer::Status { status, body: Some(Vec::new()) }, directive)
            }
            (status, None) => {
                self.note(Some(directive), format!("it answers {status}"));
                Code::Fails(status, directive)
            }
        })
    }

    fn rewrite_directive(&mut self, directive: Directive<'c>) -> Result<Flow<'c>, Undecided<'c>> {
        let (Some(regex), Some(replacement)) = (directive.arg(0), directive.arg(1)) else {
            return Ok(Flow::Next);
        };
        match self.http.patterns.get(&regex, false).find(&self.path) {
            Match::No => return Ok(Flow::Next),
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
        let value = self.evaluate(replacement, directive)?;
        let (path, new_query) = match value.iter().position(|&byte| byte == b'?') {
            Some(at) => (value[..at].to_vec(), Some(value[at + 1..].to_vec())),
            None => (value, None),
        };
        let mut query = new_query.unwrap_or_default();
        if keeps_query && !self.query.is_empty() {
            if !query.is_empty() {
                query.push(b'&');
            }
            query.extend_from_slice(&self.query);
        }
        if is_redirect {
            let status = if flag == b"permanent" { 301 } else { 302 };
            let mut to = self.absolute(&path);
            if !query.is_empty() {
                to.push(b'?');
                to.extend_from_slice(&query);
            }
            self.note(Some(directive), format!("it redirects to {}", to.escape_ascii()));
            return Ok(Flow::End(Code::Answers(Answer::Redirect { status, to }, directive)));
        }
        if path != self.path {
            self.note(Some(directive), format!("it changes the path to {}", path.escape_ascii()));
        }
        self.path = path;
        self.query = query;
        self.is_internal = true;
        self.path_changed = flag != b"break";
        Ok(if matches!(flag, b"last" | b"break") { Flow::Stop } else { Flow::Next })
    }

    /// The condition of an `if` (`ngx_http_rewrite_if_condition`).
    fn condition(&mut self, directive: Directive<'c>) -> Result<bool, Undecided<'c>> {
        let not_understood = || Undecided {
            because: "its condition cannot be understood".to_owned(),
            at: Some(directive),
        };
        let mut words: Vec<Vec<u8>> = directive.args().map(std::borrow::Cow::into_owned).collect();
        let first = words.first_mut().ok_or_else(not_understood)?;
        *first = first.strip_prefix(b"(").ok_or_else(not_understood)?.to_vec();
        let last = words.last_mut().ok_or_else(not_understood)?;
        *last = last.strip_suffix(b")").ok_or_else(not_understood)?.to_vec();
        words.retain(|word| !word.is_empty());
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        match *words {
            [[b'$', variable @ ..]] => {
                let value = self.variable(variable, directive)?;
                Ok(!value.is_empty() && value != b"0")
            }
            [[b'$', variable @ ..], operator @ (b"=" | b"!="), ref right @ ..]
                if right.len() <= 1 =>
            {
                let left = self.variable(variable, directive)?;
                let right = right.first().copied().unwrap_or_default();
                let right = self.evaluate(right, directive)?;
                Ok((left == right) == (operator == b"="))
            }
            [[b'$', variable @ ..], operator @ (b"~" | b"~*" | b"!~" | b"!~*"), regex] => {
                let value = self.variable(variable, directive)?;
                let caseless = operator.ends_with(b"*");
                match self.http.patterns.get(regex, caseless).find(&value) {
                    Match::Unknown => Err(Undecided {
                        because: "its regular expression cannot be run".to_owned(),
                        at: Some(directive),
                    }),
                    Match::No => Ok(operator.starts_with(b"!")),
                    Match::Yes(captures) => {
                        self.set_captures(captures);
                        Ok(!operator.starts_with(b"!"))
                    }
                }
            }
            [test, path] if test.ends_with(b"-f") || test.len() <= 3 => {
                self.file_test(test, path, directive)
            }
            _ => Err(not_understood()),
        }
    }

    fn file_test(
        &mut self,
        test: &[u8],
        path: &[u8],
        at: Directive<'c>,
    ) -> Result<bool, Undecided<'c>> {
        let path = self.evaluate(path, at)?;
        let (negated, test) = match test.strip_prefix(b"!") {
            Some(test) => (true, test),
            None => (false, test),
        };
        let path = self.from_prefix(&path);
        let found = match self.file_system.stat(&path.to_path()) {
            Lookup::Absent => false,
            Lookup::Found(stat) => match test {
                b"-f" => stat.kind == FileKind::File,
                b"-d" => stat.kind == FileKind::Directory,
                b"-e" => true,
                b"-x" => stat.mode & 0o111 != 0,
                _ => {
                    let because = "its condition cannot be understood".to_owned();
                    return Err(Undecided { because, at: Some(at) });
                }
            },
            Lookup::Unknowable(reason) => {
                let because = format!("{}: {reason}", path.bytes.escape_ascii());
                return Err(Undecided { because, at: Some(at) });
            }
        };
        Ok(found != negated)
    }

    /// Ends the request where a module that is not modelled acts in `phase` and is not switched
    /// off.
    pub(super) fn stop_at_unmodelled(&self, phase: Phase) -> Result<(), Undecided<'c>> {
        let mut switched_off = Vec::new();
        for level in self.levels() {
            for &directive in level.settings() {
                let name = directive.name();
                if is_modelled(directive) || !name.acts_in(phase) || switched_off.contains(&name) {
                    continue;
                }
                let argument = directive.arg(0);
                if argument.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(b"off")) {
                    switched_off.push(name);
                    continue;
                }
                let because = format!("what `{}` does is not modelled", name.text());
                return Err(Undecided { because, at: Some(directive) });
            }
        }
        Ok(())
    }
}

/// Directives with a phase that the router knows, or that let a lone request pass.
fn is_modelled(directive: Directive<'_>) -> bool {
    matches!(
        directive.name(),
        name::ALLOW
            | name::DENY
            | name::AUTH_BASIC
            | name::LIMIT_REQ
            | name::LIMIT_CONN
            | name::DEGRADATION
            | name::TRY_FILES
            | name::MIRROR
            | name::AUTOINDEX
            | name::MORE_CLEAR_INPUT_HEADERS
            | name::MORE_SET_INPUT_HEADERS
    )
}

/// Whether a directive inside an `if` leaves the request as it is.
fn is_harmless(directive: Directive<'_>) -> bool {
    matches!(
        directive.name(),
        name::ADD_HEADER | name::EXPIRES | name::ACCESS_LOG | name::ERROR_LOG | name::LIMIT_RATE
    )
}
