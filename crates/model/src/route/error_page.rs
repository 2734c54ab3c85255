//! `error_page`: what becomes of the statuses that nginx makes itself
//! (`ngx_http_special_response_handler`).

use super::{
    Answer, AnswerPhase,
    run::{Next, Run, Undecided},
    target::split_query,
};
use crate::{config::Directive, directive_table::name};

/// Statuses for which nginx closes the connection without a word.
const CLOSING: [u16; 3] = [408, 444, 499];

/// Statuses of its own that nginx shows to clients as 400.
const SHOWN_AS_400: std::ops::RangeInclusive<u16> = 494..=497;

/// An error page in the making.
#[derive(Clone, Copy, Debug)]
pub(super) struct ErrorPage<'c> {
    /// The status that the page gets in place of its own.
    status: Option<u16>,
    /// Whether an error while making it may have a page in its turn.
    is_recursive: bool,
    /// What made the error, where the page keeps its status.
    error: Option<(AnswerPhase, Option<Directive<'c>>)>,
}

impl<'c> Run<'_, 'c> {
    /// What becomes of a bare status: the page for it, or the status itself.
    pub(super) fn fail(&mut self, status: u16) -> Result<Next<'c>, Undecided<'c>> {
        if CLOSING.contains(&status) {
            return Ok(Next::Answer(Answer::Close, None));
        }
        if status < 300 && status != 201 && status != 204 {
            self.note(None, || format!("{status} is no error, and nothing is sent"));
            // To `auth_request` that is no status at all, which it takes for an error.
            let is_asked = self.main_method.is_some();
            let nothing = Next::Answer(Answer::Close, None);
            return Ok(if is_asked { Next::Fail(500, None) } else { nothing });
        }
        let plain = if SHOWN_AS_400.contains(&status) { 400 } else { status };
        let Some(page) = self.page_for(status) else {
            return Ok(Next::Fail(plain, None));
        };
        let arguments: Vec<_> = page.args().collect();
        let [codes @ .., target] = &*arguments else { return Ok(Next::Fail(plain, None)) };
        // `=200` sets the status, `=` alone leaves it to the page, without it the status stays.
        let replaced = codes.last().and_then(|word| word.strip_prefix(b"="));
        let replaced = replaced.map(|code| {
            std::str::from_utf8(code).ok().and_then(|code| code.parse::<u16>().ok()).unwrap_or(0)
        });
        let target = self.evaluate(target, page)?;
        if !target.starts_with(b"/") && !target.starts_with(b"@") {
            let kept = replaced.filter(|code| matches!(code, 301 | 302 | 303 | 307 | 308));
            let shown = target.escape_ascii();
            self.note(Some(page), || format!("for {status} it redirects to {shown}"));
            let (status, to) = (kept.unwrap_or(302), target);
            return Ok(Next::Redirect { status, to, at: Some(page) });
        }
        self.note(Some(page), || {
            format!("it has a page for {status}: `{}`", target.escape_ascii())
        });
        self.error_page = Some(ErrorPage {
            status: replaced.or(Some(plain)).filter(|&status| status != 0),
            is_recursive: self.is_on(name::RECURSIVE_ERROR_PAGES).is_some(),
            error: replaced.is_none().then_some((self.phase, self.decided_by)),
        });
        if target.starts_with(b"@") {
            return Ok(Next::Named(target, page));
        }
        if self.method != b"HEAD" {
            self.method = b"GET".to_vec();
        }
        let (path, query) = split_query(&target);
        Ok(Next::Internal { path: path.to_vec(), query: query.to_vec(), at: page })
    }

    /// The answer with the status of the error it is the page for.
    pub(super) fn with_status_of_error(&mut self, answer: Answer<'c>) -> Answer<'c> {
        let Some(ErrorPage { status: Some(status), error, .. }) = self.error_page else {
            return answer;
        };
        let body = match answer {
            Answer::File { .. } if status == 200 => return answer,
            Answer::File { .. } | Answer::Proxy { .. } => None,
            Answer::Status { body, .. } => body,
            _ => return answer,
        };
        if let Some((phase, decided_by)) = error {
            self.phase = phase;
            self.decided_by = decided_by;
        }
        self.with_status(status, body)
    }

    /// An answer of this status: a redirect if it is one and has a target.
    pub(super) fn with_status(&self, status: u16, body: Option<Vec<u8>>) -> Answer<'c> {
        match &self.redirects_to {
            Some(to) if matches!(status, 301 | 302 | 303 | 307 | 308) => {
                Answer::Redirect { status, to: self.absolute(to) }
            }
            _ => Answer::Status { status, body },
        }
    }

    /// The `error_page` for a status, if one holds now and may be used.
    pub(super) fn page_for(&self, status: u16) -> Option<Directive<'c>> {
        if self.changes_left == 0 || self.error_page.is_some_and(|page| !page.is_recursive) {
            return None;
        }
        let code = status.to_string();
        let names_code = |page: &Directive<'c>| {
            let codes = page.args().take(page.arg_count().saturating_sub(1));
            codes.into_iter().any(|word| &*word == code.as_bytes())
        };
        self.effective_all(name::ERROR_PAGE).into_iter().find(names_code)
    }
}
