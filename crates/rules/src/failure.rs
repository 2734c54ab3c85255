//! Challenges that fail, sorted by the mistake that a person made.

use std::collections::HashMap;

use acme::{
    Cause, Challenge, Hop, NameVerdict, Verdict, Verdicts, is_meant_for_challenges,
    meant_for_challenges,
};
use model::{
    Answer, AnswerPhase, Directive, Http, Location, LocationId, Scheme, Server, ServerId, Trace,
    name,
};
use parser::Span;

use crate::diagnostic::{self, Diagnostic, HopStep, Label, Place, Severity};

/// One mistake, and the names whose challenge it makes fail.
#[derive(Debug)]
pub(crate) struct Failure<'c> {
    pub(crate) mistake: Mistake,
    /// The directives that decide, for one name or another; the first of them is that of
    /// `challenge`.
    pub(crate) deciders: Vec<Directive<'c>>,
    /// The hop where the mistake is.
    pub(crate) hop: usize,
    /// The challenge of the first of the names.
    pub(crate) challenge: &'c Challenge<'c>,
    pub(crate) cause: &'c Cause,
    pub(crate) names: Vec<String>,
}

/// The kinds of mistakes; each is a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mistake {
    /// A redirect leads to an SSL server that refuses.
    SslServerRefuses,
    /// A regular expression takes the request from the location meant for it.
    TakenByRegex { meant: Option<LocationId> },
    /// The code of the server answers before the location meant for it can.
    AnsweredBeforeLocation { meant: LocationId },
    /// `allow`, `deny` or a password.
    AccessRefused,
    /// No way leads to a token at all.
    NoWay,
}

/// All failing challenges, one entry for each mistake in the order of the names.
pub(crate) fn failures<'c>(http: &'c Http<'c>, verdicts: &'c Verdicts<'c>) -> Vec<Failure<'c>> {
    let mut failures: Vec<Failure<'c>> = Vec::new();
    let mut known: HashMap<(Mistake, Option<ServerId>, Option<Span>), usize> = HashMap::new();
    for NameVerdict { name, families, .. } in &verdicts.names {
        let failing = families.iter().filter_map(|family| match &family.verdict {
            Verdict::Fails(cause) => Some((family.challenge.as_ref()?, cause)),
            _ => None,
        });
        for (challenge, cause) in failing {
            let text = name.text.escape_ascii().to_string();
            let (mistake, hop) = classify(http, challenge, cause);
            let trace = &challenge.hops[hop].trace;
            let decider = match mistake {
                Mistake::AnsweredBeforeLocation { .. } => changed_by(trace).or(trace.decided_by),
                _ => trace.decided_by,
            };
            // Several pieces of a server's code that answer before its locations are one mistake.
            let place = match mistake {
                Mistake::AnsweredBeforeLocation { .. } => None,
                _ => decider.map(Directive::span),
            };
            let at = *known.entry((mistake, trace.server, place)).or_insert_with(|| {
                let (deciders, names) = (Vec::new(), Vec::new());
                failures.push(Failure { mistake, deciders, hop, challenge, cause, names });
                failures.len() - 1
            });
            if failures[at].names.last() != Some(&text) {
                failures[at].names.push(text);
            }
            if let Some(decider) = decider
                && !failures[at].deciders.contains(&decider)
            {
                failures[at].deciders.push(decider);
            }
        }
    }
    failures
}

/// Which mistake makes a challenge fail, and at which hop it is.
fn classify(http: &Http<'_>, challenge: &Challenge<'_>, cause: &Cause) -> (Mistake, usize) {
    let last = challenge.hops.len() - 1;
    let hop = &challenge.hops[last];
    let Some(server) = hop.trace.server.map(|id| http.server(id)) else {
        return (Mistake::NoWay, 0);
    };
    let meant = meant_for_challenges(server).next().map(|(id, _)| id);
    let refuses = matches!(cause, Cause::Status(403 | 404));
    if let Some(meant) = meant
        && changed_by(&hop.trace).is_some()
    {
        return (Mistake::AnsweredBeforeLocation { meant }, last);
    }
    let taken = taken_by_regex(server, hop);
    if hop.trace.phase == AnswerPhase::ServerRewrite
        && let Some(meant) = meant
    {
        return (Mistake::AnsweredBeforeLocation { meant }, last);
    }
    if taken && meant.is_some() {
        let passed_over = hop.trace.passed_over.filter(|&id| is_meant(server, id));
        return (Mistake::TakenByRegex { meant: passed_over.or(meant) }, last);
    }
    let is_tls = hop.request.scheme == Scheme::Https;
    if last > 0 && is_tls && refuses && (taken || hop.trace.phase != AnswerPhase::Access) {
        return (Mistake::SslServerRefuses, last);
    }
    if taken && refuses {
        return (Mistake::TakenByRegex { meant: None }, last);
    }
    if hop.trace.phase == AnswerPhase::Access {
        return (Mistake::AccessRefused, last);
    }
    // A location that would serve the token, had the server not redirected before.
    for (at, hop) in challenge.hops.iter().enumerate() {
        let Some(server) = hop.trace.server.map(|id| http.server(id)) else { continue };
        if hop.trace.phase == AnswerPhase::ServerRewrite
            && let Some((meant, _)) = meant_for_challenges(server).next()
        {
            return (Mistake::AnsweredBeforeLocation { meant }, at);
        }
    }
    (Mistake::NoWay, 0)
}

