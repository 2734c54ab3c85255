//! Finds the comments in the files.

use memchr::memmem::Finder;
use model::{SourceFile, Sources};
use parser::{FileId, Span};

use super::{
    Allow, Malformed, extent,
    text::{NAME, read, start},
};

/// The comments that silence rules, and those that do not although they are meant to.
pub(super) fn find(sources: &Sources) -> (Vec<Allow>, Vec<Malformed>) {
    let finder = Finder::new(NAME);
    let (mut allows, mut malformed) = (Vec::new(), Vec::new());
    for (id, file) in sources.files() {
        let mut seen = 0;
        for at in finder.find_iter(&file.bytes) {
            // One comment may have the name twice.
            if at >= seen
                && let Some(comment) = comment_at(file, at as u32)
            {
                seen = comment.end as usize;
                add(id, file, comment, (&mut allows, &mut malformed));
            }
        }
    }
    (allows, malformed)
}

/// The comment that an offset is in.
fn comment_at(file: &SourceFile, at: u32) -> Option<parser::Comment> {
    let comments = file.tree.comments();
    let last = comments.partition_point(|comment| comment.start <= at).checked_sub(1)?;
    Some(comments[last]).filter(|comment| at < comment.end)
}

fn add(
    id: FileId,
    file: &SourceFile,
    comment: parser::Comment,
    (allows, malformed): (&mut Vec<Allow>, &mut Vec<Malformed>),
) {
    let (from, to) = (comment.start as usize, comment.end as usize);
    let bytes = &file.bytes[from..to];
    let Some((hash, name_end)) = start(bytes) else { return };
    let said = read(&bytes[name_end..], from + name_end);
    let span = |range: std::ops::Range<usize>| Span::new(id, range.start as u32, range.end as u32);
    let mistakes = said.mistakes.into_iter();
    malformed.extend(mistakes.map(|(mistake, range)| Malformed { span: span(range), mistake }));
    if said.rules.is_empty() {
        return;
    }
    let end = from + bytes.trim_ascii_end().len();
    let covers = extent::of_comment(&file.tree, &file.bytes, comment.start);
    allows.push(Allow {
        span: span(from + hash..end),
        rules: said.rules.into_iter().map(|(rule, range)| (rule, span(range))).collect(),
        reason: said.reason,
        covers: covers.map(|range| Span::new(id, range.start, range.end)),
    });
}
