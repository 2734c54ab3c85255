//! The first line of a request, which nginx may refuse before it looks at anything else.

use super::run::{Next, Run, Undecided};
use crate::{directive_table::name, socket::SocketId};

/// `client_header_buffer_size` and the size of `large_client_header_buffers`, unless set.
const SHORT_LINE: usize = 1 << 10;
const LONG_LINE: usize = 8 << 10;

/// Which headers of a request nginx has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Headers {
    All,
    /// Those before the mistake for which it refuses the request.
    PartlyRead,
    /// None, because it refuses the first line.
    Unread,
}

impl<'c> Run<'_, 'c> {
    /// Why nginx refuses the first line of the request (`ngx_http_parse_request_line`,
    /// `ngx_http_alloc_large_header_buffer`).
    pub(super) fn line_refusal(&self) -> Option<(u16, &'static str)> {
        let request = self.request;
        let is_letter = |byte: &u8| byte.is_ascii_uppercase() || b"_-".contains(byte);
        if !request.method.iter().all(is_letter) {
            return Some((400, "the method is not in capital letters"));
        }
        let length = request.method.len() + request.target.len() + b"  HTTP/1.1\r\n".len();
        let server = self.server();
        let size = |name, index, default| {
            let argument = self.http.effective(server, name).and_then(|size| size.arg(index));
            argument.and_then(|size| bytes_of(&size)).unwrap_or(default)
        };
        let is_long = length > size(name::CLIENT_HEADER_BUFFER_SIZE, 0, SHORT_LINE)
            && length > size(name::LARGE_CLIENT_HEADER_BUFFERS, 1, LONG_LINE);
        is_long.then_some((414, "the URL is longer than `large_client_header_buffers` allows"))
    }

    /// A request whose first line nginx refuses.
    pub(super) fn refuse_line(
        &mut self,
        id: SocketId,
        status: u16,
        why: &str,
    ) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.enter(id, self.server);
        self.target = b"";
        let next = self.refuse(status, why);
        self.headers = Headers::Unread;
        next
    }
}

/// A size as nginx reads it: digits, and `k` or `m` behind them (`ngx_parse_size`).
fn bytes_of(size: &[u8]) -> Option<usize> {
    let (digits, shift) = match size {
        [digits @ .., b'k' | b'K'] => (digits, 10),
        [digits @ .., b'm' | b'M'] => (digits, 20),
        digits => (digits, 0),
    };
    let number: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    number.checked_shl(shift)
}
