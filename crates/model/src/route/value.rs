//! Values with variables (`ngx_http_script_compile`).

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{
    redirect::escape_query,
    run::{Run, Undecided},
    variables::{Block, Computed},
};
use crate::{config::Directive, pattern::Captures};

/// Variables and their values.
pub(super) type Values<'c> = FxHashMap<Vec<u8>, Result<Vec<u8>, Undecided<'c>>>;

/// Variables within variables, at which nginx gives up.
const MOST_NESTED: u32 = 100;

/// A variable in a value, or the text between two.
enum Part<'v> {
    Text(&'v [u8]),
    Variable(&'v [u8]),
    /// `$1` to `$9`.
    Capture(usize),
}

impl<'c> Run<'_, 'c> {
    /// The value of a text with variables, for this request at this moment.
    pub(super) fn evaluate(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        if !has_variables(text) {
            return Ok(text.to_vec());
        }
        self.steady(at, || self.evaluate_once(text, at, |number| self.capture(number, at)))
    }

    /// The value of a text in `set` or the condition of an `if`.
    pub(super) fn evaluate_in_code(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        if self.code_escapes {
            return self.evaluate_redirect(text, at);
        }
        self.evaluate(text, at)
    }

    /// The target of a `rewrite` that redirects; escapes in captures are made anew.
    pub(super) fn evaluate_redirect(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        self.steady(at, || self.evaluate_once(text, at, |number| self.escaped_capture(number, at)))
    }

    /// The path and the query of a `rewrite` that stays here. The query starts behind the first `?`
    /// in the text; one that comes from a variable is part of the path.
    pub(super) fn evaluate_replacement(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Undecided<'c>> {
        self.steady(at, || self.evaluate_replacement_once(text, at))
    }

    /// A value that is the same when it is evaluated again. nginx goes over each value twice, for
    /// its length and for its bytes: if a `map` in it catches something, the second time finds
    /// other captures.
    fn steady<T: PartialEq>(
        &self,
        at: Directive<'c>,
        evaluate: impl Fn() -> Result<T, Undecided<'c>>,
    ) -> Result<T, Undecided<'c>> {
        let matches = self.matches.get();
        let value = evaluate()?;
        if self.matches.get() != matches && evaluate()? != value {
            let because = "evaluating it changes the captures in it".to_owned();
            return Err(Undecided { because, at: Some(at) });
        }
        Ok(value)
    }

    fn evaluate_once(
        &self,
        text: &[u8],
        at: Directive<'c>,
        capture: impl Fn(usize) -> Result<Vec<u8>, Undecided<'c>>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        let mut value = Vec::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(text) => value.extend_from_slice(text),
                Part::Capture(number) => value.extend(capture(number)?),
                Part::Variable(name) => value.extend_from_slice(&self.variable(name, at)?),
            }
        }
        Ok(value)
    }

    fn evaluate_replacement_once(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Undecided<'c>> {
        let mut value = Vec::with_capacity(text.len());
        let mut query_start = None;
        for part in parts(text) {
            match part {
                Part::Text(text) => {
                    let mark = text.iter().position(|&byte| byte == b'?');
                    let mark = mark.filter(|_| query_start.is_none());
                    value.extend_from_slice(&text[..mark.unwrap_or(text.len())]);
                    if let Some(mark) = mark {
                        query_start = Some(value.len());
                        value.extend_from_slice(&text[mark + 1..]);
                    }
                }
                Part::Capture(number) if query_start.is_some() => {
                    value.extend(self.escaped_capture(number, at)?);
                }
                Part::Capture(number) => value.extend(self.capture(number, at)?),
                Part::Variable(name) => value.extend_from_slice(&self.variable(name, at)?),
            }
        }
        let query = query_start.map(|start| value.split_off(start));
        Ok((value, query))
    }

    /// What a numbered group of the last regular expression caught; nothing if it is not set.
    fn capture(&self, number: usize, at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        match &*self.captures.borrow() {
            Ok(captures) => Ok(captures.groups.get(number).cloned().flatten().unwrap_or_default()),
            Err(why) => Err(Undecided { at: Some(at), ..why.clone() }),
        }
    }

    /// The same as part of a query or a redirect, where nginx escapes it if the path of the request
    /// had escapes.
    fn escaped_capture(&self, number: usize, at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        let capture = self.capture(number, at)?;
        Ok(if self.is_escaped { escape_query(&capture) } else { capture })
    }

    /// Keeps what a regular expression caught; a named group that caught nothing is empty.
    pub(super) fn set_captures(&self, captures: Captures) {
        for (name, value) in &captures.names {
            let name = name.to_ascii_lowercase().into_bytes();
            self.variables.borrow_mut().insert(name, Ok(value.clone()));
        }
        self.matches.set(self.matches.get() + 1);
        *self.captures.borrow_mut() = Ok(captures);
    }

    /// Drops what was caught, as a regular expression of code does that does not match.
    pub(super) fn clear_captures(&self) {
        *self.captures.borrow_mut() = Ok(Captures::default());
    }

    /// Makes what was caught unknown.
    pub(super) fn forget_captures(&self, undecided: Undecided<'c>) {
        *self.captures.borrow_mut() = Err(undecided);
    }

    /// The value of a variable; names are compared without regard to case.
    pub(super) fn variable(
        &self,
        name: &[u8],
        at: Directive<'c>,
    ) -> Result<Cow<'_, [u8]>, Undecided<'c>> {
        let name = if name.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        };
        if let Some(value) = self.variables.borrow().get(&*name) {
            return value.clone().map(Cow::Owned);
        }
        let defined = &self.http.variables;
        // A block goes before a variable of nginx itself, where nginx takes both.
        let block = defined.block(&name);
        if block.is_none()
            && let Some(value) = self.core_variable(&name, at)
        {
            return value;
        }
        // The regular expression that gives it a value has not matched.
        if defined.is_group(self.http, &name) {
            return Ok(Cow::default());
        }
        if let Some(block) = block {
            return self.computed_variable(&name, block, at).map(Cow::Owned);
        }
        match self.family_variable(&name, at) {
            Some(value) => value,
            // The code that gives it a value has not run.
            None if defined.is_set(self.http, &name) => Ok(Cow::default()),
            None => Err(unknown_value(&name, at)),
        }
    }

    /// A variable that a block of `http` computes, once for the whole request unless it is
    /// `volatile`.
    fn computed_variable(
        &self,
        name: &[u8],
        block: &Block<'c>,
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        if self.depth.get() == MOST_NESTED {
            let because = format!("`${}` refers to itself", name.escape_ascii());
            return Err(Undecided { because, at: Some(at) });
        }
        self.depth.set(self.depth.get() + 1);
        let directive = block.directive;
        let (value, is_volatile) = match block.computed(&self.http.patterns) {
            Computed::Map(map) => (self.map_value(map, directive), map.is_volatile),
            Computed::Geo(geo) => (self.geo_value(geo, directive), geo.is_volatile),
            Computed::SplitClients(split) => (self.split_value(split, directive), false),
        };
        self.depth.set(self.depth.get() - 1);
        if !is_volatile {
            self.variables.borrow_mut().insert(name.to_vec(), value.clone());
        }
        value
    }
}

pub(super) fn unknown_value<'c>(name: &[u8], at: Directive<'c>) -> Undecided<'c> {
    let because = format!("the value of `${}` is not modelled", name.escape_ascii());
    Undecided { because, at: Some(at) }
}

/// Whether a text has variables.
pub(super) fn has_variables(text: &[u8]) -> bool {
    text.contains(&b'$')
}

/// The parts of a text with variables.
fn parts(text: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let [b'$', after @ ..] = rest else {
            let end = rest.iter().position(|&byte| byte == b'$').unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            rest = after;
            return (!plain.is_empty()).then_some(Part::Text(plain));
        };
        if let [digit @ b'1'..=b'9', after @ ..] = after {
            rest = after;
            return Some(Part::Capture(usize::from(digit - b'0')));
        }
        let name;
        (name, rest) = if let [b'{', inside @ ..] = after {
            let end = inside.iter().position(|&byte| byte == b'}').unwrap_or(inside.len());
            (&inside[..end], inside.get(end + 1..).unwrap_or_default())
        } else {
            let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let end = after.iter().position(|byte| !is_letter(byte)).unwrap_or(after.len());
            after.split_at(end)
        };
        Some(Part::Variable(name))
    })
}
