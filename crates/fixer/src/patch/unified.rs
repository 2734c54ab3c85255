//! The unified diff of one file, in git's style and byte for byte.

use std::{
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use similar::{Algorithm, DiffOp, capture_diff, group_diff_ops, udiff::UnifiedHunkHeader};

use super::FilePatch;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

pub(super) fn write(file: &FilePatch, base: &Path, out: &mut dyn Write) -> io::Result<()> {
    let before = lines(file.before.as_deref().unwrap_or_default());
    let after = lines(&file.after);
    let (mut old_name, new_name) = names(&file.path, base);
    if file.before.is_none() {
        old_name = b"/dev/null".to_vec();
    }
    // Without the line `diff --git`: git takes its names from the top of the repository, so that
    // `git apply` run further down would pass over the file and not say so. But only such a line can
    // say that a new file is a program.
    if file.is_executable {
        let (old_name, _) = names(&file.path, base);
        let header = [b"diff --git ", &*old_name, b" ", &*new_name, b"\nnew file mode 100755\n"];
        out.write_all(&header.concat())?;
    }
    out.write_all(&[b"--- ", &*old_name, b"\n+++ ", &*new_name, b"\n"].concat())?;

    for hunk in group_diff_ops(changes(&before, &after), CONTEXT) {
        writeln!(out, "{}", UnifiedHunkHeader::new(&hunk))?;
        for change in hunk.iter().flat_map(|changes| changes.iter_changes(&before, &after)) {
            write!(out, "{}", change.tag())?;
            let line: &[u8] = change.value();
            out.write_all(line)?;
            if !line.ends_with(b"\n") {
                out.write_all(b"\n\\ No newline at end of file\n")?;
            }
        }
    }
    Ok(())
}

/// The lines with their ends. To `patch` and git a lone carriage return ends no line.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// What leads from the old lines to the new ones. Only the lines between the first change and the
/// last are compared by the algorithm, because most files are long and change in one place.
fn changes(before: &[&[u8]], after: &[&[u8]]) -> Vec<DiffOp> {
    let count_same = |pairs: &mut dyn Iterator<Item = (&&[u8], &&[u8])>| {
        pairs.take_while(|(old, new)| old == new).count()
    };
    let start = count_same(&mut before.iter().zip(after));
    let end = count_same(&mut before[start..].iter().rev().zip(after[start..].iter().rev()));
    let (old_end, new_end) = (before.len() - end, after.len() - end);

    let mut changes = vec![DiffOp::Equal { old_index: 0, new_index: 0, len: start }];
    // Of the algorithms, this is the one that stays fast with thousands of changes in a large file.
    let algorithm = Algorithm::Patience;
    changes.extend(capture_diff(algorithm, before, start..old_end, after, start..new_end));
    changes.push(DiffOp::Equal { old_index: old_end, new_index: new_end, len: end });
    changes
}

/// The old and the new name as they stand in the header.
fn names(path: &Path, base: &Path) -> (Vec<u8>, Vec<u8>) {
    let name = path.strip_prefix(base).unwrap_or(path).as_os_str().as_bytes();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let (old, new) = ([b"a/", name].concat(), [b"b/", name].concat());
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if name.iter().all(is_plain) { (old, new) } else { (quoted(&old), quoted(&new)) }
}

/// A name in quotes, with git's escapes. Unlike git we also quote names with blanks: from a name
/// that is not quoted `patch` drops the blanks at its end.
fn quoted(name: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in name {
        match byte {
            b'"' | b'\\' => quoted.extend([b'\\', byte]),
            0x07 => quoted.extend(b"\\a"),
            0x08 => quoted.extend(b"\\b"),
            b'\t' => quoted.extend(b"\\t"),
            b'\n' => quoted.extend(b"\\n"),
            0x0b => quoted.extend(b"\\v"),
            0x0c => quoted.extend(b"\\f"),
            b'\r' => quoted.extend(b"\\r"),
            b' '..=b'~' => quoted.push(byte),
            _ => quoted.extend(format!("\\{byte:03o}").bytes()),
        }
    }
    quoted.push(b'"');
    quoted
}
