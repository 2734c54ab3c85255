//! Gives certificates the keys and signatures that the library does not know.

use crate::error::{Error, Result};
use crate::openssl;

/// Digests with their algorithms of signatures in DER: with RSA, and with ECDSA.
const ALGORITHMS: [(&str, &[u8], &[u8]); 3] = [
    (
        "sha1",
        &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0],
        &[0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1],
    ),
    (
        "sha256",
        &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0],
        &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
    ),
    (
        "sha512",
        &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13, 5, 0],
        &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4],
    ),
];

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 3;

/// A certificate in DER with another public key, if there is one, and signed by another key.
pub(crate) fn sign_anew(
    certificate: &[u8],
    public: Option<&[u8]>,
    key: &str,
    digest: Option<&str>,
) -> Result<Vec<u8>> {
    let odd = || Error::new("the library makes odd certificates");
    let digest = digest.unwrap_or("sha256");
    let text = openssl::text(&["pkey", "-noout", "-text"], key)?;
    let (_, with_rsa, with_ecdsa) = ALGORITHMS
        .iter()
        .find(|(name, ..)| *name == digest)
        .ok_or_else(|| Error::new(format!("`{digest}` is no digest that can be signed")))?;
    let algorithm = if text.contains("ASN1 OID") { with_ecdsa } else { with_rsa };
    let to_be_signed = elements(certificate).and_then(|whole| elements(whole.first()?));
    let mut fields = to_be_signed.ok_or_else(odd)?;
    // After version and serial number; the public key follows issuer, validity and subject.
    *fields.get_mut(2).ok_or_else(odd)? = algorithm;
    if let Some(public) = public {
        *fields.get_mut(6).ok_or_else(odd)? = public;
    }
    let to_be_signed = element(SEQUENCE, &fields.concat());
    let file = openssl::file(key)?;
    let path = file.path().to_string_lossy().into_owned();
    let signature = openssl::run(&["dgst", &format!("-{digest}"), "-sign", &path], &to_be_signed)?;
    let signature = element(BIT_STRING, &[&[0], &*signature].concat());
    Ok(element(SEQUENCE, &[&*to_be_signed, algorithm, &*signature].concat()))
}

/// The elements in an element, each with its tag and length.
fn elements(element: &[u8]) -> Option<Vec<&[u8]>> {
    let (start, end) = extent(element)?;
    let mut rest = element.get(start..end)?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (_, end) = extent(rest)?;
        elements.push(rest.get(..end)?);
        rest = &rest[end..];
    }
    Some(elements)
}

/// Where the contents of the first element start and end.
fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*bytes.get(1)?);
    let Some(count) = first.checked_sub(0x80) else { return Some((2, 2 + first)) };
    let length = bytes.get(2..2 + count)?;
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    Some((2 + count, 2 + count + length))
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let mut element = vec![tag];
    if length >= 0x80 {
        element.push(0x80 | bytes[significant..].len().to_le_bytes()[0]);
    }
    element.extend_from_slice(&bytes[significant..]);
    element.extend_from_slice(contents);
    element
}
