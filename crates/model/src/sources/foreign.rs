//! Files that are no nginx configuration.

use std::ffi::OsStr;

use memchr::memmem;

use super::{SourceFile, inputs::MAIN_FILE};
use crate::directive_table::Name;

/// Whether a file has directives, but none that nginx or a module of it has.
pub(super) fn has_no_known_directive(source: &SourceFile) -> bool {
    let named_main = source.path.file_name() == Some(OsStr::new(MAIN_FILE));
    !named_main
        && !source.names.is_empty()
        && source.names.iter().all(|name| *name == Name::UNKNOWN)
}

/// What a file is that somebody names, if it is certainly no configuration.
pub(super) fn kind_of(source: &SourceFile) -> Option<&'static str> {
    let bytes = &*source.bytes;
    let has_errors = !source.tree.errors().is_empty();
    if !has_errors || source.names.iter().any(|name| *name != Name::UNKNOWN) {
        return None;
    }
    let label = |label: &[u8]| memmem::find(bytes, label).is_some();
    Some(if label(b"-----BEGIN ") && label(b"PRIVATE KEY-----") {
        "it is a private key, not an nginx configuration"
    } else if label(b"-----BEGIN CERTIFICATE-----") {
        "it is a certificate, not an nginx configuration"
    } else if label(b"-----BEGIN ") {
        "it is PEM, not an nginx configuration"
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        "it is in UTF-16: save it as UTF-8"
    } else if memchr::memchr(0, bytes).is_some() {
        "it is a binary file, not an nginx configuration"
    } else if source.names.is_empty() {
        // A stray brace, or the beginning of something.
        return None;
    } else {
        "it is no nginx configuration: it has none of nginx's directives, and does not read as one"
    })
}
