//! Tells whether a file name fits a pattern, as fnmatch(3) does in the C locale.

/// Whether a whole name fits. A leading dot is matched by a dot only.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let starts_with_dot = pattern.starts_with(b".") || pattern.starts_with(b"\\.");
    if name.starts_with(b".") && !starts_with_dot {
        return false;
    }
    let (mut at, mut byte) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: after it, one byte further on.
    let mut retry = None;
    loop {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            retry = Some((at, byte));
            continue;
        }
        let fits = match name.get(byte) {
            Some(&byte) => one(&pattern[at..], byte),
            None if at == pattern.len() => return true,
            None => return false,
        };
        if let Some(length) = fits {
            at += length;
            byte += 1;
        } else if let Some((after_star, start)) = retry {
            at = after_star;
            byte = start + 1;
            retry = Some((at, byte));
        } else {
            return false;
        }
    }
}

/// How many bytes of the pattern are used up by a byte of the name that fits them.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    let (&first, rest) = pattern.split_first()?;
    match first {
        b'?' => Some(1),
        b'\\' => (rest.first() == Some(&byte)).then_some(2),
        b'[' => match bracket(rest, byte) {
            Bracket::Fits(length) => Some(1 + length),
            Bracket::DoesNotFit => None,
            Bracket::Unclosed => (byte == b'[').then_some(1),
        },
        _ => (byte == first).then_some(1),
    }
}

enum Bracket {
    /// With the number of bytes up to and with `]`.
    Fits(usize),
    DoesNotFit,
    /// `[` stands for itself.
    Unclosed,
}

/// Compares a byte with the set that starts after `[`.
fn bracket(set: &[u8], byte: u8) -> Bracket {
    let negated = matches!(set.first(), Some(b'!' | b'^'));
    let first = usize::from(negated);
    let mut at = first;
    let mut found = false;
    loop {
        let rest = &set[at..];
        if rest.is_empty() {
            return Bracket::Unclosed;
        }
        if rest[0] == b']' && at > first {
            return if found == negated { Bracket::DoesNotFit } else { Bracket::Fits(at + 1) };
        }
        if let Some(name) = class_name(rest) {
            match class_contains(name, byte) {
                Some(contains) => found |= contains,
                None if found => {}
                None => return Bracket::DoesNotFit,
            }
            at += name.len() + b"[::]".len();
            continue;
        }
        let Some((low, length)) = member(rest) else { return Bracket::DoesNotFit };
        at += length;
        let high = match &set[at..] {
            [b'-', end, ..] if *end != b']' => match member(&set[at + 1..]) {
                Some((high, length)) => {
                    at += 1 + length;
                    high
                }
                None => return Bracket::DoesNotFit,
            },
            // A range without an end spoils the pattern.
            [b'-'] if !found && low != byte => return Bracket::DoesNotFit,
            _ => low,
        };
        found |= (low..=high).contains(&byte);
    }
}

/// The name in `[:name:]`.
fn class_name(set: &[u8]) -> Option<&[u8]> {
    let name = set.strip_prefix(b"[:")?;
    let length = name.iter().position(|byte| !byte.is_ascii_lowercase())?;
    name[length..].starts_with(b":]").then_some(&name[..length])
}

/// A byte of a set as it may be written, and the length of that: `x`, `\x`, `[.x.]` or `[=x=]`.
fn member(set: &[u8]) -> Option<(u8, usize)> {
    match *set {
        [b'\\', byte, ..] => Some((byte, 2)),
        [b'\\'] => None,
        [b'[', b'.', byte, b'.', b']', ..] | [b'[', b'=', byte, b'=', b']', ..] => Some((byte, 5)),
        _ => Some((*set.first()?, 1)),
    }
}

/// Whether a named class has a byte; `None` if there is no such class.
fn class_contains(name: &[u8], byte: u8) -> Option<bool> {
    const VERTICAL_TAB: u8 = 0x0B;
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte == b' ' || byte.is_ascii_graphic(),
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == VERTICAL_TAB,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
