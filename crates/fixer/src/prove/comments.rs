//! Edits that nginx does not notice: those of comments.

use model::{SourceFile, Sources};
use rules::{Edit, Fix};

/// Whether a fix changes nothing but comments, so that nginx reads the same words as before.
pub(super) fn is_of_comments(sources: &Sources, fix: &Fix) -> bool {
    let is_of_comment = |edit: &Edit| is_of_comment(sources.file(edit.span.file), edit);
    !fix.edits.is_empty() && fix.new_files().is_empty() && fix.edits.iter().all(is_of_comment)
}

/// Whether an edit changes the words of a comment, or takes away all of it and blanks around it.
fn is_of_comment(file: &SourceFile, edit: &Edit) -> bool {
    let (start, end) = (edit.span.start, edit.span.end);
    let comments = file.tree.comments();
    let first = comments.partition_point(|comment| comment.end <= start);
    let Some(comment) = comments.get(first) else { return false };
    if edit.replacement.contains(&b'\n') {
        return false;
    }
    // Its `#` stays, and its end does.
    if comment.start < start && end <= comment.end {
        return true;
    }
    let text = |from: u32, to: u32| &file.bytes[from as usize..to as usize];
    let is_blank = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b' ' | b'\t'));
    if !edit.replacement.is_empty()
        || comment.start < start
        || !is_blank(text(start, comment.start))
    {
        return false;
    }
    if end <= comment.end {
        // What is left of it would be read.
        return comment.start < end && text(end, comment.end).iter().all(|&byte| byte == b'\r');
    }
    let is_line_start = start == 0 || file.bytes[start as usize - 1] == b'\n';
    is_line_start && text(comment.end, end) == b"\n"
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::{Memory, load};
    use parser::{FileId, Span};

    use super::*;

    /// Whether it is for comments alone to write `replacement` in place of `text`, which stands in a file
    /// once.
    fn is_for_comments(file: &str, text: &str, replacement: &str) -> bool {
        let path = Path::new("/etc/nginx/nginx.conf");
        let sources = load(&[path.to_owned()], &Memory::new().file(path, file)).remove(0);
        let at = file.find(text).expect("the text is in the file") as u32;
        let span = Span::new(FileId(0), at, at + text.len() as u32);
        let edits = vec![Edit::replace(span, replacement)];
        is_of_comments(&sources, &Fix { edits, ..Fix::default() })
    }

    #[test]
    fn comments_go_whole_or_with_their_lines() {
        let file = "a;\n  # one, two\nb; # three\r\nc;\n# four\n";
        for text in ["  # one, two\n", "# one, two", " # three", "# four\n", "# four"] {
            assert!(is_for_comments(file, text, ""), "{text:?}");
        }
        assert!(is_for_comments(file, "one, two", "two"));
        assert!(is_for_comments(file, ", two", ""));
    }

    #[test]
    fn what_else_is_edited_is_more_than_a_comment() {
        let file = "a;\n  # one, two\nb; # three\nc d;\ne \"# five\";\n";
        for (text, replacement) in [
            ("# one", ""),
            ("# one, two\n", ""),
            (" # three\n", ""),
            (" three\n", ""),
            ("; # three", ""),
            ("one", "one\nreturn 404;"),
            ("# one, two", "return 404;"),
            (" d", ""),
            ("# five", ""),
            ("a;\n  # one, two\n", ""),
        ] {
            assert!(!is_for_comments(file, text, replacement), "{text:?} {replacement:?}");
        }
        assert!(!is_for_comments(file, "a", "a"), "not even if nothing changes");
    }
}
