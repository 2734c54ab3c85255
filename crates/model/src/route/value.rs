//! Values with variables (`ngx_http_script_compile`).

use super::{
    redirect::escape_query,
    run::{Headers, Run, Undecided},
};
use crate::{
    config::Directive,
    route::{Client, Scheme},
};

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
        self.evaluate_with(text, at, |number| self.capture(number, at).map(<[u8]>::to_vec))
    }

    /// The target of a `rewrite` that redirects; escapes in captures are made anew.
    pub(super) fn evaluate_redirect(
        &self,
        text: &[u8],
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        self.evaluate_with(text, at, |number| self.escaped_capture(number, at))
    }

    fn evaluate_with(
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
                Part::Variable(name) => value.extend(self.variable(name, at)?),
            }
        }
        Ok(value)
    }

    /// The path and the query of a `rewrite` that stays here. The query starts behind the first `?`
    /// in the text; one that comes from a variable is part of the path.
    pub(super) fn evaluate_replacement(
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
                Part::Capture(number) => value.extend_from_slice(self.capture(number, at)?),
                Part::Variable(name) => value.extend(self.variable(name, at)?),
            }
        }
        let query = query_start.map(|start| value.split_off(start));
        Ok((value, query))
    }

    /// What a numbered group of the last regular expression caught; nothing if it is not set.
    fn capture(&self, number: usize, at: Directive<'c>) -> Result<&[u8], Undecided<'c>> {
        let captures =
            self.captures.as_ref().map_err(|why| Undecided { at: Some(at), ..why.clone() })?;
        Ok(captures.groups.get(number).and_then(Option::as_deref).unwrap_or_default())
    }

    /// The same as part of a query or a redirect, where nginx escapes it if the path of the request
    /// had escapes.
    fn escaped_capture(&self, number: usize, at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        let capture = self.capture(number, at)?;
        Ok(if self.is_escaped { escape_query(capture) } else { capture.to_vec() })
    }

    /// The value of a variable; names are compared without regard to case.
    pub(super) fn variable(
        &self,
        name: &[u8],
        at: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        let name = name.to_ascii_lowercase();
        if let Some(value) = self.variables.get(&name) {
            return value.clone();
        }
        let request = self.request;
        Ok(match &*name {
            b"scheme" => request.scheme.name().into(),
            b"https" => match request.scheme {
                Scheme::Http => Vec::new(),
                Scheme::Https => b"on".to_vec(),
            },
            b"host" if self.host.is_empty() => self.first_name(),
            b"host" => self.host.clone(),
            b"http_host" if self.headers == Headers::All => request.host_field(),
            b"request_uri" => self.target.to_vec(),
            b"uri" | b"document_uri" => self.path.clone(),
            b"args" | b"query_string" => self.query.clone(),
            b"is_args" if self.query.is_empty() => Vec::new(),
            b"is_args" => b"?".to_vec(),
            b"request_method" => self.main_method.as_ref().unwrap_or(&self.method).clone(),
            b"server_port" => request.port.to_string().into_bytes(),
            b"server_protocol" => b"HTTP/1.1".to_vec(),
            b"request_filename" => match self.file_path(&self.path, at)? {
                Some(path) => path.bytes,
                None => Vec::new(),
            },
            b"document_root" => self.root(at)?.bytes,
            b"server_name" => self.first_name(),
            b"content_length" | b"content_type" => self.header(&name, at)?,
            b"remote_addr" => match request.client {
                Client::Known(address) => address.to_string().into_bytes(),
                Client::UnknownPublic => return Err(unknown_value(&name, at)),
            },
            b"remote_user" if self.header(b"authorization", at)?.is_empty() => Vec::new(),
            b"server_addr" if !request.address.is_unspecified() => {
                request.address.to_string().into_bytes()
            }
            b"request" => {
                let parts = [&*request.method, b" ", &request.target, b" HTTP/1.1"];
                parts.concat()
            }
            _ => return self.family_variable(&name, at),
        })
    }

    /// A variable of a family that shares the start of its name, or one that the configuration
    /// defines.
    fn family_variable(&self, name: &[u8], at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        if let Some(field) = name.strip_prefix(b"http_") {
            self.header(field, at)
        } else if let Some(argument) = name.strip_prefix(b"arg_") {
            Ok(self.argument(argument))
        } else if self.is_builtin_ssl(name)
            || name.starts_with(b"cookie_") && self.header(b"cookie", at)?.is_empty()
            || self.http.assigned.has(self.http, name)
        {
            // Code that gives it a value has not run.
            Ok(Vec::new())
        } else {
            Err(unknown_value(name, at))
        }
    }

    /// An argument of the query by its name (`ngx_http_arg`), as it stands there.
    fn argument(&self, name: &[u8]) -> Vec<u8> {
        let mut arguments = self.query.split(|&byte| byte == b'&');
        arguments
            .find_map(|argument| {
                let value = argument.get(name.len()..)?.strip_prefix(b"=")?;
                argument[..name.len()].eq_ignore_ascii_case(name).then(|| value.to_vec())
            })
            .unwrap_or_default()
    }

    /// A header field by the name that variables use for it: lower case, `_` for `-`.
    fn header(&self, field: &[u8], at: Directive<'c>) -> Result<Vec<u8>, Undecided<'c>> {
        if self.headers == Headers::PartlyRead {
            let because = "the request is not valid, and not all of it is read".to_owned();
            return Err(Undecided { because, at: Some(at) });
        }
        let same = |name: &[u8]| {
            let dashes = name.iter().map(|&byte| if byte == b'-' { b'_' } else { byte });
            dashes.eq(field.iter().copied())
        };
        let mut found = self.request.headers.iter().filter(|(name, _)| same(name));
        match (found.next(), found.next()) {
            (None, _) => Ok(Vec::new()),
            (Some((_, value)), None) => Ok(value.clone()),
            (Some(_), Some(_)) => Err(Undecided {
                because: "the request has the header field more than once".to_owned(),
                at: Some(at),
            }),
        }
    }

    /// Whether a variable is about TLS and the connection is plain, so that it is empty.
    fn is_builtin_ssl(&self, name: &[u8]) -> bool {
        self.request.scheme == Scheme::Http && name.starts_with(b"ssl_")
    }

    /// `$server_name`: the first name, without the dot in front of it.
    pub(super) fn first_name(&self) -> Vec<u8> {
        let Some(name) = self.server().names.first() else { return Vec::new() };
        name.text.strip_prefix(b".").unwrap_or(&name.text).to_vec()
    }
}

fn unknown_value<'c>(name: &[u8], at: Directive<'c>) -> Undecided<'c> {
    let because = format!("the value of `${}` is not modelled", name.escape_ascii());
    Undecided { because, at: Some(at) }
}

/// Whether a text has variables.
pub(super) fn has_variables(text: &[u8]) -> bool {
    text.contains(&b'$')
}

fn parts(text: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.iter().position(|&byte| byte == b'$') {
        parts.push(Part::Text(&rest[..dollar]));
        rest = &rest[dollar + 1..];
        if let [digit @ b'1'..=b'9', after @ ..] = rest {
            parts.push(Part::Capture(usize::from(digit - b'0')));
            rest = after;
            continue;
        }
        let (name, after) = if let [b'{', inside @ ..] = rest {
            let end = inside.iter().position(|&byte| byte == b'}').unwrap_or(inside.len());
            (&inside[..end], inside.get(end + 1..).unwrap_or_default())
        } else {
            let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let end = rest.iter().position(|byte| !is_letter(byte)).unwrap_or(rest.len());
            rest.split_at(end)
        };
        parts.push(Part::Variable(name));
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts
}
