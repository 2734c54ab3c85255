use std::path::PathBuf;

use parser::Span;

use crate::{
    allow::AllowId,
    fix::{Applicability, Fix},
};

/// How much a problem matters; follows its consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Issuance, renewal or TLS fails under some conditions.
    Warning,
    /// Issuance, renewal or TLS fails, or nginx does not start.
    Error,
}

/// One problem: what is wrong, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The id of the rule that found it.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong here: lower case, no full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words under the place itself; empty if the message says it all.
    pub here: String,
    /// Other places that explain it, possibly in other files.
    pub labels: Vec<Label>,
    /// Why it matters, and what to do where no fix can: whole sentences. A line that begins with four
    /// blanks is a command.
    pub notes: Vec<String>,
    /// The names whose certificates it keeps from being issued or renewed; a proved fix cures all
    /// of them.
    pub names: Vec<String>,
    /// The way of the request that goes wrong, hop by hop; empty if no request is involved.
    pub way: Vec<Hop>,
    /// The cure.
    pub fix: Option<Fix>,
    /// Whether nginx would refuse to load this configuration because of it.
    pub refused_by_nginx: bool,
    /// How far it reaches.
    pub reach: Reach,
}

/// How far a diagnostic reaches, for those who want less of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// All other places where the same is wrong, of which the labels are the first few.
    pub also: Vec<Span>,
    /// The comments that silence it, if it is about servers with such comments alone.
    pub(crate) allowed_by: Vec<AllowId>,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A stretch of a file.
    Span(Span),
    /// A file or directory as a whole.
    Path(PathBuf),
    /// A line, counted from 1, of a file that is no part of the configuration.
    Line(PathBuf, u32),
}

/// A place that explains a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to see there: lower case, no full stop.
    pub text: String,
}

/// One request on the way of a challenge, with each decision nginx takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// What is asked for, for example `http://example.com/.well-known/acme-challenge/…`.
    pub url: String,
    /// What decides, in order.
    pub steps: Vec<HopStep>,
    /// What nginx answers, for example `301 to https://…` or `403`.
    pub answer: String,
}

/// One decision on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopStep {
    /// The directive that decides; `None` where nginx's own rules do.
    pub span: Option<Span>,
    /// Why, in one sentence without a full stop.
    pub why: String,
}

/// What to say where a fix lacks nothing but the web root.
pub(crate) const ASKS_FOR_WEB_ROOT: &str =
    "name the directory of your ACME client with `--webroot DIR` to get a patch";

impl Diagnostic {
    /// Says how to get a patch, if the fix lacks nothing but the web root.
    pub(crate) fn ask_for_web_root(&mut self) {
        if self.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Display) {
            self.notes.push(ASKS_FOR_WEB_ROOT.to_owned());
        }
    }
}

impl Severity {
    /// The word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
