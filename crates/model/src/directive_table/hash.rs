//! The hash of a directive's name, for the table that `build.rs` makes and for looking things up in it.

/// Mixes all bytes of a name, eight at a time.
pub(super) fn hash(name: &[u8]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = name.len() as u64;
    let mut chunks = name.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR).rotate_left(29);
    }
    for &byte in chunks.remainder() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(FACTOR);
    }
    // The upper half depends on all bytes.
    (hash >> 32) as usize
}
