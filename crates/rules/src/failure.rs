//! Challenges that fail, sorted by the mistake that a person made.

use std::collections::{HashMap, HashSet};

use acme::{Cause, Challenge, FamilyVerdict, Hop, NameVerdict, Verdict, Verdicts};
use model::{Answer, Directive, Http, Location, LocationId, Server, ServerId, name};
use parser::Span;

use crate::{
    allow::AllowId,
    diagnostic::{self, Diagnostic, HopStep, Label, Place, Reach, Severity},
    fix::Fix,
};

mod doubt;
mod mistake;

pub(crate) use self::mistake::{Mistake, is_doubled, is_glued, unserving};
use self::mistake::{Sorted, sort};

/// One mistake, and the names whose challenge it makes fail.
#[derive(Clone, Debug)]
pub(crate) struct Failure<'c> {
    pub(crate) mistake: Mistake,
    /// The directives that decide, for one name or another; the first of them is that of the first
    /// case.
    pub(crate) deciders: Vec<Directive<'c>>,
    /// A challenge that fails for each of the servers where the mistake shows; never none.
    pub(crate) cases: Vec<Case<'c>>,
    pub(crate) names: Vec<String>,
    /// Whether none of the names fails over IPv4: then it matters only to those that have an IPv6
    /// address.
    pub(crate) is_on_ipv6_alone: bool,
    /// The comments that silence it, if all of its servers have such comments.
    allowed_by: Vec<AllowId>,
    /// Each server where one of the names fails.
    shares: Vec<Share>,
}

/// A name that fails at a server.
#[derive(Clone, Copy, Debug)]
struct Share {
    /// The number of the name.
    name: usize,
    server: Option<ServerId>,
    /// Whether it passes over IPv4.
    is_on_ipv6_alone: bool,
}

/// A challenge that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'c> {
    /// The hop where the mistake is.
    pub(crate) hop: usize,
    pub(crate) challenge: &'c Challenge<'c>,
    /// What the certificate authority gets; `None` if that cannot be known.
    pub(crate) cause: Option<&'c Cause>,
    /// The location meant for challenges that the mistake is about.
    pub(crate) meant: Option<LocationId>,
    /// The server that was to take the challenge, if another one does.
    pub(crate) other: Option<ServerId>,
}

/// All challenges that fail, and those in doubt for a reason that is a mistake, one entry for each
/// mistake in the order of the names.
pub(crate) fn failures<'c>(http: &'c Http<'c>, verdicts: &'c Verdicts<'c>) -> Vec<Failure<'c>> {
    let mut failures: Vec<Failure<'c>> = Vec::new();
    let mut known: HashMap<(Mistake, Option<Span>), usize> = HashMap::new();
    let mut servers: HashSet<(usize, Option<ServerId>)> = HashSet::new();
    for name in &verdicts.names {
        for family in &name.families {
            let Some(challenge) = &family.challenge else { continue };
            let sorted = match &family.verdict {
                Verdict::Fails(cause) => Some(sort(http, name, challenge, cause)),
                Verdict::Unknown { at, .. } => doubt::sort(http, name, challenge, *at),
                Verdict::Passes(_) | Verdict::NotHttp01 { .. } => None,
            };
            let Some(Sorted { mistake, case, decider, place }) = sorted else { continue };
            let at = *known.entry((mistake, place)).or_insert(failures.len());
            if at == failures.len() {
                failures.push(Failure::of(mistake));
            }
            let server = case.at().trace.server;
            failures[at].add(name, decider, server);
            if servers.insert((at, server)) {
                failures[at].cases.push(case);
            }
        }
    }
    failures
}

impl<'c> Case<'c> {
    /// The hop where the mistake is.
    pub(crate) fn at(&self) -> &'c Hop<'c> {
        &self.challenge.hops[self.hop]
    }

    /// The server where the mistake is.
    pub(crate) fn server(&self, http: &'c Http<'c>) -> Option<(ServerId, &'c Server<'c>)> {
        let id = self.at().trace.server?;
        Some((id, http.server(id)))
    }

