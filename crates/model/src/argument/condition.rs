//! The condition of an `if` (`ngx_http_rewrite_if_condition`).

use super::{BadArgument, quoted};

/// What is wrong with the words of a condition.
pub(super) fn judge(args: &[&[u8]]) -> Option<BadArgument> {
    let mut words: Vec<&[u8]> = args.to_vec();
    let mut first = 0;
    let mut last = args.len().checked_sub(1)?;
    let Some(rest) = words[first].strip_prefix(b"(") else { return Some(invalid(&words, first)) };
    words[first] = rest;
    if rest.is_empty() {
        first += 1;
        if first > last {
            return Some(invalid(args, 0));
        }
    }
    let Some(rest) = words[last].strip_suffix(b")") else { return Some(invalid(&words, last)) };
    if rest.is_empty() {
        if last == first {
            return Some(invalid(&words, last));
        }
        last -= 1;
    } else {
        words[last] = rest;
    }
    // Whatever stands outside the parentheses is not looked at.
    let operand = words[first];
    match operand {
        [b'$', _, ..] => match last - first {
            0 => None,
            2 => operator(&words, first + 1),
            _ => Some(invalid(&words, first)),
        },
        [b'-', test] | [b'!', b'-', test] if last - first == 1 && b"fdex".contains(test) => None,
        _ => Some(invalid(&words, first)),
    }
}

fn operator(words: &[&[u8]], index: usize) -> Option<BadArgument> {
    if matches!(words[index], b"=" | b"!=" | b"~" | b"~*" | b"!~" | b"!~*") {
        return None;
    }
    Some(BadArgument {
        index,
        message: format!("unexpected {} in condition", quoted(words[index])),
        help: "one of `=`, `!=`, `~`, `~*`, `!~` and `!~*`",
    })
}

fn invalid(words: &[&[u8]], index: usize) -> BadArgument {
    BadArgument {
        index,
        message: format!("invalid condition {}", quoted(words[index])),
        help: "a condition is `($variable)`, `($variable = value)`, `($variable ~ regex)` or \
               `(-f path)`",
    }
}
