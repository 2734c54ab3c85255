//! Whether challenges still end as a message says, and where.

use acme::{Cause, FamilyVerdict, Hop, KeyAuthorization, NameVerdict, Verdict, catalogue::Seen};
use model::Answer;

use super::{Compared, Stands};
use crate::{diagnose::finding::Finding, report::printable};

/// Whether the challenge of a name still ends as the message says, and that in words.
pub(super) fn judged(finding: &Finding, seen: Seen, verdict: &NameVerdict<'_>) -> (Stands, String) {
    let name = printable::bytes(&verdict.name.text);
    let is_wanted = |family: &&FamilyVerdict<'_>| {
        let addresses = &finding.addresses;
        addresses.is_empty() || addresses.iter().any(|one| one.is_ipv6() == family.is_ipv6)
    };
    let mut families: Vec<_> = verdict.families.iter().filter(is_wanted).collect();
    if families.is_empty() {
        families = verdict.families.iter().collect();
    }
    let over = |family: &FamilyVerdict<'_>| match verdict.families.len() {
        1 => "",
        _ if family.is_ipv6 => " over IPv6",
        _ => " over IPv4",
    };
    let fails = |family: &&&FamilyVerdict<'_>| matches!(&family.verdict, Verdict::Fails(_));
    let same = |family: &&&FamilyVerdict<'_>| matches!(&family.verdict, Verdict::Fails(cause) if is_same(finding, seen, cause));
    if let Some(family) = families.iter().find(same).or(families.iter().find(fails))
        && let Verdict::Fails(cause) = &family.verdict
    {
        let words = printable::words(&cause.words()).into_owned();
        let over = over(family);
        return if is_same(finding, seen, cause) {
            (Stands::Still, format!("the challenge for {name} still ends like this{over}: {words}"))
        } else {
            let sentence =
                format!("the challenge for {name} fails{over}, in another way than then: {words}");
            (Stands::Otherwise, sentence)
        };
    }
    let first = families.first().map(|family| &family.verdict);
    match first {
        Some(Verdict::Passes(from)) => {
            let how = match from {
                KeyAuthorization::File { path, .. } => {
                    let path = acme::abridged(&printable::path(path));
                    format!("nginx looks for the token at {path}, where the client has to put it")
                }
                KeyAuthorization::Stateless(_) => "nginx answers by itself".to_owned(),
                KeyAuthorization::Client(_) => "nginx hands it on to the client".to_owned(),
                KeyAuthorization::Plugin(_) => "certbot's plugin writes its answer".to_owned(),
                KeyAuthorization::AcmeModule(_) => "nginx's ACME module answers".to_owned(),
            };
            let sentence =
                format!("with this configuration the challenge for {name} passes: {how}");
            (Stands::NoMore, sentence)
        }
        Some(Verdict::NotHttp01 { because, .. }) => {
            let because = printable::words(because);
            (Stands::NotKnown, format!("no challenge is followed for {name}: {because}"))
        }
        Some(Verdict::Unknown { .. }) if seen == Seen::Refused && is_refused(families[0]) => {
            let sentence = format!(
                "the challenge for {name} still ends like this: nothing of this configuration \
                 listens on the port"
            );
            (Stands::Still, sentence)
        }
        Some(Verdict::Unknown { because, .. }) => {
            let because = printable::words(because);
            (Stands::NotKnown, format!("the challenge for {name} cannot be judged: {because}"))
        }
        Some(Verdict::Fails(_)) | None => {
            (Stands::NotKnown, format!("nothing is known of {name} here"))
        }
    }
}

/// Whether nothing in the configuration takes the connection.
fn is_refused(family: &FamilyVerdict<'_>) -> bool {
    let last = family.challenge.as_ref().and_then(|challenge| challenge.hops.last());
    last.is_some_and(|hop| hop.trace.answer == Answer::Refused)
}

impl Compared<'_, '_, '_> {
    /// The way of a challenge that fails, for where no rule shows it.
    pub(super) fn way(&self, verdict: &NameVerdict<'_>) -> Vec<String> {
        let fails = |family: &&FamilyVerdict<'_>| !matches!(family.verdict, Verdict::Passes(_));
        let failing = verdict.families.iter().find(fails);
        let Some(challenge) = failing.and_then(|family| family.challenge.as_ref()) else {
            return Vec::new();
        };
        let mut way = Vec::new();
        if verdict.name.servers.is_empty() {
            let name = printable::bytes(&verdict.name.text);
            way.push(format!("no `server_name` of this configuration has {name}"));
        }
        way.extend(challenge.hops.iter().map(|hop| self.hop(hop)));
        way
    }

    fn hop(&self, hop: &Hop<'_>) -> String {
        let url = acme::abridged(&hop.request.url().to_string());
        let answer = acme::abridged(&hop.trace.answer.to_string());
        let place = |span| self.configuration.position(span);
        let taken = hop.trace.server.map(|id| self.http.server(id).directive.name_span());
        let taken = taken.map(|span| format!(": the server at {} takes it", place(span)));
        let by = hop.trace.decided_by.map(|by| {
            let span = by.head_span();
            format!(", `{}` at {} decides", self.configuration.words_at(span), place(span))
        });
        let (taken, by) = (taken.unwrap_or_default(), by.unwrap_or_default());
        format!("{url}{taken}{by}; the answer is {answer}")
    }
}

/// Whether a challenge that fails like this would make an authority say the message.
fn is_same(finding: &Finding, seen: Seen, cause: &Cause) -> bool {
    match cause.for_one_token() {
        Cause::Status(status) => match seen {
            Seen::Status(wanted) => *status == wanted,
            Seen::AnyStatus => finding.fields.status.is_none_or(|wanted| *status == wanted),
            Seen::Redirect => (300..400).contains(status),
            Seen::WrongBody => (200..300).contains(status),
            _ => false,
        },
        // The file is not there: nginx says so, or whatever it has for such cases.
        Cause::WebRootMismatch { .. } => {
            matches!(seen, Seen::Status(404) | Seen::WrongBody | Seen::AnyStatus)
        }
        Cause::WrongBody => seen == Seen::WrongBody,
        // A home page, or whatever else is there.
        Cause::TokenLost => {
            matches!(seen, Seen::WrongBody | Seen::Status(404 | 403) | Seen::AnyStatus)
        }
        Cause::Redirect(_) => seen == Seen::Redirect,
        // Nobody knows what it says.
        Cause::Backend | Cause::PathChanged { .. } | Cause::OtherPort { .. } => matches!(
            seen,
            Seen::AnyStatus | Seen::Status(_) | Seen::WrongBody | Seen::Redirect | Seen::Nothing
        ),
        Cause::Refused => seen == Seen::Refused,
        Cause::Closed => seen == Seen::Closed,
        Cause::TlsError => seen == Seen::Tls,
        Cause::PortTaken { gives_up, .. } => !gives_up && matches!(seen, Seen::Status(404)),
        Cause::InsertedInVain { is_found: true, instead } | Cause::Unseen { instead, .. } => {
            is_same(finding, seen, instead)
        }
        Cause::InsertedInVain { is_found: false, .. } | Cause::SomeTokens { .. } => false,
    }
}