    /// The location that takes the request there.
    pub(crate) fn location(&self, http: &'c Http<'c>) -> Option<&'c Location<'c>> {
        let (_, server) = self.server(http)?;
        self.at().trace.answered_by.map(|id| server.location(id))
    }
}

impl<'c> Failure<'c> {
    fn of(mistake: Mistake) -> Self {
        Self {
            mistake,
            deciders: Vec::new(),
            cases: Vec::new(),
            names: Vec::new(),
            is_on_ipv6_alone: true,
            allowed_by: Vec::new(),
            shares: Vec::new(),
        }
    }

    fn add(
        &mut self,
        name: &NameVerdict<'c>,
        decider: Option<Directive<'c>>,
        server: Option<ServerId>,
    ) {
        let text = name.name.text.escape_ascii().to_string();
        if self.names.last() != Some(&text) {
            self.names.push(text);
        }
        let passes_over_ipv4 = |family: &FamilyVerdict<'_>| {
            !family.is_ipv6 && matches!(family.verdict, Verdict::Passes(_))
        };
        let is_on_ipv6_alone = name.families.iter().any(passes_over_ipv4);
        self.is_on_ipv6_alone &= is_on_ipv6_alone;
        let of_name = self.names.len() - 1;
        if self.shares.last().is_none_or(|one| (one.name, one.server) != (of_name, server)) {
            self.shares.push(Share { name: of_name, server, is_on_ipv6_alone });
        }
        if let Some(decider) = decider
            && !self.deciders.contains(&decider)
        {
            self.deciders.push(decider);
        }
    }

    /// The same for the servers that no comment is about, and for those that are silenced by the same
    /// comments, each part by itself.
    pub(crate) fn parts(&self, allowed_by: impl Fn(ServerId) -> Vec<AllowId>) -> Vec<Self> {
        let allowed_by = |server: Option<ServerId>| server.map(&allowed_by).unwrap_or_default();
        let mut parts: Vec<Self> = Vec::new();
        let mut known: HashMap<Vec<AllowId>, usize> = HashMap::new();
        for case in &self.cases {
            let by = allowed_by(case.at().trace.server);
            let at = *known.entry(by.clone()).or_insert(parts.len());
            if at == parts.len() {
                parts.push(Self {
                    deciders: self.deciders.clone(),
                    allowed_by: by,
                    ..Self::of(self.mistake)
                });
            }
            parts[at].cases.push(*case);
        }
        for share in &self.shares {
            let Some(&at) = known.get(&allowed_by(share.server)) else { continue };
            let part = &mut parts[at];
            let name = &self.names[share.name];
            if part.names.last() != Some(name) {
                part.names.push(name.clone());
            }
            part.is_on_ipv6_alone &= share.is_on_ipv6_alone;
            part.shares.push(Share { name: part.names.len() - 1, ..*share });
        }
        parts
    }

    /// The challenge of the first of the names.
    pub(crate) fn first(&self) -> &Case<'c> {
        &self.cases[0]
    }

    /// The hop where the first challenge goes wrong.
    pub(crate) fn at(&self) -> &'c Hop<'c> {
        self.first().at()
    }

    /// How much it matters: what fails over IPv6 alone is of no account to names without such an
    /// address, a backend may know what to answer, and tokens of unusual length may never come.
    pub(crate) fn severity(&self) -> Severity {
        let is_in_doubt = match self.first().cause {
            None => true,
            Some(Cause::Backend) => !self.mistake.has_place_for_challenges(),
            Some(Cause::SomeTokens { like, .. }) => like.is_rare(),
            Some(_) => false,
        };
        if is_in_doubt || self.is_on_ipv6_alone { Severity::Warning } else { Severity::Error }
    }

    /// One fix of those for each server where the mistake shows; `None` if one of them has none.
    pub(crate) fn fix(&self, fix: impl Fn(&Case<'c>) -> Option<Fix>) -> Option<Fix> {
        let mut cases = self.cases.iter();
        let mut whole = fix(cases.next()?)?;
        let mut known: HashMap<Span, Vec<u8>> = HashMap::new();
        for edit in &whole.edits {
            known.insert(edit.span, edit.replacement.clone());
        }
        for case in cases {
            let other = fix(case)?;
            whole.applicability = whole.applicability.min(other.applicability);
            for edit in other.edits {
                match known.get(&edit.span) {
                    // Two servers have this text from one file.
                    Some(replacement) if *replacement == edit.replacement => {}
                    Some(_) => return None,
                    None => {
                        known.insert(edit.span, edit.replacement.clone());
                        whole.edits.push(edit);
                    }
                }
            }
        }
        Some(whole)
    }

    /// A diagnostic with the way of the challenge and the names it is about.
    pub(crate) fn diagnostic(
        &self,
        rule: &'static str,
        message: String,
        place: Span,
    ) -> Diagnostic {
        Diagnostic {
            rule,
            severity: self.severity(),
            message,
            place: Place::Span(place),
            here: String::new(),
            labels: self.redirects(),
            notes: vec![self.whom()],
            names: self.names.clone(),
            way: self.first().challenge.hops.iter().map(hop_for_people).collect(),
            fix: None,
            refused_by_nginx: false,
            reach: Reach { allowed_by: self.allowed_by.clone(), ..Reach::default() },
        }
    }

    /// The redirects that lead to the mistake.
    fn redirects(&self) -> Vec<Label> {
        let Case { challenge, hop, .. } = self.first();
        let hops = challenge.hops[..*hop].iter();
        hops.filter_map(|hop| {
            let Answer::Redirect { to, .. } = &hop.trace.answer else { return None };
            let to = abridge(&to.escape_ascii().to_string());
            let span = span_to_show(hop.trace.decided_by?);
            Some(Label { span, text: format!("this sends challenges to {to}") })
        })
        .collect()
    }

    /// The names that cannot be validated, the first few by name.
    fn whom(&self) -> String {
        const SHOWN: usize = 3;
        let shown = self.names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let more = match self.names.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let of_tokens;
        let unless = match self.first().cause {
            _ if self.is_on_ipv6_alone => "if it has an IPv6 address, ",
            None => {
                return format!(
                    "it depends on this whether certificates can be issued or renewed over \
                     HTTP-01 for {shown}{more}"
                );
            }
            Some(Cause::Backend) if !self.mistake.has_place_for_challenges() => {
                "unless the backend answers challenges by itself, "
            }
            Some(Cause::SomeTokens { like, .. }) => {
                of_tokens = format!("for {}, ", like.words());
                &of_tokens
            }
            _ => "",
        };
        format!("{unless}no certificate can be issued or renewed over HTTP-01 for {shown}{more}")
    }

    /// What the certificate authority gets, in a few words: "403", "an answer from a backend".
    pub(crate) fn outcome(&self) -> String {
        self.first().cause.map_or_else(|| "what cannot be known".to_owned(), Cause::words)
    }
}

fn hop_for_people(hop: &Hop<'_>) -> diagnostic::Hop {
    let steps = hop
        .trace
        .steps
        .iter()
        // The server's step names the address, too.
        .filter(|step| step.at.is_none_or(|at| at.name() != name::LISTEN))
        .map(|step| HopStep { span: step.at.map(span_to_show), why: abridge(&step.why) })
        .collect();
    diagnostic::Hop {
        url: abridge(&hop.request.url().to_string()),
        steps,
        answer: abridge(&hop.trace.answer.to_string()),
    }
}

/// What to show of a directive: all of a short one, the head of a block.
pub(crate) fn span_to_show(directive: Directive<'_>) -> Span {
    if directive.name() == name::SERVER { directive.name_span() } else { directive.head_span() }
}

/// A text with the long token cut out.
pub(crate) fn abridge(text: &str) -> String {
    acme::abridged(text)
}
