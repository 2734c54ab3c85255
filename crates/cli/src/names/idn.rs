//! Internationalised names: what is in DNS and in nginx's configuration is punycode (RFC 3492),
//! what people read is not.

use textwrap::core::display_width;

use crate::report::printable;

/// In front of a label in punycode (RFC 5890, section 2.3.1).
const PREFIX: &str = "xn--";

/// The longest label that there may be.
const LONGEST: usize = 63;

/// A name in lower case as people read it if it has labels in punycode, or in punycode if it has
/// letters beyond ASCII; `None` if there is no such thing.
pub(crate) fn other_form(name: &str) -> Option<String> {
    let is_ascii = name.is_ascii();
    if is_ascii && !name.contains(PREFIX) {
        return None;
    }
    let labels = name.split('.').map(|label| match label.strip_prefix(PREFIX) {
        _ if !is_ascii => encoded(label),
        Some(code) => decoded(code),
        None => Some(label.to_owned()),
    });
    let other = labels.collect::<Option<Vec<_>>>()?.join(".");
    (other != name).then_some(other)
}

fn decoded(code: &str) -> Option<String> {
    if code.len() > LONGEST {
        return None;
    }
    let label = punycode::decode(code).ok()?;
    // Other codes for the same letters lead nowhere.
    (is_readable(&label) && punycode::encode(&label).as_deref() == Ok(code)).then_some(label)
}

fn encoded(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    if label.starts_with(PREFIX) {
        return None;
    }
    let label: String = label.chars().flat_map(char::to_lowercase).collect();
    // Whoever asks for a name puts its accents and letters together first.
    let is_put_together = !label.chars().any(|letter| ('\u{300}'..='\u{36f}').contains(&letter));
    if label.len() > LONGEST || !is_put_together || !is_readable(&label) {
        return None;
    }
    let code = punycode::encode(&label).ok()?;
    (PREFIX.len() + code.len() <= LONGEST).then(|| [PREFIX, &code].concat())
}

/// Whether a label is what it looks like, as far as one can tell without the tables of Unicode.
fn is_readable(label: &str) -> bool {
    // A mark that comes first would stand on the letter in front of the name.
    let is_mark = |letter: char| display_width(letter.encode_utf8(&mut [0; 4])) == 0;
    !label.is_ascii()
        && !label.chars().next().is_some_and(is_mark)
        && label.chars().all(|letter| match letter {
            letter if letter.is_ascii() => letter.is_ascii_alphanumeric() || letter == '-',
            // Full stops and slashes of other scripts, and letters that have one in them.
            '\u{2024}'
            | '\u{2044}'
            | '\u{2488}'..='\u{249b}'
            | '\u{2215}'
            | '\u{3002}'
            | '\u{ff0e}'
            | '\u{ff0f}'
            | '\u{ff61}' => false,
            letter => !printable::is_hidden(letter) && !letter.is_whitespace(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (punycode, unicode) in [
            ("xn--bcher-kva.example", "bücher.example"),
            ("www.xn--fiqs8s", "www.中国"),
            ("xn--e1afmkfd.xn--p1ai", "пример.рф"),
            ("xn--mgbh0fb.example", "مثال.example"),
            ("*.xn--strae-oqa.example", "*.straße.example"),
        ] {
            assert_eq!(other_form(punycode).as_deref(), Some(unicode));
            assert_eq!(other_form(unicode).as_deref(), Some(punycode));
        }
    }

    #[test]
    fn what_is_not_what_it_seems_has_no_other_form() {
        for name in [
            "www.example.com",
            "xn--",
            "xn--a",
            "xn--example-.com",
            "xn--99999999999.example",
            "xn--b\u{fc}cher.example",
            // A full stop in a letter and one of its own, a mark in front, what cannot be seen, and
            // letters that are apart from their marks.
            "xn--a-ecp.example",
            "xn--xample-o4d.example",
            "a\u{202e}b.example",
            "a\u{7}\u{fc}.example",
            "bu\u{308}cher.example",
            "b\u{fc}\u{3002}cher.example",
        ] {
            assert_eq!(other_form(name), None, "{name:?}");
        }
        assert_eq!(other_form(&format!("xn--{}-kva.example", "a".repeat(70))), None);
        assert_eq!(other_form(&"\u{fc}".repeat(60)), None);
    }

    #[test]
    fn no_code_brings_it_down() {
        let letters = b"abcdefghijklmnopqrstuvwxyz0123456789-";
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let code = (0..state % 60).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                letters[(state >> 33) as usize % letters.len()] as char
            });
            let code: String = code.collect();
            state = state.wrapping_add(7);
            let _ = other_form(&format!("xn--{code}.example"));
        }
    }
}
