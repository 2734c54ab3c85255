use std::{env, ffi::OsStr, io::IsTerminal, os::fd::AsFd};

use rules::Severity;

/// How a report may look where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns to fill with words.
    pub width: usize,
    /// Columns that a line of source may take before it is cut.
    pub source_width: usize,
    /// Whether letters and lines beyond ASCII can be seen.
    pub unicode: bool,
    /// Whether to use colours.
    pub colour: bool,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Severity(Severity),
    Bold,
    Dim,
    Good,
    Elsewhere,
    Bad,
    Added,
    Removed,
}

impl Look {
    /// For files and pipes: always the same.
    pub(crate) const PLAIN: Self =
        Self { width: 80, source_width: 120, unicode: true, colour: false };

    const NARROWEST: usize = 40;
    const WIDEST: usize = 100;

    /// What suits a stream: a terminal has a width, letters and colours of its own.
    pub(crate) fn of(stream: &(impl IsTerminal + AsFd)) -> Self {
        if !stream.is_terminal() {
            return Self::PLAIN;
        }
        let width = number("COLUMNS")
            .or_else(|| {
                let (width, _) = terminal_size::terminal_size_of(stream)?;
                Some(width.0.into())
            })
            .unwrap_or(Self::PLAIN.width);
        let width = width.max(Self::NARROWEST);
        Self {
            width: width.min(Self::WIDEST),
            source_width: width,
            unicode: is_unicode(&["LC_ALL", "LC_CTYPE", "LANG"].map(env::var_os)),
            colour: is_unset("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }

    /// The text in a colour, if there are colours.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", paint.code()) } else { text.to_owned() }
    }

    /// The text as this terminal can show it.
    pub(crate) fn fit(self, text: String) -> String {
        if self.unicode || text.is_ascii() {
            return text;
        }
        let mut fitted = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '…' => fitted.push_str("..."),
                '→' => fitted.push_str("->"),
                '‘' | '’' => fitted.push('\''),
                '“' | '”' => fitted.push('"'),
                '–' | '—' => fitted.push('-'),
                letter if letter.is_ascii() => fitted.push(letter),
                _ => fitted.push('?'),
            }
        }
        fitted
    }
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Severity(Severity::Error) | Self::Bad => "1;31",
            Self::Severity(Severity::Warning) | Self::Elsewhere => "1;33",
            Self::Severity(Severity::Info) => "1;36",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "1;32",
            Self::Added => "32",
            Self::Removed => "31",
        }
    }
}

/// Whether the first of a locale's variables that says something says UTF-8.
fn is_unicode(variables: &[Option<impl AsRef<OsStr>>]) -> bool {
    let Some(locale) = variables
        .iter()
        .flatten()
        .map(|value| value.as_ref().to_string_lossy().to_ascii_lowercase())
        .find(|value| !value.is_empty())
    else {
        return false;
    };
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}

fn number(variable: &str) -> Option<usize> {
    env::var(variable).ok()?.parse().ok()
}

fn is_unset(variable: &str) -> bool {
    env::var_os(variable).is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_names_the_locale() {
        assert!(is_unicode(&[None, Some(""), Some("de_DE.UTF-8")]));
        assert!(is_unicode(&[Some("C.utf8"), Some("C"), None]));
        assert!(!is_unicode(&[Some("C"), None, Some("de_DE.UTF-8")]));
        assert!(!is_unicode(&[None::<&str>, None, None]));
    }

    #[test]
    fn ascii_terminals_get_ascii() {
        let ascii = Look { unicode: false, ..Look::PLAIN };
        assert_eq!(ascii.fit("a → b … ä".to_owned()), "a -> b ... ?");
    }
}
