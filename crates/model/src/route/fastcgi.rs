//! The variables that split the path for `fastcgi_pass` (`ngx_http_fastcgi_split`).

use std::borrow::Cow;

use super::run::{Run, Undecided};
use crate::{directive_table::name, pattern::Match};

/// The path in two: the script, and what stands behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    script: Vec<u8>,
    path_info: Vec<u8>,
}

impl<'c> Run<'_, 'c> {
    /// `$fastcgi_script_name`, with the index behind a final slash.
    pub(super) fn fastcgi_script_name(&self) -> Result<Cow<'_, [u8]>, Undecided<'c>> {
        let mut script = self.split()?.script;
        if script.ends_with(b"/")
            && let Some(index) = self.effective(name::FASTCGI_INDEX)
        {
            script.extend_from_slice(&index.arg(0).unwrap_or_default());
        }
        Ok(script.into())
    }

    /// `$fastcgi_path_info`.
    pub(super) fn fastcgi_path_info(&self) -> Result<Cow<'_, [u8]>, Undecided<'c>> {
        self.split().map(|split| split.path_info.into())
    }

    /// The path as it was split when it was first asked for since the last internal redirect.
    fn split(&self) -> Result<Split, Undecided<'c>> {
        let known = self.fastcgi.borrow().clone();
        if !known.script.is_empty() {
            return Ok(known);
        }
        let whole = Split { script: self.path.clone(), ..known };
        let split = match self.effective(name::FASTCGI_SPLIT_PATH_INFO) {
            None => whole,
            Some(directive) => {
                let regex = directive.arg(0).unwrap_or_default();
                match self.http.patterns.get(&regex, false).find(&self.path) {
                    Match::No => whole,
                    Match::Yes(captures) => {
                        let group = |number| {
                            captures.groups.get(number).cloned().flatten().unwrap_or_default()
                        };
                        Split { script: group(1), path_info: group(2) }
                    }
                    Match::Unknown => {
                        let because = "its regular expression cannot be run".to_owned();
                        return Err(Undecided { because, at: Some(directive) });
                    }
                }
            }
        };
        self.fastcgi.replace(split.clone());
        Ok(split)
    }
}
