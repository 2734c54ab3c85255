//! `disable_symlinks` (`ngx_http_set_disable_symlinks`, `ngx_open_file_wrapper`).

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use super::{
    content::FilePath,
    run::{Run, Undecided},
};
use crate::{config::Directive, directive_table::name, file_system::Lookup};

/// A link that nginx does not follow.
#[derive(Clone, Debug)]
pub(super) struct RefusedLink<'c> {
    pub(super) rule: Directive<'c>,
    pub(super) link: Vec<u8>,
    /// Whether it is the last part of the path, which makes nginx answer 403; one before that is no
    /// directory to it, and nothing is found there.
    pub(super) is_last: bool,
}

impl<'c> Run<'_, 'c> {
    /// The first link on the way to a path that nginx does not follow.
    pub(super) fn refused_link(
        &self,
        path: &FilePath,
    ) -> Result<Option<RefusedLink<'c>>, Undecided<'c>> {
        let Some(rule) = self.is_on(name::DISABLE_SYMLINKS) else { return Ok(None) };
        let Some(start) = self.first_checked(rule, &path.bytes)? else { return Ok(None) };
        let slashes = memchr::memchr_iter(b'/', &path.bytes).chain([path.bytes.len()]);
        for end in slashes.filter(|&end| end > start) {
            let step = &path.bytes[..end];
            if step.ends_with(b"/") {
                continue;
            }
            match self.file_system.readlink(Path::new(OsStr::from_bytes(step))) {
                Lookup::Absent => {}
                Lookup::Found(_) if rule.arg(0).as_deref() == Some(b"on") => {
                    let is_last = end == path.bytes.len();
                    return Ok(Some(RefusedLink { rule, link: step.to_vec(), is_last }));
                }
                Lookup::Found(_) | Lookup::Unknowable(_) => {
                    let shown = step.escape_ascii();
                    let because = format!("{shown} is or may be a link of another owner");
                    return Err(Undecided { because, at: Some(rule) });
                }
            }
        }
        Ok(None)
    }

    /// Where in a path links begin to matter: behind `from=`, if the path starts with it; `None` if
    /// that is all of it.
    fn first_checked(
        &self,
        rule: Directive<'c>,
        path: &[u8],
    ) -> Result<Option<usize>, Undecided<'c>> {
        let second = rule.arg(1).unwrap_or_default();
        let Some(from) = second.strip_prefix(b"from=") else { return Ok(Some(0)) };
        let from = self.evaluate(from, rule)?;
        let Some(rest) = path.strip_prefix(&*from).filter(|_| !from.is_empty()) else {
            return Ok(Some(0));
        };
        Ok(match rest {
            [] => None,
            [b'/', ..] => Some(from.len()),
            _ if from.ends_with(b"/") => Some(from.len() - 1),
            _ => Some(0),
        })
    }
}
