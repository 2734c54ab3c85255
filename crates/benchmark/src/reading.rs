//! The least that any program has to do with a configuration: read it.

use std::{fs::File, io::Read, path::Path};

use walkdir::WalkDir;

use crate::Result;

/// Reads all files below a directory, one after the other, and gives the number of their bytes.
///
/// # Errors
/// If something cannot be read.
pub fn read(directory: &Path) -> Result<u64> {
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    for entry in WalkDir::new(directory) {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let mut file = File::open(entry.path())?;
        loop {
            let count = file.read(&mut buffer)?;
            bytes += count as u64;
            if count < buffer.len() {
                break; // of a regular file, there is no more
            }
        }
    }
    Ok(bytes)
}
