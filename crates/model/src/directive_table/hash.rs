//! The hash of a directive's name, for the table that `build.rs` makes and for looking things up in it.

/// Mixes the length, the first eight and the last eight bytes of a name, or all bytes of a short one.
pub(super) fn hash(name: &[u8]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (head, tail) =
        if let (Some(head), Some(tail)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)))
        } else {
            (name.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)), 0)
        };
    let hash = (head ^ name.len() as u64).wrapping_mul(FACTOR);
    let hash = (hash.rotate_left(29) ^ tail).wrapping_mul(FACTOR);
    // The upper half depends on all of them.
    (hash >> 32) as usize
}
