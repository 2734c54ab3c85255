//! A file of certificates or keys.

#![no_main]

use std::{path::Path, sync::Arc};

use evidence::Evidence;
use libfuzzer_sys::fuzz_target;
use model::Memory;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("/certificate.pem");
    let memory = Memory::new().file(path, bytes);
    let mut evidence = Evidence::of(Arc::default());
    let Some(content) = evidence.look_at(path, &memory).content() else { return };
    let _ = content.key();
    let Ok(chain) = content.chain() else { return };
    assert!(!chain.certificates.is_empty() && chain.certificates.len() == chain.lines.len());
    let _ = format!("{chain:?}");
});
