//! What breaks issuance, renewal or TLS, worded for people, with fixes.
//!
//! A [`Rule`] is a plain value with a function in it. It asks the model and the verdicts; it never
//! reads source text, follows includes or computes what is inherited.

use std::{cmp::Ordering, collections::BTreeSet};

use acme::Verdicts;
use evidence::Evidence;
use model::{Http, ServerId};
use parser::FileId;

mod acme_module;
mod acme_sh;
mod allow;
mod ciphers;
mod condition;
mod cure;
mod date;
mod diagnostic;
mod dns;
mod extra;
mod facts;
mod failure;
mod fix;
mod insertion;
mod lineages;
mod ordering;
mod owner;
mod passing;
mod places;
mod probed;
mod programs;
mod protocols;
mod refusal;
mod rule;
mod rules;
mod selection;
mod served;
mod share;
mod tls_file;
mod tls_server;

pub use allow::{AllowId, Allowed};
pub use diagnostic::{Diagnostic, Hop, HopStep, Label, Place, Reach, Severity};
pub use extra::ExtraDirective;
pub use facts::{Facts, Settings};
pub use fix::{Applicability, Edit, Fix, NewFile};
pub use programs::{Programs, Suite, Versions};
pub use rule::{FixAvailability, Group, Rule};
pub use rules::RULES;
pub use selection::{Selection, Selector};
pub use share::share;

/// How much nginx would refuse, by every rule that can say so: in these files with what they include,
/// in these servers, and where several of them meet. What lies on disk is not looked at anew.
pub fn refusals(
    http: &Http<'_>,
    evidence: &Evidence,
    settings: &Settings,
    files: &BTreeSet<FileId>,
    servers: Vec<ServerId>,
) -> usize {
    let standings = http.config.standings_below(files);
    let verdicts = Verdicts::default();
    let facts = Facts::on(standings, servers, http, evidence, &verdicts, settings);
    let mut diagnostics = Vec::new();
    // A challenge that fails keeps no nginx from starting, nor does what others say; and what does is
    // an error.
    let may_refuse = |group| !matches!(group, Group::Challenge | Group::Dns | Group::Probe);
    let refuses = |rule: &&&Rule| may_refuse(rule.group) && rule.max_severity == Severity::Error;
    for rule in RULES.iter().filter(refuses) {
        (rule.check)(&facts, &mut diagnostics);
    }
    diagnostics.iter().filter(|found| found.refused_by_nginx).count()
}

/// What the rules find.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What comments silence.
    pub allowed: Vec<Allowed>,
}

/// Everything that the rules that are asked find, in the order of files and lines; what belongs to no
/// file comes first.
pub fn lint(facts: &Facts<'_>) -> Linted {
    let (about_comments, others): (Vec<&Rule>, _) =
        RULES.iter().partition(|rule| rule.group == Group::Comments);
    let mut found = Vec::new();
    ask(facts, &others, &mut found);
    let (mut diagnostics, mut allowed) = facts.allows.apart(found);
    ask(facts, &about_comments, &mut diagnostics);
    owner::spare(facts.sources(), &mut diagnostics);
    diagnostics.sort_by(in_order);
    allowed.sort_by(|a, b| in_order(&a.diagnostic, &b.diagnostic));
    Linted { diagnostics, allowed }
}

/// Adds what rules find, as far as they are to be asked.
fn ask(facts: &Facts<'_>, rules: &[&Rule], diagnostics: &mut Vec<Diagnostic>) {
    let selection = &facts.settings.selection;
    for rule in rules.iter().filter(|rule| selection.has(rule.id)) {
        let first = diagnostics.len();
        (rule.check)(facts, diagnostics);
        debug_assert!(
            diagnostics[first..]
                .iter()
                .all(|found| { found.rule == rule.id && found.severity <= rule.max_severity })
        );
        if let Some(severity) = selection.severity(rule.id) {
            diagnostics[first..].iter_mut().for_each(|found| found.severity = severity);
        }
    }
}

/// By file and line; what belongs to no file comes first.
fn in_order(left: &Diagnostic, right: &Diagnostic) -> Ordering {
    let key = |found: &Diagnostic| match &found.place {
        Place::Path(path) => (0, Some(path.clone()), 0, None),
        Place::Line(path, line) => (0, Some(path.clone()), *line, None),
        Place::Span(span) => (1, None, 0, Some(*span)),
    };
    key(left).cmp(&key(right)).then(left.rule.cmp(right.rule))
}
