/// Where every line of a file starts; made only for files that have something to report.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A place in a file as people count: both from 1, the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1. Lines end at LF, as nginx counts them.
    pub line: u32,
    /// The byte of the line, from 1.
    pub column: u32,
}

impl LineIndex {
    /// Finds the lines of `source`.
    pub fn new(source: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', source).map(|at| at as u32 + 1));
        Self { starts }
    }

    /// The line and column of a byte offset; an offset past the end belongs to the last line.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset);
        Position { line: line as u32, column: offset - self.starts[line - 1] + 1 }
    }

    /// The offset where a line starts, or `None` past the last line. Lines count from 1.
    pub fn start_of(&self, line: u32) -> Option<u32> {
        self.starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// How many lines there are; a file that ends in LF has an empty last one.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }
}
