//! The edits of a fix as a few lines with `-` and `+`.

use std::collections::BTreeMap;

use parser::FileId;
use rules::{Edit, Fix};

use crate::report::{Configuration, File, Look, Report, look::Paint, printable, text::line};

/// Lines shown of a fix; the patch has them all.
const LINES: usize = 16;

/// Draws the lines that a fix changes, without context, file by file.
pub(super) fn draw(
    look: Look,
    report: &Report<'_>,
    configuration: &Configuration<'_>,
    fix: &Fix,
) -> String {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut lines = Vec::new();
    for (id, mut edits) in by_file {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let file = configuration.file(id);
        for edits in edits.chunk_by(|left, right| last_line(file, left) >= first_line(file, right))
        {
            lines.extend(changed_lines(look, file, edits));
        }
    }
    for file in fix.new_files() {
        let heading = format!("{}, a new file", printable::path(report.shown.path(&file.path)));
        lines.push(format!("     {}\n", look.paint(Paint::Dim, &heading)));
        let added = file.contents.split_inclusive(|byte| *byte == b'\n');
        lines.extend(added.map(|line| changed_line(look, '+', Paint::Added, line)));
    }
    let left_out = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    if left_out > 0 {
        lines.push(format!("       … and {}\n", super::summary::count(left_out, "line")));
    }
    lines.concat()
}

fn first_line(file: &File<'_>, edit: &Edit) -> u32 {
    file.lines().position(edit.span.start).line
}

fn last_line(file: &File<'_>, edit: &Edit) -> u32 {
    file.lines().position(edit.span.end).line
}

/// The heading and the lines for edits that touch the same lines.
fn changed_lines(look: Look, file: &File<'_>, edits: &[&Edit]) -> Vec<String> {
    let first = first_line(file, edits[0]);
    let last = last_line(file, edits[edits.len() - 1]);
    let (lines, bytes) = (file.lines(), file.shown());
    let start = lines.start_of(first).unwrap_or(0) as usize;
    let end = lines.start_of(last + 1).map_or(bytes.len(), |next| next as usize);
    let mut after = Vec::new();
    let mut at = start;
    for edit in edits {
        after.extend_from_slice(&bytes[at..(edit.span.start as usize).max(at)]);
        after.extend_from_slice(&edit.replacement);
        at = edit.span.end as usize;
    }
    after.extend_from_slice(&bytes[at..end.max(at)]);

    let before: Vec<_> = bytes[start..end].split_inclusive(|byte| *byte == b'\n').collect();
    let after: Vec<_> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let same_start = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[same_start..], &after[same_start..]);
    let same_end =
        before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[..before.len() - same_end], &after[..after.len() - same_end]);

    let heading = format!("{}:{}", printable::path(&file.path), first as usize + same_start);
    let mut drawn = vec![format!("     {}\n", look.paint(Paint::Dim, &heading))];
    let removed = before.iter().map(|line| ('-', Paint::Removed, line));
    let added = after.iter().map(|line| ('+', Paint::Added, line));
    let changed = removed.chain(added);
    drawn.extend(changed.map(|(sign, paint, bytes)| changed_line(look, sign, paint, bytes)));
    drawn
}

fn changed_line(look: Look, sign: char, paint: Paint, bytes: &[u8]) -> String {
    let text = line::show(look, bytes.trim_ascii_end(), &[], look.source_width - 7).text;
    let text = format!("{sign} {text}");
    format!("     {}\n", look.paint(paint, text.trim_end()))
}
