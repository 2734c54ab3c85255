//! The PEM blocks of a file as OpenSSL finds them.

use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

mod lines;

use lines::Lines;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// A block from `-----BEGIN …-----` to `-----END …-----`.
#[derive(Debug)]
pub(crate) struct Block<'b> {
    /// What stands after `BEGIN`.
    pub(crate) label: &'b [u8],
    /// The line of `BEGIN`, counted from 1.
    pub(crate) line: usize,
    /// What stands before the first empty line, if that makes it a header, and the base64 text
    /// without white space; that of a key is for the caller to wipe.
    pub(crate) body: Result<(Header, Vec<u8>), Damage>,
}

/// What stands between `BEGIN` and the data (RFC 1421).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Nothing.
    None,
    /// The data are encrypted.
    Encrypted,
    /// Something that OpenSSL does not take.
    Other,
}

/// What keeps OpenSSL from reading a block to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The file ends before the block does.
    Unended,
    /// The next block begins on the line on which this one ends.
    Glued,
    /// The line that ends it names something else, or says more.
    EndLine,
    /// Empty lines, or lines of uneven length, where there is a header.
    Lines,
    /// There is a header, and none that OpenSSL takes.
    Header,
    /// The data are not base64.
    Base64,
    /// The data are not what the label says.
    Contents,
    /// It has no data.
    Empty,
}

/// Goes through the blocks of a file as `PEM_read_bio_ex` does when it is called again and again,
/// even after it has failed.
pub(crate) fn blocks<'b>(bytes: &'b [u8], mut visit: impl FnMut(Block<'b>)) {
    let mut lines = Lines::of(bytes);
    while let Some((label, line)) = begin(&mut lines) {
        visit(Block { label, line, body: body(&mut lines, label) });
    }
}

/// The data of a block (`EVP_DecodeUpdate`): a dash ends them, and bits that are left do not matter.
pub(crate) fn decode(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Damage> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let end = memchr::memchr(b'-', text).unwrap_or(text.len());
    let mut bytes = Zeroizing::new(vec![0; text.len() / 4 * 3 + 3]);
    let length = ENGINE.decode_slice(&text[..end], &mut bytes).map_err(|_| Damage::Base64)?;
    bytes.truncate(length);
    if length == 0 { Err(Damage::Empty) } else { Ok(bytes) }
}

/// Skips everything up to the next line that begins a block (`get_name`).
fn begin<'b>(lines: &mut Lines<'b>) -> Option<(&'b [u8], usize)> {
    let mut line = lines.next()?;
    // It may be that of a file appended to another one, too.
    line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    loop {
        let label = trimmed(line).strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES));
        if let Some(label) = label {
            return Some((label, lines.number()));
        }
        line = lines.next()?;
    }
}

/// The rest of a block (`get_header_and_data`).
fn body(lines: &mut Lines<'_>, label: &[u8]) -> Result<(Header, Vec<u8>), Damage> {
    /// The longest line of data where there is a header.
    const LONGEST: usize = 64;
    #[derive(PartialEq)]
    enum At {
        Start,
        Header,
        Data,
    }
    let length = memchr::memmem::find(lines.rest(), END).unwrap_or(lines.rest().len());
    // There is room for all, so that nothing has to move and leave a copy.
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    let mut header = Zeroizing::new(Vec::new());
    let (mut at, mut is_last, mut was_partial) = (At::Start, false, false);
    loop {
        let raw = lines.next().ok_or(Damage::Unended)?;
        let line = trimmed(raw);
        let follows_partial = std::mem::replace(&mut was_partial, lines.is_partial());
        if at == At::Start && raw.contains(&b':') {
            at = At::Header;
        }
        if line.is_empty() {
            if follows_partial {
                continue;
            }
            if at == At::Data {
                return Err(Damage::Lines);
            }
            header = std::mem::replace(&mut text, Zeroizing::new(Vec::with_capacity(length)));
            at = At::Data;
            continue;
        }
        if let Some(rest) = line.strip_prefix(END) {
            if rest.strip_prefix(label) == Some(DASHES) {
                break;
            }
            let is_glued = rest
                .strip_prefix(label)
                .and_then(|rest| rest.strip_prefix(DASHES))
                .is_some_and(|rest| rest.starts_with(b"-----BEGIN"));
            return Err(if is_glued { Damage::Glued } else { Damage::EndLine });
        }
        if is_last || at == At::Data && line.len() > LONGEST {
            return Err(Damage::Lines);
        }
        is_last = at == At::Data && line.len() < LONGEST;
        if memchr::memchr3(b' ', b'\t', b'\r', line).is_none() {
            text.extend_from_slice(line);
        } else {
            text.extend(line.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r')));
        }
    }
    // A header goes on until an empty line.
    if at == At::Header {
        return Err(Damage::Header);
    }
    let header = match &**header {
        b"" => Header::None,
        header if header.starts_with(b"Proc-Type:4,ENCRYPTED") => Header::Encrypted,
        _ => Header::Other,
    };
    Ok((header, std::mem::take(&mut *text)))
}

/// A line without what ends it: white space, control characters and, since characters are signed on
/// most machines, bytes beyond ASCII (`sanitize_line`).
fn trimmed(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| (b'!'..=0x7f).contains(byte));
    &line[..end.map_or(0, |end| end + 1)]
}
