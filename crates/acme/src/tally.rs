use model::Directive;

use crate::{
    dns::Asked,
    token::abridged,
    verdict::{FamilyVerdict, KeyAuthorization, NameVerdict, Verdict, Verdicts},
};

/// How the names of a configuration fare; the last line of every report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Names whose challenge passes over every address family that is listened on.
    pub passing: usize,
    /// How many of these have their web root below a prefix that is only a guess (`--prefix`).
    pub passing_by_guess: usize,
    /// Names whose challenge fails over some address family.
    pub failing: usize,
    /// How many of these fail over IPv6 alone, which matters to names that have such an address.
    pub failing_over_ipv6: usize,
    /// Names about which nothing can be said.
    pub not_judged: usize,
    /// Why the first of those is not judged, with its place in words; empty if there is none.
    pub first_reason: String,
    /// Names that no HTTP-01 challenge is made for: wildcards, `localhost`, `_` and the like, and
    /// names without TLS.
    pub not_http01: usize,
}
impl Verdicts<'_> {
    /// How the names fare, counted.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for NameVerdict { name, families, .. } in &self.names {
            let first_unknown = families.iter().find_map(|family| match &family.verdict {
                Verdict::Unknown { because, at } => Some((because, at)),
                _ => None,
            });
            if families.iter().all(|one| matches!(one.verdict, Verdict::NotHttp01 { .. })) {
                tally.not_http01 += 1;
            } else if self.dns.as_ref().and_then(|dns| dns.of(&name.text)).is_some_and(Asked::fails)
            {
                tally.failing += 1;
            } else if families.iter().any(fails) {
                tally.failing += 1;
                let is_ipv6_alone = families.iter().filter(|one| fails(one)).all(|one| one.is_ipv6);
                tally.failing_over_ipv6 += usize::from(is_ipv6_alone);
            } else if let Some((because, at)) = first_unknown {
                tally.not_judged += 1;
                if tally.first_reason.is_empty() {
                    let name = name.text.escape_ascii();
                    let reason = match at {
                        Some(at) => format!("{name}: {because} (`{}`)", shorten(*at)),
                        None => format!("{name}: {because}"),
                    };
                    tally.first_reason = abridged(&reason);
                }
            } else {
                tally.passing += 1;
                let is_guess = |one: &FamilyVerdict<'_>| {
                    let verdict = &one.verdict;
                    matches!(
                        verdict,
                        Verdict::Passes(KeyAuthorization::File { is_guess: true, .. })
                    )
                };
                tally.passing_by_guess += usize::from(families.iter().any(is_guess));
            }
        }
        tally
    }
}

fn fails(family: &FamilyVerdict<'_>) -> bool {
    matches!(family.verdict, Verdict::Fails(_))
}

/// A directive in a few words.
fn shorten(directive: Directive<'_>) -> String {
    const MOST: usize = 60;
    let text = format!("{directive:?}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
