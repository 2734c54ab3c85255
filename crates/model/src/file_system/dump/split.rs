//! Cuts what `nginx -T` prints into files.
//!
//! nginx writes `# configuration file PATH:` and a line feed before the bytes of each file, and a
//! line feed after them (`ngx_dump_config` in `main`). A comment of a file may look the same, so a
//! line counts only between statements outside of all blocks, where every file ends that nginx
//! takes.

use std::{borrow::Cow, collections::HashSet, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use memchr::memmem;
use parser::{Lexer, TokenKind};

use super::DumpError;

const HEAD: &[u8] = b"# configuration file ";

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'d> {
    /// The path as nginx writes it.
    pub(super) name: &'d [u8],
    /// The bytes of the file.
    pub(super) text: Cow<'d, [u8]>,
}

/// A line that looks like the head of a file.
#[derive(Clone, Copy)]
struct Head<'d> {
    name: &'d [u8],
    /// Where the line starts.
    start: usize,
    /// Where the next one does.
    end: usize,
}

/// The names in the lines that look like heads; none if a comment or a piece of a configuration
/// stands before the first.
pub(super) fn names(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let heads = heads(bytes, 0);
    let start = heads.clone().next().map_or(0, |head| head.start);
    let is_other = |line: &[u8]| !line.starts_with(b"#") && !is_configuration(line);
    let is_plain = bytes[..start].split(|&byte| byte == b'\n').all(is_other);
    heads.filter(move |_| is_plain).map(|head| head.name)
}

/// The files, in their order.
pub(super) fn parts(bytes: &[u8]) -> Result<Vec<Part<'_>>, DumpError> {
    let mut next = heads(bytes, 0).next();
    let Some(first) = next else { return Err(without_files(bytes)) };
    let mut before = bytes[..first.start].split(|&byte| byte == b'\n');
    if let Some(at) = before.position(is_configuration) {
        return Err(DumpError::HeadCut { line: at + 1 });
    }
    let bytes = without_last_messages(bytes);
    let (mut parts, mut seen) = (Vec::new(), HashSet::new());
    let mut is_sound = true;
    while let Some(head) = next {
        if !seen.insert(head.name) {
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..head.start]).count();
            let path = Path::new(OsStr::from_bytes(head.name)).to_owned();
            return Err(DumpError::Twice { path, line });
        }
        let after = |end: usize| heads(bytes, end).find(|other| other.name != head.name);
        next = if is_sound { head_after_file(bytes, head) } else { after(head.end) };
        if is_sound && next.is_none() && !ends_between(&bytes[head.end..]) {
            // A file that nginx would not take, or the part of one: each line has to do.
            is_sound = false;
            next = after(head.end);
        }
        let end = next.map_or(bytes.len(), |next| next.start);
        let text = &bytes[head.end.min(end)..end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let is_translated = bytes[..head.end].ends_with(b":\r\n");
        let text = if is_translated { untranslated(text) } else { Cow::Borrowed(text) };
        parts.push(Part { name: head.name, text });
    }
    Ok(parts)
}

/// The lines that look like heads, from an offset on where a line starts.
fn heads(bytes: &[u8], from: usize) -> impl Iterator<Item = Head<'_>> + Clone {
    let found = memmem::find_iter(&bytes[from.min(bytes.len())..], HEAD).map(move |at| from + at);
    found.filter_map(move |at| head_at(bytes, at))
}

fn head_at(bytes: &[u8], start: usize) -> Option<Head<'_>> {
    if start > 0 && bytes[start - 1] != b'\n' {
        return None;
    }
    let line = &bytes[start..];
    let end = memchr::memchr(b'\n', line).map_or(line.len(), |end| end + 1);
    let name = line[..end].strip_prefix(HEAD)?.trim_ascii_end().strip_suffix(b":")?;
    let is_file = Path::new(OsStr::from_bytes(name)).file_name().is_some();
    is_file.then_some(Head { name, start, end: start + end })
}

/// The head of the next file: the first one outside of everything that does not repeat this one, as
/// a comment does that came along when somebody copied from such an output.
fn head_after_file<'d>(bytes: &'d [u8], head: Head<'d>) -> Option<Head<'d>> {
    // Files are small against the whole, so that none is looked through beyond its end.
    let text = &bytes[head.end..];
    let mut depth = 0_usize;
    let mut is_between = true;
    for token in Lexer::new(text) {
        match token.kind {
            TokenKind::Comment if depth == 0 && is_between => {
                let other = head_at(bytes, head.end + token.start as usize);
                if let Some(other) = other.filter(|other| other.name != head.name) {
                    return Some(other);
                }
            }
            TokenKind::Blank | TokenKind::Comment | TokenKind::ByteOrderMark => {}
            TokenKind::Open => (depth, is_between) = (depth + 1, true),
            TokenKind::Close => (depth, is_between) = (depth.saturating_sub(1), true),
            TokenKind::Semicolon => is_between = true,
            TokenKind::BareWord | TokenKind::QuotedWord(_) | TokenKind::Lua => is_between = false,
        }
    }
    None
}

/// Whether a text ends between statements outside of all blocks.
fn ends_between(text: &[u8]) -> bool {
    parser::parse(text).errors().is_empty()
}

/// The bytes before a terminal made CR and LF of each LF.
fn untranslated(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => bytes.extend_from_slice(&[line, b"\n"].concat()),
            None => bytes.extend_from_slice(line),
        }
    }
    Cow::Owned(bytes)
}

/// Takes off what nginx says on standard error if it comes last, as over some connections.
fn without_last_messages(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    loop {
        let line = rest.strip_suffix(b"\n").unwrap_or(rest);
        let start = memchr::memrchr(b'\n', line).map_or(0, |at| at + 1);
        if !is_message(&line[start..]) {
            return rest;
        }
        rest = &rest[..start];
    }
}

/// Whether nginx or one of its kin says this on standard error when it tests a configuration.
fn is_message(line: &[u8]) -> bool {
    let Some(colon) = memmem::find(line, b": ") else { return false };
    let (program, said) = (&line[..colon], &line[colon + 2..]);
    let is_known = [&b"nginx"[..], b"angie", b"freenginx"].contains(&program);
    let starts: [&[u8]; 3] = [b"[", b"the configuration file ", b"configuration file "];
    is_known && starts.iter().any(|start| said.starts_with(start))
}

/// Whether a line ends a statement or a block or begins one, as hardly any line of a file does not,
/// and neither a prompt nor the greeting of a machine does.
fn is_configuration(line: &[u8]) -> bool {
    let kinds = Lexer::new(line).map(|token| token.kind);
    let last = kinds.filter(|kind| !matches!(kind, TokenKind::Blank | TokenKind::Comment)).last();
    let ends = matches!(last, Some(TokenKind::Semicolon | TokenKind::Open | TokenKind::Close));
    ends && !is_message(line)
}

fn without_files(bytes: &[u8]) -> DumpError {
    if bytes.trim_ascii().is_empty() {
        return DumpError::Empty;
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return DumpError::Utf16;
    }
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    match lines.find(|line| is_message(line) && memmem::find(line, b" [emerg] ").is_some()) {
        Some(said) => DumpError::Refused(String::from_utf8_lossy(said).into_owned()),
        None => DumpError::NoFile,
    }
}
