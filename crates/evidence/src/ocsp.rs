//! OCSP responses (RFC 6960), as `ssl_stapling_file` names them: in DER.

use x509_parser::{prelude::FromDer, time::ASN1Time};

use crate::der::{self, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE};

/// A response, as far as it can be understood; its signature is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcspResponse {
    /// Whether the responder has answered at all, and not that it is busy or the like.
    pub is_successful: bool,
    /// What it says of each certificate.
    pub responses: Vec<SingleResponse>,
}

/// What a response says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleResponse {
    /// The number that the issuer gave it, most significant byte first.
    pub serial: Box<[u8]>,
    /// `nextUpdate`: until when this is good, in seconds since 1970; `None` if newer responses are
    /// always to be had.
    pub next_update: Option<i64>,
}

impl OcspResponse {
    /// The response that OpenSSL reads from the start of a file (`d2i_OCSP_RESPONSE_bio`); what is inside
    /// and not understood is left out. `None` if it refuses the file.
    pub(crate) fn of_der(bytes: &[u8]) -> Option<Self> {
        let inside = sequence(bytes)?.0;
        let (_, status, rest) = tagged(inside, ENUMERATED)?;
        if rest.is_empty() {
            return Some(Self { is_successful: status == [0], ..Self::default() });
        }
        let (_, bytes, _) = tagged(rest, EXPLICIT)?;
        let responses = responses(bytes).unwrap_or_default();
        Some(Self { is_successful: status == [0], responses })
    }
}

/// `[0]` around another element.
const EXPLICIT: u8 = 0xa0;

/// The `SingleResponse`s in `ResponseBytes`.
fn responses(bytes: &[u8]) -> Option<Vec<SingleResponse>> {
    let (_, _, rest) = der::element(sequence(bytes)?.0)?;
    let (_, basic, _) = tagged(rest, OCTET_STRING)?;
    let mut data = sequence(sequence(basic)?.0)?.0;
    if let Some((_, _, rest)) = tagged(data, EXPLICIT) {
        data = rest; // the version
    }
    let (_, _, rest) = der::element(data)?; // who says it
    let (_, _, rest) = der::element(rest)?; // when
    let mut rest = sequence(rest)?.0;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (response, next) = sequence(rest)?;
        all.push(single(response)?);
        rest = next;
    }
    Some(all)
}

fn single(response: &[u8]) -> Option<SingleResponse> {
    let (mut identifier, rest) = sequence(response)?;
    for _ in ["algorithm", "hash of the issuer's name", "hash of its key"] {
        identifier = der::element(identifier)?.2;
    }
    let (_, serial, _) = tagged(identifier, INTEGER)?;
    let (_, _, rest) = der::element(rest)?; // good, revoked or unknown
    let (_, _, rest) = der::element(rest)?; // since when
    let next_update = match tagged(rest, EXPLICIT) {
        Some((_, time, _)) => Some(ASN1Time::from_der(time).ok()?.1.timestamp()),
        None => None,
    };
    Some(SingleResponse { serial: serial.into(), next_update })
}

/// The content of a sequence, and what follows it.
fn sequence(der: &[u8]) -> Option<(&[u8], &[u8])> {
    tagged(der, SEQUENCE).map(|(_, content, rest)| (content, rest))
}

/// The first element, if it has this tag.
fn tagged(der: &[u8], tag: u8) -> Option<(u8, &[u8], &[u8])> {
    der::element(der).filter(|element| element.0 == tag)
}
