//! The condition of an `if` (`ngx_http_rewrite_if_condition`).

use super::{
    content::FilePath,
    run::{Run, Undecided},
};
use crate::{
    config::Directive,
    file_system::FileKind,
    pattern::{Captures, Match},
};

impl<'c> Run<'_, 'c> {
    pub(super) fn condition(&mut self, directive: Directive<'c>) -> Result<bool, Undecided<'c>> {
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
                let negated = operator.starts_with(b"!");
                match self.http.patterns.get(regex, caseless).find(&value) {
                    Match::Unknown => Err(Undecided {
                        because: "its regular expression cannot be run".to_owned(),
                        at: Some(directive),
                    }),
                    Match::No => {
                        self.captures = Ok(Captures::default());
                        Ok(negated)
                    }
                    Match::Yes(captures) => {
                        self.set_captures(captures);
                        Ok(!negated)
                    }
                }
            }
            [test @ (b"-f" | b"-d" | b"-e" | b"-x"), path] => self.file_test(test, path, directive),
            [[b'!', test @ ..], path] => Ok(!self.file_test(test, path, directive)?),
            _ => Err(not_understood()),
        }
    }

    fn file_test(
        &self,
        test: &[u8],
        path: &[u8],
        at: Directive<'c>,
    ) -> Result<bool, Undecided<'c>> {
        let bytes = self.evaluate(path, at)?;
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
