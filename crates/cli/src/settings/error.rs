//! What is wrong with settings, in words.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::find::NAMES;
use crate::report::printable;
use model::directive_table::nearest_of;
use parser::{LineIndex, Position};

/// Why there are no settings to go by.
#[derive(Debug)]
pub(crate) enum SettingsError {
    /// The file cannot be read, or whether it is there cannot be known.
    Unreadable(PathBuf, io::Error),
    /// A directory has files of both names.
    Twice(PathBuf),
    /// Two paths to lint have different settings.
    Several([(PathBuf, Option<PathBuf>); 2]),
    /// What it says is wrong.
    NotUnderstood(PathBuf, Mistake),
}

/// What is wrong with what a settings file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    line: u32,
    column: u32,
    message: String,
}

impl Mistake {
    /// What TOML, or one of the values, says.
    pub(super) fn of(text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        let message = unknown_key(error.message()).unwrap_or_else(|| plain(error.message()));
        Self::at(text.as_bytes(), span.start, message)
    }

    pub(super) fn not_utf8(bytes: &[u8], error: &std::str::Utf8Error) -> Self {
        Self::at(bytes, error.valid_up_to(), "this is not UTF-8".to_owned())
    }

    fn at(bytes: &[u8], offset: usize, message: String) -> Self {
        let Position { line, column } = LineIndex::new(bytes).position(offset as u32);
        Self { line, column, message }
    }
}

/// ``; did you mean `NAME`?`` if there is a name like that.
pub(super) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// What serde says of an unknown key, with a suggestion instead of a list of all keys.
fn unknown_key(message: &str) -> Option<String> {
    let mut words = message.strip_prefix("unknown field `")?.split('`');
    let unknown = words.next()?;
    let known: Vec<&str> = words.skip(1).step_by(2).collect();
    let suggestion = suggestion(nearest_of(unknown.as_bytes(), known));
    Some(format!("there is no setting `{unknown}`{suggestion}"))
}

/// What serde says of a value, with words of TOML for those of Rust.
fn plain(message: &str) -> String {
    [
        ("expected u16", "expected a port, such as 8080"),
        ("expected a sequence", "expected an array, such as [\"...\"]"),
        ("expected path string", "expected a string"),
        ("expected a map", "expected a table"),
    ]
    .iter()
    .fold(message.to_owned(), |text, (rust, toml)| text.replace(rust, toml))
}

impl fmt::Display for SettingsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path: &Path| printable::path(path);
        match self {
            Self::Unreadable(path, error) => {
                write!(out, "cannot read the settings {}: {error}", shown(path))
            }
            Self::Twice(directory) => {
                let [plain, hidden] = NAMES;
                let directory = shown(directory);
                write!(out, "{directory} has both {plain} and {hidden}: remove one of them")
            }
            Self::Several([(left, of_left), (right, of_right)]) => {
                let has = |path: &Option<PathBuf>| {
                    path.as_deref().map_or("no settings".to_owned(), shown)
                };
                write!(
                    out,
                    "{} goes by {}, and {} by {}: lint them apart, or say which settings to use \
                     with --settings FILE or --no-settings",
                    shown(left),
                    has(of_left),
                    shown(right),
                    has(of_right)
                )
            }
            Self::NotUnderstood(path, Mistake { line, column, message }) => {
                write!(out, "{}:{line}:{column}: {}", shown(path), printable::words(message))
            }
        }
    }
}
