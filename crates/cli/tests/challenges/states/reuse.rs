//! Certificates that pebble gives for nothing, since it remembers an authorization.

use std::fs;
use std::path::Path;

/// pebble reuses one authorization in a hundred, whatever it is told, and then there is no
/// challenge. That does not happen so many times in a row.
pub(crate) const MOST_TRIES: usize = 4;

/// What dehydrated and lego say when there is no challenge.
const REUSED: [&str; 2] = ["Found valid authorization", "authorization already valid"];

/// Whether the client got its certificate for nothing.
pub(crate) fn is_without_challenge(root: &Path, said: &str) -> bool {
    if REUSED.iter().any(|words| said.contains(words)) {
        return true;
    }
    let log = root.join("var/log/letsencrypt/letsencrypt.log");
    let log = fs::read_to_string(log).unwrap_or_default();
    let requests = log.lines().filter(|line| line.starts_with("b'"));
    let identifiers: usize = requests.map(|line| line.matches(r#""type": "dns""#).count()).sum();
    log.matches(" challenge for ").count() < identifiers
}
