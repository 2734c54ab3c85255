//! The shape of what is written in DER (X.690), without its meaning.

pub(crate) const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;
pub(crate) const OCTET_STRING: u8 = 4;
const OBJECT_IDENTIFIER: u8 = 6;
pub(crate) const ENUMERATED: u8 = 10;
pub(crate) const SEQUENCE: u8 = 0x30;

/// What a file holds that is written in DER, not in PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerKind {
    /// A certificate.
    Certificate,
    /// A request for a certificate (PKCS #10).
    Request,
    /// A private key.
    PrivateKey,
    /// A private key with a password.
    EncryptedKey,
    /// Certificates in PKCS #7.
    Pkcs7,
    /// A key with its certificates in PKCS #12, as `.p12` and `.pfx` files do.
    Pkcs12,
}

/// Whether bytes begin with a sequence that ends before they do.
pub(crate) fn is_whole(der: &[u8]) -> bool {
    element(der).is_some_and(|(tag, ..)| tag == SEQUENCE)
}

/// What bytes in DER are, as far as their shape tells.
pub(crate) fn kind(der: &[u8]) -> Option<DerKind> {
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    // Some write PKCS #12 and PKCS #7 in BER, without a length.
    let inside = match der.strip_prefix(&[SEQUENCE, 0x80]) {
        Some(inside) => inside,
        None => element(der).filter(|&(tag, ..)| tag == SEQUENCE)?.1,
    };
    let (first, content, rest) = element(inside)?;
    let second = rest.first().copied();
    match (first, content, second) {
        (INTEGER, [3], Some(SEQUENCE)) => Some(DerKind::Pkcs12),
        (OBJECT_IDENTIFIER, SIGNED_DATA, _) => Some(DerKind::Pkcs7),
        (INTEGER, [0 | 1], Some(SEQUENCE | INTEGER | OCTET_STRING)) => Some(DerKind::PrivateKey),
        (SEQUENCE, _, Some(OCTET_STRING)) => Some(DerKind::EncryptedKey),
        (SEQUENCE, signed, Some(SEQUENCE)) => {
            let (.., signature) = element(rest)?;
            (signature.first() == Some(&BIT_STRING)).then_some(())?;
            // Of the two only a request begins with a version right inside.
            let is_request = element(signed).is_some_and(|(tag, content, rest)| {
                (tag, content, rest.first()) == (INTEGER, &[0], Some(&SEQUENCE))
                    && element(rest).is_some_and(|(.., rest)| {
                        element(rest).is_some_and(|(_, key, _)| key.first() == Some(&SEQUENCE))
                            && element(rest).is_some_and(|(.., rest)| rest.first() == Some(&0xa0))
                    })
            });
            Some(if is_request { DerKind::Request } else { DerKind::Certificate })
        }
        _ => None,
    }
}

/// The length in bits of the number with which a sequence begins.
pub(crate) fn first_number_bits(der: &[u8]) -> Option<u32> {
    let (_, inside, _) = element(der)?;
    let (_, number, _) = element(inside).filter(|&(tag, ..)| tag == INTEGER)?;
    let first = number.iter().position(|&byte| byte != 0)?;
    Some((number.len() - first) as u32 * 8 - number[first].leading_zeros())
}

/// The tag, the content and what follows the first element; `None` if it is longer than all there
/// is.
pub(crate) fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
