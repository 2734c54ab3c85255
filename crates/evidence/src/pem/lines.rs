//! Lines as the C library hands them out.

/// The longest piece of a line that OpenSSL takes at once.
const LONGEST: usize = 254;

/// The lines of a file; long ones come in pieces, and a zero byte ends a piece (`BIO_gets`).
pub(super) struct Lines<'b> {
    rest: &'b [u8],
    number: usize,
    is_partial: bool,
}

impl<'b> Lines<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self { rest: bytes, number: 0, is_partial: false }
    }

    /// What has not been handed out yet.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// The number of the line that the last piece belongs to, counted from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Whether the last piece was not the end of its line.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }
}

impl<'b> Iterator for Lines<'b> {
    type Item = &'b [u8];

    /// The next piece with its line end; a piece that begins with a zero byte is the end.
    fn next(&mut self) -> Option<&'b [u8]> {
        let most = self.rest.len().min(LONGEST);
        let end = memchr::memchr(b'\n', &self.rest[..most]).map_or(most, |end| end + 1);
        let (piece, rest) = self.rest.split_at(end);
        if !self.is_partial {
            self.number += 1;
        }
        self.is_partial = end == LONGEST && !piece.ends_with(b"\n");
        self.rest = rest;
        let length = memchr::memchr(0, piece).unwrap_or(piece.len());
        (length > 0).then(|| &piece[..length])
    }
}
