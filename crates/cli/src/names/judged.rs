//! The names of one configuration, each with all that is said about it.

use std::{borrow::Cow, collections::HashMap, mem::ManuallyDrop, sync::Arc};

use acme::{
    Challenge, Detail, FamilyVerdict, NameVerdict, Verdict, Verdicts,
    dns::{Asked, Consequence, Fault},
};
use evidence::{Evidence, client::Clients};
use model::{Http, Sources};
use rules::{Diagnostic, Facts, Linted, Versions};

use super::{
    idn,
    served::{Lookout, Served},
};
use crate::{
    lint::{self, Settings},
    report::Configuration,
};

/// A name and how its challenge ends.
pub(crate) struct Judged<'c> {
    /// The name as text.
    pub(crate) text: String,
    /// In Unicode if it is in punycode, and the other way round.
    pub(crate) other_form: Option<String>,
    /// What the certificate authority would conclude.
    pub(crate) verdict: NameVerdict<'c>,
    /// The worst end over any address family.
    pub(crate) end: End,
    /// The end over the first one, which every name has.
    pub(crate) end_over_ipv4: End,
    /// The rule that speaks about it, for each of the families.
    pub(crate) rules: Vec<Option<&'static str>>,
    /// The certificate that nginx shows for it.
    pub(crate) served: Option<Served>,
    /// What DNS says of it, if it was asked.
    pub(crate) asked: Option<Asked>,
}

/// How a challenge ends, in the order in which names are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum End {
    Fails,
    Unknown,
    Passes,
    NotHttp01,
}

impl End {
    pub(crate) fn of(verdict: &Verdict<'_>) -> Self {
        match verdict {
            Verdict::Fails(_) => Self::Fails,
            Verdict::Unknown { .. } => Self::Unknown,
            Verdict::Passes(_) => Self::Passes,
            Verdict::NotHttp01 { .. } => Self::NotHttp01,
        }
    }

    /// What DNS makes of a name.
    pub(crate) fn of_dns(asked: &Asked) -> Self {
        match asked.faults.first().map(Fault::consequence) {
            Some(Consequence::Fails) => Self::Fails,
            Some(Consequence::MayFail | Consequence::WorthKnowing) => Self::Unknown,
            None if !asked.is_compared => Self::Unknown,
            None => Self::Passes,
        }
    }

    /// For programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Unknown => "unknown",
            Self::Passes => "passes",
            Self::NotHttp01 => "not-http01",
        }
    }
}

/// Judges every name of a configuration. Says, too, what was looked at.
pub(crate) fn judge<'s, 'c>(
    settings: &Settings<'_>,
    sources: &'s Sources,
    http: &'c Http<'c>,
    detail: Detail,
) -> (Configuration<'s>, Vec<Judged<'c>>) {
    let clients = settings.clients(sources);
    let challenges = settings.challenges(&clients);
    let mut verdicts = acme::verdicts_in_full(http, settings.file_system, &challenges, detail);
    if let Some(resolving) = settings.dns {
        resolving.join(settings, sources, http, &clients, &mut verdicts);
    }
    let configuration = lint::looked_at(settings, sources, http, &verdicts);
    let mut rules = match configuration.tally.failing {
        0 => Vec::new(),
        _ => rules(settings, sources, http, &verdicts, Arc::clone(&clients)),
    }
    .into_iter();
    let mut lookout = Lookout::new(settings, http, Arc::clone(&clients));
    let dns = verdicts.dns;
    let names = verdicts.names.into_iter().map(|verdict| {
        let asked = dns.as_ref().and_then(|dns| dns.of(&verdict.name.text)).cloned();
        let of_dns = asked.as_ref().map(End::of_dns).filter(|end| *end == End::Fails);
        let text = String::from_utf8_lossy(&verdict.name.text);
        let is_text = matches!(text, Cow::Borrowed(_));
        let mut ends = verdict.families.iter().map(|family| End::of(&family.verdict));
        let end_over_ipv4 = ends.next().unwrap_or(End::Unknown);
        Judged {
            other_form: if is_text { idn::other_form(&text) } else { None },
            text: text.into_owned(),
            end: ends.chain(of_dns).fold(end_over_ipv4, End::min),
            end_over_ipv4: of_dns.unwrap_or(end_over_ipv4),
            rules: rules.next().unwrap_or_else(|| vec![None; verdict.families.len()]),
            served: lookout.of(&verdict.name),
            asked,
            verdict,
        }
    });
    let names = names.collect();
    (configuration, names)
}

/// The rules that speak about each name, for each of its families.
fn rules(
    settings: &Settings<'_>,
    sources: &Sources,
    http: &Http<'_>,
    verdicts: &Verdicts<'_>,
    clients: Arc<Clients>,
) -> Vec<Vec<Option<&'static str>>> {
    // What lies behind the paths of certificates does not matter to a challenge, and rules about
    // challenges name the same directive for every version.
    let programs = Arc::new(Versions::default());
    let evidence = Evidence::of(clients);
    let for_rules = settings.of_rules(sources, programs);
    let facts = ManuallyDrop::new(Facts::new(http, &evidence, verdicts, &for_rules));
    // A rule says why a challenge fails, be that allowed or not.
    let Linted { diagnostics, allowed } = rules::lint(&facts);
    let mut by_name: HashMap<&str, Vec<&Diagnostic>> = HashMap::new();
    for diagnostic in diagnostics.iter().chain(allowed.iter().map(|one| &one.diagnostic)) {
        for name in &diagnostic.names {
            by_name.entry(name).or_default().push(diagnostic);
        }
    }
    let of_name = |verdict: &NameVerdict<'_>| {
        let text = verdict.name.text.escape_ascii().to_string();
        let about = by_name.get(&*text).map_or(&[][..], Vec::as_slice);
        verdict.families.iter().map(|family| rule(about, family)).collect()
    };
    verdicts.names.iter().map(of_name).collect()
}

/// The rule that speaks about a challenge, of the diagnostics that are about its name: where there
/// are several, the one that names the directive which decides.
fn rule(about: &[&Diagnostic], family: &FamilyVerdict<'_>) -> Option<&'static str> {
    if !matches!(family.verdict, Verdict::Fails(_)) {
        return None;
    }
    let names_decider = |diagnostic: &&&Diagnostic| {
        let steps = || diagnostic.way.iter().flat_map(|hop| &hop.steps);
        let hops = family.challenge.iter().flat_map(|Challenge { hops, .. }| hops);
        let mut deciders = hops.filter_map(|hop| hop.trace.decided_by);
        deciders.any(|at| steps().any(|step| step.span == Some(at.head_span())))
    };
    let named = if about.len() > 1 { about.iter().find(names_decider) } else { None };
    named.or(about.first()).map(|diagnostic| diagnostic.rule)
}
