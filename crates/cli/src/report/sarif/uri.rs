//! Paths as URIs.

use std::{os::unix::ffi::OsStrExt, path::Path};

use super::sarif::ArtifactLocation;

/// The location of a file, and its number among the artifacts.
pub(super) fn of(path: &Path, index: Option<usize>) -> ArtifactLocation {
    if path.is_absolute() {
        let uri = format!("file://{}", encoded(path));
        return ArtifactLocation { uri, uri_base_id: None, index };
    }
    ArtifactLocation { uri: encoded(path), uri_base_id: Some("%SRCROOT%"), index }
}

/// The bytes of a path, with percent signs for all that means something in URIs.
fn encoded(path: &Path) -> String {
    let mut uri = String::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.extend(["%", &format!("{byte:02X}")]),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn any_path_is_a_uri() {
        let path = Path::new(OsStr::from_bytes(b"/etc/caf\xe9 #1?%:\n"));
        assert_eq!(of(path, None).uri, "file:///etc/caf%E9%20%231%3F%25%3A%0A");
        let relative = of(Path::new("a:b/ü.conf"), Some(1));
        assert_eq!(relative.uri, "a%3Ab/%C3%BC.conf");
        assert_eq!(relative.uri_base_id, Some("%SRCROOT%"));
    }
}
