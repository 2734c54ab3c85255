//! Patterns for names, as a shell has them for files.

/// A pattern: `*` stands for anything, `?` for a letter, `[a-z]` and `[!a-z]` for some of them.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Anything,
    Any,
    Letter(char),
    OneOf { ranges: Vec<(char, char)>, is_negated: bool },
}

impl Pattern {
    /// A pattern as it is written; upper case is as good as lower case.
    pub(crate) fn new(text: &str) -> Self {
        let letters: Vec<char> = text.to_lowercase().chars().collect();
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < letters.len() {
            let (part, length) = match letters[at] {
                '*' => (Part::Anything, 1),
                '?' => (Part::Any, 1),
                '\\' if at + 1 < letters.len() => (Part::Letter(letters[at + 1]), 2),
                // A bracket that is never closed stands for itself.
                '[' => set(&letters[at..]).unwrap_or((Part::Letter('['), 1)),
                letter => (Part::Letter(letter), 1),
            };
            parts.push(part);
            at += length;
        }
        Self(parts)
    }

    /// Whether a whole name in lower case fits.
    pub(crate) fn fits(&self, name: &str) -> bool {
        let (mut at, mut rest) = (0, name);
        // Where to go on when what follows the last `*` does not fit: one letter further on.
        let mut retry: Option<(usize, &str)> = None;
        loop {
            let mut letters = rest.chars();
            let letter = letters.next();
            match (self.0.get(at), letter) {
                (Some(Part::Anything), _) => {
                    at += 1;
                    retry = Some((at, rest));
                }
                (None, None) => return true,
                (Some(part), Some(letter)) if part.fits(letter) => {
                    at += 1;
                    rest = letters.as_str();
                }
                _ => {
                    let Some((after_star, start)) = retry else { return false };
                    let mut letters = start.chars();
                    if letters.next().is_none() {
                        return false;
                    }
                    (at, rest) = (after_star, letters.as_str());
                    retry = Some((at, rest));
                }
            }
        }
    }
}

impl Part {
    fn fits(&self, letter: char) -> bool {
        match self {
            Self::Anything => false,
            Self::Any => true,
            Self::Letter(own) => *own == letter,
            Self::OneOf { ranges, is_negated } => {
                ranges.iter().any(|&(low, high)| (low..=high).contains(&letter)) != *is_negated
            }
        }
    }
}

/// The set at the start of a text, and how many letters it takes; `None` if it has no end.
fn set(letters: &[char]) -> Option<(Part, usize)> {
    let is_negated = matches!(letters.get(1), Some('!' | '^'));
    let first = 1 + usize::from(is_negated);
    // A bracket that comes first is one of the set.
    let end = first + 1 + letters.get(first + 1..)?.iter().position(|&letter| letter == ']')?;
    let (mut ranges, mut at) = (Vec::new(), first);
    while at < end {
        let is_range = at + 2 < end && letters[at + 1] == '-';
        let last = if is_range { at + 2 } else { at };
        ranges.push((letters[at], letters[last]));
        at = last + 1;
    }
    Some((Part::OneOf { ranges, is_negated }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, names: &[&str]) -> Vec<bool> {
        let pattern = Pattern::new(pattern);
        names.iter().map(|name| pattern.fits(name)).collect()
    }

    #[test]
    fn as_in_a_shell() {
        assert_eq!(fits("*.example.com", &["a.b.example.com", "example.com"]), [true, false]);
        assert_eq!(fits("www?.*", &["www1.a", "www.a", "wwwü.a"]), [true, false, true]);
        assert_eq!(fits("[a-c]*", &["b.x", "d.x", "-.x"]), [true, false, false]);
        assert_eq!(fits("[!a-c-].x", &["b.x", "d.x", "-.x"]), [false, true, false]);
        assert_eq!(fits("[]x].[", &["].[", "x.[", "y.["]), [true, true, false]);
        assert_eq!(fits("\\*.x", &["*.x", "a.x"]), [true, false]);
        assert_eq!(fits("BÜCHER.*", &["bücher.example"]), [true]);
        assert_eq!(fits("", &["", "a"]), [true, false]);
    }

    #[test]
    fn stars_do_not_multiply() {
        assert_eq!(fits(&"*a".repeat(50), &[&"a".repeat(20_000)]), [true]);
        assert_eq!(fits(&("*a".repeat(50) + "b"), &[&"a".repeat(20_000)]), [false]);
    }
}
