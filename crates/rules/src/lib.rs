//! What breaks issuance, renewal or TLS, worded for people, with fixes.
//!
//! A [`Rule`] is a plain value with a function in it. It asks the model and the verdicts; it never
//! reads source text, follows includes or computes what is inherited.

mod diagnostic;
mod facts;
mod failure;
mod fix;
mod insertion;
mod refusal;
mod rule;
mod rules;

pub use diagnostic::{Diagnostic, Hop, HopStep, Label, Place, Severity};
pub use facts::{Facts, Settings};
pub use fix::{Applicability, Edit, Fix};
pub use rule::{FixAvailability, Group, Rule};
pub use rules::RULES;

/// Everything that the rules find, in the order of files and lines; what belongs to no file comes
/// first.
pub fn lint(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for rule in RULES {
        let first = diagnostics.len();
        (rule.check)(facts, &mut diagnostics);
        debug_assert!(
            diagnostics[first..]
                .iter()
                .all(|found| { found.rule == rule.id && found.severity <= rule.max_severity })
        );
    }
    diagnostics.sort_by(|a, b| {
        let key = |found: &Diagnostic| match &found.place {
            Place::Path(path) => (0, Some(path.clone()), None),
            Place::Span(span) => (1, None, Some(*span)),
        };
        key(a).cmp(&key(b)).then(a.rule.cmp(b.rule))
    });
    diagnostics
}
