//! Finds the end of a `*_by_lua_block` as OpenResty's scanner does (`ngx_http_lua_lex`): braces
//! inside strings, long brackets and comments do not count.

/// How many bytes of `source`, which starts after the opening brace, come before the closing one;
/// `None` if it is missing.
pub(crate) fn block_length(source: &[u8]) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        let rest = &source[at..];
        at += match byte {
            b'{' => {
                depth += 1;
                1
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
                1
            }
            // A string that does not end on its line is not one: the quote stands for itself.
            b'"' | b'\'' => string_length(rest, byte).unwrap_or(1),
            b'[' => match long_bracket_level(rest) {
                Some(level) => long_bracket_length(rest, level)?,
                None => 1,
            },
            b'-' if rest.starts_with(b"--") => match long_bracket_level(&rest[2..]) {
                Some(level) => 2 + long_bracket_length(&rest[2..], level)?,
                None => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            },
            _ => 1,
        };
    }
    None
}

fn string_length(source: &[u8], quote: u8) -> Option<usize> {
    let mut length = 1;
    loop {
        length += memchr::memchr3(quote, b'\\', b'\n', source.get(length..)?)?;
        match source[length] {
            b'\\' => length += 2,
            b'\n' => return None,
            _ => return Some(length + 1),
        }
    }
}

/// The number of `=` in a long bracket's opening, `[==[`, or `None` if this is not one.
fn long_bracket_level(source: &[u8]) -> Option<usize> {
    let after = source.strip_prefix(b"[")?;
    let level = after.iter().take_while(|&&byte| byte == b'=').count();
    (after.get(level) == Some(&b'[')).then_some(level)
}

fn long_bracket_length(source: &[u8], level: usize) -> Option<usize> {
    let opening = level + 2;
    let mut at = opening;
    loop {
        at += memchr::memchr(b']', source.get(at..)?)?;
        let closing = &source[at + 1..];
        let equals = closing.iter().take_while(|&&byte| byte == b'=').count();
        if equals == level && closing.get(equals) == Some(&b']') {
            return Some(at + level + 2);
        }
        at += 1 + equals;
    }
}

#[cfg(test)]
mod tests {
    use super::block_length;

    #[test]
    fn braces_in_strings_brackets_and_comments_do_not_count() {
        for (body, length) in [
            (&b"}"[..], Some(0)),
            (b" local t = {} }x", Some(14)),
            (b" s = \"}\" }", Some(9)),
            (b" s = '\\'}' }", Some(11)),
            (b" -- }\n }", Some(7)),
            (b" --[[ } ]] }", Some(11)),
            (b" s = [==[ ]=] } ]==] }", Some(21)),
            (b" it's }", Some(6)),
            (b" t[1] = 2 }", Some(10)),
            (b" {", None),
            (b" [[ }", None),
        ] {
            assert_eq!(block_length(body), length, "{}", body.escape_ascii());
        }
    }
}