/// The `rewrite` of the server that has given the request another path.
fn changed_by<'c>(trace: &Trace<'c>) -> Option<Directive<'c>> {
    let is_of_server = |at: &Directive<'c>| {
        let outer = at.parent().filter(|parent| parent.name() == name::IF).unwrap_or(*at);
        at.name() == name::REWRITE
            && outer.parent().is_some_and(|parent| parent.name() == name::SERVER)
    };
    let answers = |at: &Directive<'c>| {
        matches!(trace.answer, Answer::Redirect { .. }) && trace.decided_by == Some(*at)
    };
    trace.steps.iter().filter_map(|step| step.at).find(|at| is_of_server(at) && !answers(at))
}

/// Whether a regular expression that is not meant for challenges has taken the request.
fn taken_by_regex(server: &Server<'_>, hop: &Hop<'_>) -> bool {
    hop.trace.answered_by.is_some_and(|id| {
        let location = server.location(id);
        location.modifier.is_regex() && !is_meant_for_challenges(location)
    })
}

fn is_meant(server: &Server<'_>, id: LocationId) -> bool {
    is_meant_for_challenges(server.location(id))
}

impl<'c> Failure<'c> {
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

    /// A diagnostic with the way of the challenge and the names it is about.
    pub(crate) fn diagnostic(
        &self,
        rule: &'static str,
        severity: Severity,
        message: String,
        place: Span,
    ) -> Diagnostic {
        Diagnostic {
            rule,
            severity,
            message,
            place: Place::Span(place),
            here: String::new(),
            labels: self.redirects(),
            notes: vec![self.whom()],
            names: self.names.clone(),
            way: self.challenge.hops.iter().map(hop_for_people).collect(),
            fix: None,
            refused_by_nginx: false,
        }
    }

    /// The redirects that lead to the mistake.
    fn redirects(&self) -> Vec<Label> {
        let hops = self.challenge.hops[..self.hop].iter();
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
        let unless = match self.cause {
            Cause::Backend => "unless the backend answers challenges by itself, ",
            _ => "",
        };
        format!("{unless}no certificate can be issued or renewed over HTTP-01 for {shown}{more}")
    }

    /// What the certificate authority gets, in a few words: "403", "an answer from a backend".
    pub(crate) fn outcome(&self) -> String {
        outcome(self.cause)
    }
}

fn outcome(cause: &Cause) -> String {
    match cause {
        Cause::Refused => "a refused connection".to_owned(),
        Cause::Closed => "a closed connection".to_owned(),
        Cause::TlsError => "a failed TLS handshake".to_owned(),
        Cause::Status(status) => status.to_string(),
        Cause::WrongBody => "a fixed text instead of the token".to_owned(),
        Cause::TokenLost => "another page, because a redirect loses the path".to_owned(),
        Cause::Backend => "whatever the backend says".to_owned(),
        Cause::PathChanged { to } => {
            let to = abridge(&to.escape_ascii().to_string());
            format!("whatever a client answers to {to}")
        }
        Cause::WebRootMismatch { served, .. } => {
            format!("the file {}", abridge(&served.display().to_string()))
        }
        Cause::SomeTokens { like, cause } => {
            format!("{} for {}", outcome(cause), like.words())
        }
        Cause::Redirect(why) => format!("a redirect that it does not follow: {why}"),
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
fn abridge(text: &str) -> String {
    text.replace(acme::TOKEN, "TOKEN")
}
