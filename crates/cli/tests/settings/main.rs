//! Settings as users meet them: which file is taken, what it does, and what its page says.

mod baseline;
mod comments;
mod page;
mod program;
mod told;
