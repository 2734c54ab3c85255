//! The output of `nginx -T`.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use model::{Dump, FileSystem};

fuzz_target!(|bytes: &[u8]| {
    let _ = Dump::is_one(bytes, Path::new("/dump.txt"));
    let Ok(dump) = Dump::read(bytes, Path::new("/"), None) else { return };
    assert!(!dump.paths().is_empty());
    let found = dump.paths().iter().filter_map(|path| dump.read(path).found());
    assert!(found.map(|text| text.len()).sum::<usize>() <= bytes.len());
    let _ = model::load_dump(&dump).len();
});
