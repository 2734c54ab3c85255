//! `cli.ini`: options for all certificates, as on the command line.

use std::{collections::HashMap, path::Path};

use model::FileSystem;

use crate::client::{Client, Clients, ProblemKind, read};

/// The options of `cli.ini`, without the hyphens in front of their names.
#[derive(Debug, Default)]
pub(super) struct Options {
    by_name: HashMap<String, String>,
}

/// An authenticator may be an option by itself.
const AUTHENTICATORS: [&str; 4] = ["webroot", "standalone", "nginx", "manual"];

impl Options {
    /// Reads the file (`configargparse.DefaultConfigFileParser`).
    pub(super) fn read(
        directory: &Path,
        file_system: &dyn FileSystem,
        clients: &mut Clients,
    ) -> Self {
        let path = directory.join("cli.ini");
        let mut options = Self::default();
        let Some(bytes) = read(Client::Certbot, &path, file_system, clients) else {
            return options;
        };
        for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
            let Ok(text) = std::str::from_utf8(line) else {
                let kind = ProblemKind::Malformed("it is not UTF-8".to_owned());
                clients.problem(Client::Certbot, &path, Some(number), kind);
                return Self::default();
            };
            let text = text.trim();
            if text.is_empty() || text.starts_with(['#', ';', '[']) || text.starts_with("---") {
                continue;
            }
            let Some((key, value)) = option(text) else {
                let kind = ProblemKind::Malformed("it is no option".to_owned());
                clients.problem(Client::Certbot, &path, Some(number), kind);
                return Self::default();
            };
            let key = key.trim_start_matches('-').to_owned();
            options.by_name.insert(key, value.to_owned());
        }
        options
    }

    /// What an option is set to.
    pub(super) fn text(&self, option: &str) -> Option<&str> {
        self.by_name.get(option).map(|value| &**value)
    }

    /// Whether an option without a value is given.
    pub(super) fn is_on(&self, option: &str) -> bool {
        let is_on = |value: &str| matches!(&*value.to_ascii_lowercase(), "true" | "yes" | "1");
        self.text(option).is_some_and(is_on)
    }

    /// The authenticator, by its own option or as one.
    pub(super) fn authenticator(&self) -> Option<&str> {
        let own = AUTHENTICATORS.into_iter().find(|option| self.is_on(option));
        own.or_else(|| self.text("authenticator")).or_else(|| self.text("a"))
    }
}

/// A line as option and value; `true` stands for none.
fn option(text: &str) -> Option<(&str, &str)> {
    let end =
        text.find(|letter: char| matches!(letter, ':' | '=' | ';' | '#') || letter.is_whitespace());
    let (key, rest) = text.split_at(end.unwrap_or(text.len()));
    if key.is_empty() {
        return None;
    }
    let rest = rest.trim_start();
    let separated = rest.strip_prefix([':', '=']);
    let value = without_comment(separated.unwrap_or(rest).trim_start());
    Some(match (value, separated) {
        ("", None) => (key, "true"),
        _ => (key, unquoted(value)),
    })
}

/// The value without what follows a blank with `#` or `;`.
fn without_comment(value: &str) -> &str {
    if value.starts_with(['#', ';']) {
        return "";
    }
    let comment = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, blank), sign)| blank.is_whitespace() && matches!(sign, '#' | ';'));
    value[..comment.map_or(value.len(), |((at, _), _)| at)].trim_end()
}

fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}
