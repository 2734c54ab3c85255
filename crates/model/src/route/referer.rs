//! `valid_referers` and `$invalid_referer` (`ngx_http_referer_variable`).

use std::borrow::Cow;

use super::run::{Run, Undecided};
use crate::{
    config::Directive,
    directive_table::name,
    pattern::Match,
    server_name::{ServerName, ServerNameKind},
};

/// The shortest referer that nginx takes for a URL.
const SHORTEST: usize = b"http://i.ru".len();

impl<'c> Run<'_, 'c> {
    /// `$invalid_referer`: `1`, or empty where the referer is one of those that are named.
    pub(super) fn invalid_referer(
        &self,
        at: Directive<'c>,
    ) -> Result<Cow<'_, [u8]>, Undecided<'c>> {
        let directives = self.effective_all(name::VALID_REFERERS);
        let has = |wanted: &[u8]| {
            directives.iter().flat_map(|directive| directive.args()).any(|word| *word == *wanted)
        };
        let names: Vec<_> = directives.iter().flat_map(|&names| ServerName::cast(names)).collect();
        let is_name = |name: &&ServerName<'_>| !matches!(&*name.text, b"none" | b"blocked");
        if !names.iter().any(|name| is_name(&name)) {
            return Ok(Cow::default());
        }
        let Some(referer) = self.header_once(b"referer", at)? else {
            return Ok(invalid_unless(has(b"none")));
        };
        let Some(rest) = without_scheme(referer) else {
            return Ok(invalid_unless(has(b"blocked")));
        };
        let end = rest.iter().position(|byte| b"/:".contains(byte)).unwrap_or(rest.len());
        let (host, behind) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        let path =
            behind.iter().position(|&byte| byte == b'/').map_or(&b""[..], |at| &behind[at..]);
        let own = self.server().names.iter().filter(|_| has(b"server_names"));
        let candidates = names.iter().filter(is_name).chain(own.clone());
        let best =
            candidates.filter_map(|name| rank(name, &host).map(|rank| (rank, path_of(name))));
        if let Some((_, start)) = best.max_by_key(|&(rank, _)| rank) {
            return Ok(invalid_unless(path.starts_with(&start)));
        }
        let own = own.map(|name| (name, &*host));
        for (name, subject) in own.chain(names.iter().map(|name| (name, rest))) {
            let Some(pattern) = name.pattern() else { continue };
            match self.http.patterns.get(pattern, true).find(subject) {
                Match::No => {}
                Match::Yes(_) => return Ok(Cow::default()),
                Match::Unknown => {
                    let because = "its regular expression cannot be run".to_owned();
                    return Err(Undecided { because, at: Some(name.directive) });
                }
            }
        }
        Ok(invalid_unless(false))
    }
}

fn invalid_unless(is_valid: bool) -> Cow<'static, [u8]> {
    if is_valid { Cow::default() } else { b"1".into() }
}

fn without_scheme(referer: &[u8]) -> Option<&[u8]> {
    let start = [&b"http://"[..], b"https://"].into_iter().find(|scheme| {
        referer.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    (referer.len() >= SHORTEST).then(|| &referer[start.len()..])
}

/// The start of the path that a name asks for.
fn path_of(name: &ServerName<'_>) -> Vec<u8> {
    let text = name.directive.arg(name.index).unwrap_or_default();
    let slash = text.iter().position(|&byte| byte == b'/');
    slash.map(|at| text[at..].to_vec()).unwrap_or_default()
}

/// How well a name that is no regular expression fits a host, if it does: exactly, by the longest
/// end, by the longest start.
fn rank(name: &ServerName<'_>, host: &[u8]) -> Option<(u8, usize)> {
    if name.kind == ServerNameKind::Regex {
        return None;
    }
    let text = &name.text[..name.text.len() - path_of(name).len()];
    let (rank, fits) = match text {
        [b'.', bare @ ..] if bare == host => (3, true),
        [b'.', ..] => (2, host.ends_with(text)),
        [b'*', end @ ..] => (2, host.ends_with(end) && host.len() > end.len()),
        [start @ .., b'*'] => (1, host.starts_with(start)),
        whole => (3, whole == host),
    };
    fits.then_some((rank, text.len()))
}
