//! Comments that silence rules: `# nginx-acme-lint: allow(RULE, RULE) REASON`.

use std::{
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

use model::Sources;
use parser::Span;

use self::{coverage::Coverage, find::find};
use crate::{
    diagnostic::{Diagnostic, Place},
    fix::{Edit, Fix},
    places::leave,
};

mod coverage;
mod extent;
mod find;
mod removal;
mod text;

pub(crate) use self::{removal::removal, text::Mistake};

/// A comment that silences rules, by its number in the order of files and places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowId(u32);

/// A diagnostic that a comment silences.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The diagnostic.
    pub diagnostic: Diagnostic,
    /// The comment.
    pub comment: Span,
    /// Why, in the user's words.
    pub reason: String,
}

/// A comment that silences rules.
#[derive(Debug)]
pub(crate) struct Allow {
    /// The comment, from `#` to the end of its line.
    pub(crate) span: Span,
    /// The rules that it names, each with the place of its id.
    pub(crate) rules: Vec<(&'static str, Span)>,
    /// Why, in the user's words.
    pub(crate) reason: String,
    /// What it is about: a stretch of its file; `None` if nothing comes after it.
    covers: Option<Span>,
}

/// A comment that is meant to silence rules, and does not.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Where the mistake is.
    pub(crate) span: Span,
    pub(crate) mistake: Mistake,
}

/// All comments that silence rules.
#[derive(Debug, Default)]
pub(crate) struct Allows {
    all: Vec<Allow>,
    pub(crate) malformed: Vec<Malformed>,
    of_rules: HashMap<&'static str, Coverage>,
    /// The comments that have silenced something, and the rules; known when all rules have spoken.
    used: OnceLock<BTreeSet<(AllowId, &'static str)>>,
}

impl Allows {
    /// Finds them. Files without the program's name in them cost next to nothing.
    pub(crate) fn of(sources: &Sources) -> Self {
        let (all, malformed) = find(sources);
        let mut by_rule: HashMap<&'static str, Vec<AllowId>> = HashMap::new();
        for (allow, id) in all.iter().zip((0..).map(AllowId)) {
            for (rule, _) in &allow.rules {
                by_rule.entry(rule).or_default().push(id);
            }
        }
        let coverage = |ids: Vec<AllowId>| {
            let covered = ids.into_iter().filter_map(|id| Some((id, all[id.0 as usize].covers?)));
            Coverage::of(sources, covered.collect())
        };
        let of_rules = by_rule.into_iter().map(|(rule, ids)| (rule, coverage(ids))).collect();
        Self { all, malformed, of_rules, used: OnceLock::new() }
    }

    /// Whether a comment names this rule.
    pub(crate) fn name(&self, rule: &str) -> bool {
        self.of_rules.contains_key(rule)
    }

    /// The comments that silence a rule at a place.
    pub(crate) fn at(&self, rule: &str, span: Span) -> Option<&[AllowId]> {
        self.of_rules.get(rule)?.at(span)
    }

    /// Takes out what comments silence. What is wrong in several places still is where nobody allows
    /// it.
    pub(crate) fn apart(&self, diagnostics: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Allowed>) {
        if self.of_rules.is_empty() {
            let _ = self.used.set(BTreeSet::new());
            return (diagnostics, Vec::new());
        }
        let mut used = BTreeSet::new();
        let (mut left, mut allowed) = (Vec::new(), Vec::new());
        for diagnostic in diagnostics {
            let rule = diagnostic.rule;
            for (by, part) in self.parts(diagnostic) {
                used.extend(by.iter().map(|&id| (id, rule)));
                match by.first() {
                    Some(id) => {
                        let Allow { span, reason, .. } = &self.all[id.0 as usize];
                        let (comment, reason) = (*span, reason.clone());
                        allowed.push(Allowed { diagnostic: part, comment, reason });
                    }
                    None => left.push(part),
                }
            }
        }
        let _ = self.used.set(used);
        (left, allowed)
    }

    /// A diagnostic as it is where no comment silences it, and as it is where one does, with the
    /// comments.
    fn parts(&self, diagnostic: Diagnostic) -> Vec<(Vec<AllowId>, Diagnostic)> {
        if !diagnostic.reach.allowed_by.is_empty() {
            return vec![(diagnostic.reach.allowed_by.clone(), diagnostic)];
        }
        let (true, Place::Span(place)) = (self.name(diagnostic.rule), &diagnostic.place) else {
            return vec![(Vec::new(), diagnostic)];
        };
        let (mut left, mut silenced, mut by) = (Vec::new(), Vec::new(), Vec::new());
        for span in [*place].into_iter().chain(diagnostic.reach.also.iter().copied()) {
            match self.at(diagnostic.rule, span) {
                Some(ids) => {
                    silenced.push(span);
                    by.extend_from_slice(ids);
                }
                None => left.push(span),
            }
        }
        if silenced.is_empty() || left.is_empty() {
            return vec![(by, diagnostic)];
        }
        let mut rest = diagnostic.clone();
        leave(&mut rest, &left);
        let fix = rest.fix.take();
        let had_fix = fix.is_some();
        rest.fix = fix.and_then(|fix| only_at(&left, &silenced, fix));
        if had_fix && rest.fix.is_none() {
            let note = "some places are allowed, so that there is no patch for the others: mend them by \
                        hand";
            rest.notes.push(note.to_owned());
        }
        let mut part = diagnostic;
        part.fix = None;
        leave(&mut part, &silenced);
        vec![(Vec::new(), rest), (by, part)]
    }

    /// The comments that have silenced nothing of what they name, with the numbers of these names.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (&Allow, Vec<usize>)> {
        let numbered = self.all.iter().zip((0..).map(AllowId));
        numbered.filter_map(|(allow, id)| {
            let is_used = |rule| self.used.get().is_some_and(|used| used.contains(&(id, rule)));
            let names = allow.rules.iter().enumerate().filter(|(_, (rule, _))| !is_used(*rule));
            let names: Vec<_> = names.map(|(at, _)| at).collect();
            (!names.is_empty()).then_some((allow, names))
        })
    }
}

/// What a fix does at some of the places that it is for, and not at the others; `None` if that cannot be
/// told apart, because an edit is at none of them.
fn only_at(places: &[Span], others: &[Span], fix: Fix) -> Option<Fix> {
    let mut spans: Vec<(Span, bool)> = places.iter().map(|&span| (span, true)).collect();
    spans.extend(others.iter().map(|&span| (span, false)));
    spans.sort_unstable();
    let is_wanted = |edit: &Edit| {
        let Span { file, start, end } = edit.span;
        let after = spans.partition_point(|(one, _)| (one.file, one.start) <= (file, start));
        let (span, is_wanted) = spans.get(after.checked_sub(1)?)?;
        (span.file == file && end <= span.end).then_some(*is_wanted)
    };
    let wanted: Option<Vec<bool>> = fix.edits.iter().map(is_wanted).collect();
    let mut wanted = wanted?.into_iter();
    let edits = fix.edits.into_iter().filter(|_| wanted.next() == Some(true)).collect();
    Some(Fix { edits, ..fix })
}

impl Allow {
    /// What it is about; `None` if nothing comes after it.
    pub(crate) fn stretch(&self) -> Option<Span> {
        self.covers
    }
}
