//! What a comment is about: the file or block that it heads, or a line.

use std::ops::Range;

use parser::{DirectiveId, Tree};

/// The stretch of a file that a comment at `at..` is about; `None` if nothing comes after it.
///
/// - Before the first directive of a file: the file.
/// - Before the first directive of a block: the block, and the directive that opens it.
/// - Behind something on its line: that line, and all of a statement that ends or goes on there.
/// - Else: what the next directive says up to its `;` or `{`.
pub(super) fn of_comment(tree: &Tree, bytes: &[u8], at: u32) -> Option<Range<u32>> {
    let directives = tree.directives();
    let next = directives.partition_point(|directive| directive.start < at);
    let Some(last) = next.checked_sub(1).map(|last| DirectiveId(last as u32)) else {
        return Some(0..bytes.len() as u32);
    };
    let block = block_around(tree, last, at);
    if block == Some(last) {
        let directive = tree.directive(last);
        return Some(directive.start..directive.end);
    }
    let before = &bytes[..at as usize];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let is_behind = before[line..].iter().any(|byte| !byte.is_ascii_whitespace());
    let directive = tree.directive(last);
    let is_inside = directive.block.is_none() && at < directive.end;
    if is_inside {
        return Some(directive.start..directive.end);
    }
    if is_behind {
        let line = line as u32;
        // A statement that began on an earlier line.
        let goes_on = directive.block.map_or(directive.end, |block| block.open + 1) > line;
        let first = before_line(tree, last, line);
        let start = if goes_on { first.min(directive.start) } else { line };
        return Some(start.min(line)..at);
    }
    let following = directives.get(next)?;
    if tree.parent(DirectiveId(next as u32)) != block {
        return None;
    }
    let end = following.block.map_or(following.end, |block| block.open + 1);
    Some(following.start..end)
}

/// The start of the first directive that says something on a line that begins at `line`, going back
/// from `last`.
fn before_line(tree: &Tree, last: DirectiveId, line: u32) -> u32 {
    let says_there = |id: &u32| {
        let directive = tree.directive(DirectiveId(*id));
        directive.block.map_or(directive.end, |block| block.open + 1) > line
    };
    let ids = (0..=last.0).rev().take_while(says_there);
    ids.last().map_or(line, |id| tree.directive(DirectiveId(id)).start)
}

/// The innermost directive whose block holds an offset, given the last directive that starts before it.
fn block_around(tree: &Tree, last: DirectiveId, at: u32) -> Option<DirectiveId> {
    let holds = |id: &DirectiveId| {
        tree.directive(*id).block.is_some_and(|block| block.open < at && at <= block.close)
    };
    std::iter::successors(Some(last), |&id| tree.parent(id)).find(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the comment with `ALLOW` in a text is about.
    fn about(text: &str) -> Option<&str> {
        let at = text.find("# ALLOW").expect("there is a comment") as u32;
        let range = of_comment(&parser::parse(text.as_bytes()), text.as_bytes(), at)?;
        Some(&text[range.start as usize..range.end as usize])
    }

    #[test]
    fn a_comment_at_the_head_of_a_file_is_about_the_file() {
        for text in ["# ALLOW\na;\nb;\n", "# other\n\n# ALLOW\n\nserver {\n}\n", "# ALLOW"] {
            assert_eq!(about(text), Some(text));
        }
    }

    #[test]
    fn a_comment_at_the_head_of_a_block_is_about_the_block() {
        assert_eq!(about("a;\nb c {\n  # ALLOW\n  d;\n}\ne;"), Some("b c {\n  # ALLOW\n  d;\n}"));
        assert_eq!(about("a; b { # ALLOW\n  d;\n}"), Some("b { # ALLOW\n  d;\n}"));
        assert_eq!(about("b {\n  # other\n  # ALLOW\n}"), Some("b {\n  # other\n  # ALLOW\n}"));
    }

    #[test]
    fn a_comment_behind_something_is_about_its_line() {
        assert_eq!(about("a {\n  b; c d; # ALLOW\n  e;\n}"), Some("  b; c d; "));
        assert_eq!(about("a {\n  b;\n  c\n   d; # ALLOW\n}"), Some("c\n   d; "));
        assert_eq!(about("a;\nb { c; } # ALLOW\nd;"), Some("b { c; } "));
        assert_eq!(about("a;\nb {\n  c;\n} # ALLOW\nd;"), Some("} "));
        assert_eq!(about("a;\nb c # ALLOW\n  d;\ne;"), Some("b c # ALLOW\n  d;"));
        assert_eq!(about("a;\nb\n  {} c; # ALLOW\n"), Some("b\n  {} c; "));
    }

    #[test]
    fn a_comment_on_its_own_line_is_about_the_next_directive() {
        assert_eq!(about("a;\n# ALLOW\nb c;\nd;"), Some("b c;"));
        assert_eq!(about("a;\n# ALLOW\n# other\n\nb c {\n  d;\n}"), Some("b c {"));
        assert_eq!(about("a {\n  b;\n  # ALLOW\n}\nc;"), None);
        assert_eq!(about("a;\n# ALLOW\n"), None);
    }
}
