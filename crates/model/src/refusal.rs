//! What nginx says of a directive before it asks the directive's module.

use parser::DirectiveId;

use crate::{
    config::{Children, Directive, Standing},
    context::Body,
    directive_table::{
        Context, NAME_COUNT, Name, OLDEST_IN_USE, Record, Version, candidates, is_of_third_party,
        name, since,
    },
    kinds::Kinds,
};

/// Why nginx refuses a directive, in the order in which it looks (`ngx_conf_handler`): whatever the
/// release, and whichever of the known modules has the directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No module is known to have it.
    Unknown,
    /// It is known and may not stand here.
    Misplaced,
    /// A block follows where a semicolon should.
    NotTerminated,
    /// A block should follow.
    WithoutBlock,
    /// The number of arguments is wrong.
    ArgumentCount,
    /// The argument has to be `on` or `off`.
    NotAFlag,
}

impl Directive<'_> {
    /// Why nginx refuses this directive on a level of this context; `None` if it gets as far as to
    /// ask the directive's module.
    pub fn refusal(self, context: Context) -> Option<Refusal> {
        if self.name() == Name::UNKNOWN {
            return (!is_of_third_party(&self.name_text())).then_some(Refusal::Unknown);
        }
        let (has_block, count) = (self.has_block(), self.arg_count());
        if is_plainly_taken(self.name(), context, has_block, count) {
            return None;
        }
        let records = || candidates(self.name(), context);
        if records().next().is_none() {
            let is_documented_only = self.name().records().iter().any(is_of_commercial_nginx);
            return (!is_documented_only).then_some(Refusal::Misplaced);
        }
        if records().all(|record| record.removed.is_some()) {
            return None; // the name is free for others
        }
        let shaped = || records().filter(|record| record.block == has_block);
        if shaped().next().is_none() {
            return Some(if has_block { Refusal::NotTerminated } else { Refusal::WithoutBlock });
        }
        if !shaped().any(|record| record.arity.accepts(count)) {
            return Some(Refusal::ArgumentCount);
        }
        let is_flag = shaped().all(is_certainly_flag);
        (is_flag && !self.arg(0).is_some_and(|value| is_on_or_off(&value)))
            .then_some(Refusal::NotAFlag)
    }
}

impl<'c> Standing<'c> {
    /// The directives of the file that nginx refuses, and why.
    pub fn refusals(&self) -> impl Iterator<Item = (Context, Directive<'c>, Refusal)> {
        let (tree, names) = (&self.source().tree, &self.source().names);
        let ids = (0..names.len() as u32).map(DirectiveId);
        ids.filter_map(move |id| {
            let Body::Directives(context) = self.around(id) else { return None };
            let has_block = tree.directive(id).block.is_some();
            let count = tree.words(id).len() - 1;
            if is_plainly_taken(names[id.0 as usize], context, has_block, count) {
                return None;
            }
            let directive = self.directive(id);
            directive.refusal(context).map(|why| (context, directive, why))
        })
    }

    /// The directives of the file that some releases in use lack, each with the first that takes it
    /// where it stands.
    pub fn recent(&self) -> impl Iterator<Item = (Directive<'c>, Version)> {
        let names = self.source().names.iter().zip((0..).map(DirectiveId));
        names.filter(|(name, _)| name.is_recent()).filter_map(|(name, id)| {
            let Body::Directives(context) = self.around(id) else { return None };
            let since = since(*name, context).filter(|since| *since > OLDEST_IN_USE)?;
            Some((self.directive(id), since))
        })
    }

    /// The directives of the file whose arguments are looked at one by one, and what they stand in.
    pub fn judged(&self) -> impl Iterator<Item = (Context, Directive<'c>)> {
        let ids = self.source().names.iter().zip((0..).map(DirectiveId));
        let judged = ids.filter(|(name, _)| Kinds::of(**name).intersects(Kinds::JUDGED_ARGUMENTS));
        judged.filter_map(|(_, id)| match self.around(id) {
            Body::Directives(context) => Some((context, self.directive(id))),
            Body::Entries | Body::Lua | Body::Unknown => None,
        })
    }
}

/// Whether nginx itself has a directive of this shape here whose argument need not be `on` or `off`,
/// as nearly always.
fn is_plainly_taken(name: Name, context: Context, has_block: bool, count: usize) -> bool {
    name.records().iter().any(|record| {
        record.contexts.contains(context)
            && record.block == has_block
            && record.removed.is_none()
            && record.arity.accepts(count)
            && !is_certainly_flag(record)
    })
}

impl Children<'_> {
    /// Whether two of these directives have one name, or share one slot, that nginx may take only
    /// once; which of them it refuses is another question.
    pub fn may_be_duplicated(self) -> bool {
        let mut seen = [0_u64; NAME_COUNT.div_ceil(64)];
        let (mut children, mut kinds) = (self, Kinds::default());
        let mut once = std::iter::from_fn(|| children.next_of(Kinds::ONCE, &mut kinds));
        once.any(|directive| {
            let name = if directive.name() == name::ALIAS { name::ROOT } else { directive.name() };
            let (at, bit) = (usize::from(name.number() / 64), 1 << (name.number() % 64));
            let is_second = seen[at] & bit != 0;
            seen[at] |= bit;
            is_second
        })
    }
}

/// Whether it is known from the documentation alone, which does not always name every context.
fn is_of_commercial_nginx(record: &Record) -> bool {
    record.third_party == Some("nginx-plus")
}

/// Whether nginx has the directive's value read as a flag. Once obsolete, a directive is often
/// accepted and ignored whatever it says; other people's modules may read it in their own way.
fn is_certainly_flag(record: &Record) -> bool {
    record.arity.is_flag() && record.deprecated.is_none() && record.third_party.is_none()
}

/// As `ngx_conf_set_flag_slot` compares: without regard to case, up to a NUL.
fn is_on_or_off(value: &[u8]) -> bool {
    let value = value.split(|byte| *byte == 0).next().unwrap_or_default();
    value.eq_ignore_ascii_case(b"on") || value.eq_ignore_ascii_case(b"off")
}
