//! Values with variables (`ngx_http_script_compile`).

use super::run::{Run, Undecided};
use crate::{config::Directive, route::Scheme};

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
        let mut value = Vec::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(text) => value.extend_from_slice(text),
                Part::Capture(number) => value.extend_from_slice(self.capture(number)),
                Part::Variable(name) => value.extend(self.variable(name, at)?),
            }
        }
        Ok(value)
    }

    /// What a numbered group of the last regular expression caught; nothing if it is not set.
    fn capture(&self, number: usize) -> &[u8] {
        self.captures.groups.get(number).and_then(Option::as_deref).unwrap_or_default()
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
            b"scheme" => match request.scheme {
                Scheme::Http => b"http".to_vec(),
                Scheme::Https => b"https".to_vec(),
            },
            b"https" => match request.scheme {
                Scheme::Http => Vec::new(),
                Scheme::Https => b"on".to_vec(),
            },
            b"host" => self.host.clone(),
            b"http_host" => request.host.clone(),
            b"request_uri" => request.target.clone(),
            b"uri" | b"document_uri" => self.path.clone(),
            b"args" | b"query_string" => self.query.clone(),
            b"is_args" if self.query.is_empty() => Vec::new(),
            b"is_args" => b"?".to_vec(),
            b"request_method" => request.method.clone(),
            b"server_port" => request.port.to_string().into_bytes(),
            b"server_protocol" => b"HTTP/1.1".to_vec(),
            b"request_filename" => return self.file_path(&self.path, at).map(|path| path.bytes),
            b"document_root" => return self.document_root(at),
            b"server_name" => self.first_name(),
            b"content_length" | b"content_type" | b"remote_user" | b"ssl_client_verify"
                if request.scheme == Scheme::Http || &*name != b"ssl_client_verify" =>
            {
                Vec::new()
            }
            _ => match name.strip_prefix(b"http_") {
                Some(field) => self.header(field),
                None if self.is_builtin_ssl(&name) => Vec::new(),
                None => {
                    let name = name.escape_ascii();
                    return Err(Undecided {
                        because: format!("the value of `${name}` is not modelled"),
                        at: Some(at),
                    });
                }
            },
        })
    }

    /// A header field by the name that variables use for it: lower case, `_` for `-`.
    fn header(&self, field: &[u8]) -> Vec<u8> {
        let same = |name: &[u8]| {
            let dashes = name.iter().map(|&byte| if byte == b'-' { b'_' } else { byte });
            dashes.eq(field.iter().copied())
        };
        let headers = &self.request.headers;
        headers
            .iter()
            .find(|(name, _)| same(name))
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// Whether a variable is about TLS and the connection is plain, so that it is empty.
    fn is_builtin_ssl(&self, name: &[u8]) -> bool {
        self.request.scheme == Scheme::Http && name.starts_with(b"ssl_")
    }

    fn first_name(&self) -> Vec<u8> {
        let name = self.server().names.first();
        name.map(|name| name.text.clone()).unwrap_or_default()
    }
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
        let (name, after) = match rest {
            [b'{', inside @ ..] => {
                let end = inside.iter().position(|&byte| byte == b'}').unwrap_or(inside.len());
                (&inside[..end], inside.get(end + 1..).unwrap_or_default())
            }
            _ => {
                let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let end = rest.iter().position(|byte| !is_letter(byte)).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        parts.push(Part::Variable(name));
        rest = after;
    }
    parts.push(Part::Text(rest));
    parts
}
