//! The path and query of a request target (`ngx_http_parse_complex_uri`).

/// The decoded, normalised path and the query of a target; `None` where nginx answers 400.
pub(super) fn normalise(target: &[u8], merge_slashes: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    let target = &target[..memchr::memchr(b'#', target).unwrap_or(target.len())];
    let (raw, query) = split_query(target);
    if raw.first() != Some(&b'/') {
        return None;
    }
    if is_normal(raw) {
        return Some((raw.to_vec(), query.to_vec()));
    }
    let decoded = decode(raw)?;
    let mut path: Vec<u8> = vec![b'/'];
    let mut segments = decoded[1..].split(|&byte| byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            b"." => {}
            b".." => {
                // `path` ends in a slash; drop it and the segment before it.
                path.pop();
                let slash = path.iter().rposition(|&byte| byte == b'/')?;
                path.truncate(slash + 1);
            }
            b"" if merge_slashes || is_last => {}
            _ => {
                path.extend_from_slice(segment);
                if !is_last {
                    path.push(b'/');
                }
            }
        }
    }
    Some((path, query.to_vec()))
}

/// The host of a target that is a whole URL, with its port, and the path and query.
pub(super) fn split_target(target: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let after_scheme = |target: &'_ [u8]| {
        let colon = target.iter().position(|&byte| byte == b':')?;
        let is_scheme = colon > 0 && target[..colon].iter().all(u8::is_ascii_alphanumeric);
        (is_scheme && target[colon..].starts_with(b"://")).then_some(colon + 3)
    };
    let Some(start) = after_scheme(target) else { return (None, target) };
    match target[start..].iter().position(|&byte| byte == b'/') {
        Some(slash) => (Some(&target[start..start + slash]), &target[start + slash..]),
        None => (Some(&target[start..]), b"/"),
    }
}

/// Whether a path has nothing to decode and nothing to tidy up.
fn is_normal(raw: &[u8]) -> bool {
    let is_odd = |slash: usize| match raw.get(slash + 1) {
        Some(b'/') => true,
        Some(b'.') => matches!(raw.get(slash + 2), None | Some(b'/' | b'.')),
        _ => false,
    };
    memchr::memchr(b'%', raw).is_none() && !memchr::memchr_iter(b'/', raw).any(is_odd)
}

/// A path and the query after its first `?`.
pub(super) fn split_query(target: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, b""),
    }
}

/// Whether the path of a target has escapes or plus signs.
pub(super) fn is_escaped(target: &[u8]) -> bool {
    let (path, _) = split_query(target);
    let path = &path[..memchr::memchr(b'#', path).unwrap_or(path.len())];
    memchr::memchr2(b'%', b'+', path).is_some()
}

fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let value = digit(*high)? * 16 + digit(*low)?;
        if value == 0 {
            return None;
        }
        decoded.push(value as u8);
        rest = after;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn paths_are_decoded_and_normalised_as_nginx_does() {
        for (target, path) in [
            ("/a/b?c=d", Some("/a/b")),
            ("/%2ewell-known//x", Some("/.well-known/x")),
            ("/a/./b/../c", Some("/a/c")),
            ("/a/b/..", Some("/a/")),
            ("/..", None),
            ("/a%00", None),
            ("/a%2", None),
            ("/a%2Fb", Some("/a/b")),
            ("/a%3Fb", Some("/a?b")),
            ("/a#b", Some("/a")),
            ("/", Some("/")),
        ] {
            let normal = normalise(target.as_bytes(), true).map(|(path, _)| path);
            assert_eq!(normal.as_deref(), path.map(str::as_bytes), "{target}");
        }
        let (path, _) = normalise(b"/a//b", false).expect("it is a path");
        assert_eq!(path, b"/a//b");
    }
}
