//! Configurations as text, indented.

use std::fmt::Display;

/// A configuration that is being written.
pub(super) struct Text {
    written: String,
    indent: &'static str,
    depth: usize,
}

impl Text {
    pub(super) fn new(indent: &'static str) -> Self {
        Self { written: String::new(), indent, depth: 0 }
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: impl Display) {
        self.written.extend(std::iter::repeat_n(self.indent, self.depth));
        self.written += &line.to_string();
        self.written.push('\n');
    }

    /// Adds several lines.
    pub(super) fn lines(&mut self, lines: &[&str]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.written.push('\n');
    }

    /// Adds a block.
    pub(super) fn block(&mut self, head: impl Display, content: impl FnOnce(&mut Self)) {
        self.line(format_args!("{head} {{"));
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.line("}");
    }

    pub(super) fn finish(self) -> String {
        self.written
    }
}
