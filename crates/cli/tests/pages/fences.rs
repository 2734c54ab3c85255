//! The code blocks of a page in Markdown.

/// A code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What stands behind the opening fence, such as `nginx,bad`.
    pub(crate) info: String,
    /// The lines between the fences.
    pub(crate) text: String,
}

/// A page in pieces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// A line outside of code blocks, without its line feed.
    Line(&'t str),
    /// A code block.
    Block(Block),
}

/// A page, cut into lines and code blocks.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            pieces.push(Piece::Line(line));
            continue;
        };
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let text = inside.flat_map(|line| [line, "\n"]).collect();
        pieces.push(Piece::Block(Block { info: info.to_owned(), text }));
    }
    pieces
}

/// The code blocks of a page.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let block = |piece| match piece {
        Piece::Block(block) => Some(block),
        Piece::Line(_) => None,
    };
    pieces(text).into_iter().filter_map(block).collect()
}

/// A code block as it is written.
pub(crate) fn fenced(info: &str, text: &str) -> String {
    assert!(text.lines().all(|line| !line.starts_with("```")), "a fence in a fence:\n{text}");
    let text = text.trim_end_matches('\n');
    format!("```{info}\n{text}\n```\n")
}
