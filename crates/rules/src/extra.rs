//! Directives of modules that nobody but the user knows.

use model::{Context, Directive, Refusal, directive_table::Arity};

/// A directive of a module that nobody but the user knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraDirective {
    /// Its name.
    pub name: String,
    /// Where it may stand.
    pub contexts: Vec<Context>,
    /// How many arguments it takes.
    pub arguments: Arity,
    /// Whether a block follows instead of a semicolon.
    pub has_block: bool,
}

impl ExtraDirective {
    fn may_stand_in(&self, context: Context) -> bool {
        self.contexts.contains(&Context::Any) || self.contexts.contains(&context)
    }
}

/// What the user says of a directive that is not in the table; `None` if that is nothing.
pub(crate) fn declared<'e>(
    all: &'e [ExtraDirective],
    directive: Directive<'_>,
) -> Option<&'e ExtraDirective> {
    if all.is_empty() {
        return None;
    }
    let name = directive.name_text();
    all.iter().find(|one| one.name.as_bytes() == &*name)
}

/// Why nginx refuses such a directive here, if it does, in the order in which it looks.
pub(crate) fn refusal(
    extra: &ExtraDirective,
    directive: Directive<'_>,
    context: Context,
) -> Option<Refusal> {
    if !extra.may_stand_in(context) {
        return Some(Refusal::Misplaced);
    }
    match (directive.has_block(), extra.has_block) {
        (true, false) => return Some(Refusal::NotTerminated),
        (false, true) => return Some(Refusal::WithoutBlock),
        _ => {}
    }
    if !extra.arguments.accepts(directive.arg_count()) {
        return Some(Refusal::ArgumentCount);
    }
    let is_flag_right = || {
        let value = directive.arg(0).unwrap_or_default();
        value.eq_ignore_ascii_case(b"on") || value.eq_ignore_ascii_case(b"off")
    };
    (extra.arguments.is_flag() && !is_flag_right()).then_some(Refusal::NotAFlag)
}
