//! The condition of an `if` (`ngx_http_rewrite_if_condition`).

use std::borrow::Cow;

use super::{
    content::FilePath,
    run::{Run, Undecided},
    variables::group_names,
};
use crate::{config::Directive, file_system::FileKind, pattern::Match};

impl<'c> Run<'_, 'c> {
    /// Whether the condition of an `if` is true; where that cannot be known, both ways are followed.
    pub(super) fn condition(&mut self, directive: Directive<'c>) -> Result<bool, Undecided<'c>> {
        let not_understood = || Undecided {
            because: "its condition cannot be understood".to_owned(),
            at: Some(directive),
        };
        let mut words: Vec<Vec<u8>> = directive.args().map(Cow::into_owned).collect();
        let first = words.first_mut().ok_or_else(not_understood)?;
        *first = first.strip_prefix(b"(").ok_or_else(not_understood)?.to_vec();
        let last = words.last_mut().ok_or_else(not_understood)?;
        *last = last.strip_suffix(b")").ok_or_else(not_understood)?.to_vec();
        words.retain(|word| !word.is_empty());
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let is_true = match *words {
            [variable @ [b'$', ..]] => self.is_set(variable, directive),
            [variable @ [b'$', ..], operator @ (b"=" | b"!="), ref right @ ..]
                if right.len() <= 1 =>
            {
                let right = right.first().copied().unwrap_or_default();
                self.is_equal(variable, right, directive).map(|equal| equal == (operator == b"="))
            }
            [[b'$', variable @ ..], operator @ (b"~" | b"~*" | b"!~" | b"!~*"), regex] => {
                let caseless = operator.ends_with(b"*");
                let negated = operator.starts_with(b"!");
                return Ok(self.is_match(variable, regex, caseless, directive)? != negated);
            }
            [test @ (b"-f" | b"-d" | b"-e" | b"-x"), path] => self.file_test(test, path, directive),
            [[b'!', test @ ..], path] => {
                self.file_test(test, path, directive).map(|is_there| !is_there)
            }
            _ => return Err(not_understood()),
        };
        is_true.or_else(|undecided| self.assume(Undecided { at: Some(directive), ..undecided }))
    }

    fn is_set(&self, variable: &[u8], at: Directive<'c>) -> Result<bool, Undecided<'c>> {
        if self.is_unknown_client(variable) {
            return Ok(true);
        }
        let value = self.variable(&variable[1..], at)?;
        Ok(!value.is_empty() && *value != *b"0")
    }

    fn is_equal(
        &self,
        variable: &[u8],
        right: &[u8],
        at: Directive<'c>,
    ) -> Result<bool, Undecided<'c>> {
        if self.is_unknown_client(variable) {
            // Its address is none in particular.
            return self.evaluate_in_code(right, at).map(|_| false);
        }
        let left = self.variable(&variable[1..], at)?;
        Ok(*left == *self.evaluate_in_code(right, at)?)
    }

    /// Whether a regular expression matches, with all that it catches.
    fn is_match(
        &self,
        variable: &[u8],
        regex: &[u8],
        caseless: bool,
        at: Directive<'c>,
    ) -> Result<bool, Undecided<'c>> {
        let found = match self.variable(variable, at) {
            Ok(value) => self.http.patterns.get(regex, caseless).find(&value),
            Err(undecided) => {
                let undecided = Undecided { at: Some(at), ..undecided };
                return self.assume_match(regex, undecided);
            }
        };
        match found {
            Match::Unknown => {
                let because = "its regular expression cannot be run".to_owned();
                self.assume_match(regex, Undecided { because, at: Some(at) })
            }
            Match::No => {
                self.clear_captures();
                Ok(false)
            }
            Match::Yes(captures) => {
                self.set_captures(captures);
                Ok(true)
            }
        }
    }

    /// The same where it cannot be known: what a match catches is not known either.
    fn assume_match(&self, regex: &[u8], undecided: Undecided<'c>) -> Result<bool, Undecided<'c>> {
        let matches = self.assume(undecided.clone())?;
        if !matches {
            self.clear_captures();
            return Ok(false);
        }
        for name in group_names(regex) {
            let name = name.to_ascii_lowercase();
            self.variables.borrow_mut().insert(name, Err(undecided.clone()));
        }
        self.forget_captures(undecided);
        Ok(true)
    }

    fn file_test(
        &self,
        test: &[u8],
        path: &[u8],
        at: Directive<'c>,
    ) -> Result<bool, Undecided<'c>> {
        let bytes = self.evaluate_in_code(path, at)?;
        if !bytes.starts_with(b"/") {
            let because = "the path is relative to where nginx was started".to_owned();
            return Err(Undecided { because, at: Some(at) });
        }
        let Some(stat) = self.stat(&FilePath { bytes, is_guess: false }, Some(at))? else {
            return Ok(false);
        };
        match test {
            b"-f" => Ok(stat.kind == FileKind::File),
            b"-d" => Ok(stat.kind == FileKind::Directory),
            b"-e" => Ok(true),
            b"-x" => Ok(stat.mode & 0o100 != 0),
            _ => {
                let because = "its condition cannot be understood".to_owned();
                Err(Undecided { because, at: Some(at) })
            }
        }
    }
}
