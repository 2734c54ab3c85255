//! Takes away comments that silence nothing.

use model::Sources;
use parser::Span;

use super::{Allow, Allows};
use crate::{Applicability, Edit, Fix};

/// Takes the names with these numbers out of a comment, or removes it if no other is in it; `None` if
/// something else has to be done to it first.
pub(crate) fn removal(
    sources: &Sources,
    allows: &Allows,
    allow: &Allow,
    unused: &[usize],
) -> Option<Fix> {
    let Span { file, start, end } = allow.span;
    let is_inside = |span: Span| span.file == file && start <= span.start && span.end <= end;
    if allows.malformed.iter().any(|malformed| is_inside(malformed.span)) {
        return None;
    }
    let (title, edit) = if unused.len() == allow.rules.len() {
        ("remove the comment".to_owned(), Edit::replace(whole(sources, allow.span), ""))
    } else {
        let numbered = allow.rules.iter().enumerate();
        let kept: Vec<_> =
            numbered.filter(|(at, _)| !unused.contains(at)).map(|(_, (id, _))| *id).collect();
        let [(_, first), .., (_, last)] = &allow.rules[..] else { return None };
        let names = Span::new(file, first.start, last.end);
        (format!("leave only `{}` in it", kept.join("`, `")), Edit::replace(names, kept.join(", ")))
    };
    let applicability = Applicability::Safe;
    Some(Fix { title, applicability, edits: vec![edit], ..Fix::default() })
}

/// A comment with the blanks in front of it; with its line, if there is nothing else on it.
fn whole(sources: &Sources, comment: Span) -> Span {
    let bytes = &sources.file(comment.file).bytes;
    let before = &bytes[..comment.start as usize];
    let text = before.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'));
    let start = text.map_or(0, |at| at + 1);
    if text.is_some_and(|at| bytes[at] != b'\n') {
        return Span::new(comment.file, start as u32, comment.end);
    }
    let rest = &bytes[comment.end as usize..];
    let line_end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
    Span::new(comment.file, start as u32, comment.end + line_end as u32)
}
