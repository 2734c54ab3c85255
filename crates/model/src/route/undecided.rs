//! Why a request cannot be followed further.

use crate::{config::Directive, directive_table::name, listen::Listen};

/// Why a request cannot be followed further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undecided<'c> {
    pub(super) because: String,
    pub(super) at: Option<Directive<'c>>,
}

impl<'c> Undecided<'c> {
    /// An `include` of which nothing was read may hold anything.
    pub(super) fn unread(include: Directive<'c>) -> Self {
        Self { because: "what it includes was not read".to_owned(), at: Some(include) }
    }

    /// A server of `stream` or `mail` may hand a connection on to anybody.
    pub(super) fn outside(listen: &Listen<'c>) -> Self {
        let mut around = std::iter::successors(listen.directive, |inner| inner.parent());
        let is_of_mail = around.any(|outer| outer.name() == name::MAIL);
        let block = if is_of_mail { "mail" } else { "stream" };
        let because = format!("a server of `{block}` listens on port {}", listen.address.port());
        Self { because, at: listen.directive }
    }
}
