//! What the fuzz targets share: machines made from the bytes that the fuzzer finds.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::Memory;

/// The path of what stands before the first header.
pub const MAIN: &str = "/etc/nginx/nginx.conf";

/// A machine: files under headers as `nginx -T` writes them, links under `# link PATH TARGET`.
pub fn machine(bytes: &[u8]) -> Memory {
    let mut memory = Memory::new();
    let mut path = PathBuf::from(MAIN);
    let mut start = 0;
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let end = at + line.len();
        let words = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(name) = words.strip_prefix(b"# configuration file ") {
            memory = memory.file(&path, &bytes[start..at]);
            path = absolute(name.strip_suffix(b":").unwrap_or(name));
            start = end;
        } else if let Some(words) = words.strip_prefix(b"# link ") {
            let mut words = words.splitn(2, |&byte| byte == b' ');
            let (name, target) = (words.next().unwrap_or(b""), words.next().unwrap_or(b""));
            memory = memory.link(absolute(name), OsStr::from_bytes(target));
        }
        at = end;
    }
    memory.file(&path, &bytes[start..])
}

/// A path that does not leave the machine.
fn absolute(name: &[u8]) -> PathBuf {
    let name = OsStr::from_bytes(name);
    let path = Path::new("/").join(name);
    // No file can stand where the root directory is.
    if path.file_name().is_some() { path } else { path.join("unnamed") }
}
