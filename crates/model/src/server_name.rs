//! `server_name` arguments, with the order of precedence of `ngx_http_find_virtual_server`.

use std::borrow::Cow;

use crate::{config::Directive, word::part};

/// One argument of `server_name`.
#[derive(Clone, Debug)]
pub struct ServerName<'c> {
    /// The directive.
    pub directive: Directive<'c>,
    /// Which of its arguments, from 0.
    pub index: usize,
    /// The name as written, in lower case unless it is a regular expression.
    pub text: Cow<'c, [u8]>,
    /// How it matches.
    pub kind: ServerNameKind,
}

/// How a server name matches a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerNameKind {
    /// The whole host: `example.com`.
    Exact,
    /// The host and everything below it: `.example.com`.
    LeadingDot,
    /// Everything below it: `*.example.com`.
    LeadingWildcard,
    /// Every ending: `www.example.*`.
    TrailingWildcard,
    /// A regular expression: `~^www\d+\.example\.com$`.
    Regex,
    /// No host at all: `""`.
    Empty,
}

impl<'c> ServerName<'c> {
    /// All names of a `server_name` directive.
    pub(crate) fn cast(directive: Directive<'c>) -> impl Iterator<Item = Self> {
        directive.args().enumerate().map(move |(index, argument)| {
            let kind = match &*argument {
                [] => ServerNameKind::Empty,
                [b'~', ..] => ServerNameKind::Regex,
                [b'.', ..] => ServerNameKind::LeadingDot,
                [b'*', b'.', ..] => ServerNameKind::LeadingWildcard,
                [.., b'.', b'*'] => ServerNameKind::TrailingWildcard,
                _ => ServerNameKind::Exact,
            };
            let is_as_looked_for =
                kind == ServerNameKind::Regex || !argument.iter().any(u8::is_ascii_uppercase);
            let text = match argument {
                argument if is_as_looked_for => argument,
                argument => Cow::Owned(argument.to_ascii_lowercase()),
            };
            Self { directive, index, text, kind }
        })
    }

    /// The name without its first byte.
    pub fn without_dot(&self) -> Cow<'c, [u8]> {
        part(&self.text, 1..)
    }

    /// The pattern of a regular expression, without `~`.
    pub(crate) fn pattern(&self) -> Option<&[u8]> {
        (self.kind == ServerNameKind::Regex).then(|| &self.text[1..])
    }

    /// The part of a wildcard that must be there: `.example.com` or `www.example.`.
    pub(crate) fn fixed_part(&self) -> Cow<'c, [u8]> {
        match self.kind {
            ServerNameKind::LeadingWildcard => part(&self.text, 1..),
            ServerNameKind::TrailingWildcard => part(&self.text, ..self.text.len() - 1),
            _ => self.text.clone(),
        }
    }
}
