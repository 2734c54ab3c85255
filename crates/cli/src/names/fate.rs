//! Names that share a fate: what is said about one of them holds for all.

use std::{collections::HashMap, hash::Hash};

use acme::{Cause, Challenge, FamilyVerdict, KeyAuthorization, PATH, Verdict, abridged, dns::list};
use model::{Answer, Directive};

use super::{
    Page,
    judged::{End, Judged},
    probed,
    served::Read,
};
use crate::report::printable;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// So many names of a group.
    pub(crate) names: usize,
    /// So many groups, whatever they are.
    pub(crate) groups: usize,
    /// If there are more groups: so many that differ only in where things stand; more than these
    /// are put together.
    pub(crate) alike: usize,
}

/// What a person reads.
pub(crate) const FEW: Limits = Limits { names: 5, groups: 12, alike: 3 };

/// Everything.
pub(crate) const ALL: Limits = Limits { names: usize::MAX, groups: usize::MAX, alike: usize::MAX };

/// Whether there was more than the limits let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    All,
    Abridged,
}

/// What becomes of a challenge, and on which way.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    /// How it ends over IPv4 and IPv6; `None` where no challenge is made.
    pub(crate) ends: [Option<End>; 2],
    /// What DNS makes of it; `None` if it was not asked.
    pub(crate) dns: Option<End>,
    /// The way, a line for each hop, and what is at its end.
    pub(crate) lines: Vec<Line>,
}

/// One line about a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) label: Label,
    /// Where it is said so: file and line, fit for a terminal; empty if nowhere. Of a file, whether
    /// somebody has said where it lies.
    pub(crate) place: String,
    /// What there is to say, fit for a terminal, with [`NAME`] for the name itself.
    pub(crate) text: String,
    /// The text without what differs between names that are alike.
    shape: String,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    /// The address family that the next lines are about, if both have a fate of their own.
    Family,
    /// A request over HTTP or TLS, with its server.
    Http,
    Https,
    /// What answers: a file, a text of the configuration, a client behind it, nginx itself.
    File,
    Text,
    Client,
    Nginx,
    /// What the certificate authority gets instead.
    Gets,
    /// Why it is not known, or no challenge is made.
    Why,
    /// The rule that says more.
    Rule,
    /// The certificate that nginx shows, and its next renewal.
    Cert,
    Renews,
    /// What the nginx that runs says: to a request, in a handshake.
    Probe,
    Tls,
    /// What DNS says.
    Dns,
}

/// Stands for the name in a line, where no letter of a configuration can be it.
pub(crate) const NAME: char = '\0';

/// Names that share a fate.
pub(crate) struct Group<'n, 'c> {
    /// The names in their order, with what becomes of each: the lines of all have the same labels.
    pub(crate) names: Vec<(&'n Judged<'c>, Fate)>,
    /// Whether they differ in where things stand.
    pub(crate) is_mixed: bool,
}

/// What makes the fates of two names the same: all that is said but where a redirect leads, which
/// may be to the name itself or to another one of the same servers.
type Same = ([Option<End>; 3], Vec<(Label, String, String)>);

/// What makes the fates of two names alike: the places, and what else is their own, left out.
type Alike = ([Option<End>; 3], Vec<(Label, String)>);

/// The groups of names, in the order of their first names.
pub(crate) fn groups<'n, 'c>(
    page: &Page<'_, 'c>,
    names: &'n [Judged<'c>],
    limits: Limits,
) -> Vec<Group<'n, 'c>> {
    let numbered = names.iter().enumerate();
    let fates = numbered.map(|(number, name)| (name, fate(page, number, name)));
    let same = together(fates.map(|(name, fate)| (fate.same(), vec![(name, fate)])));
    let most_alike = if same.len() <= limits.groups { usize::MAX } else { limits.alike };
    let mut counts: HashMap<Alike, usize> = HashMap::new();
    for (_, names) in &same {
        *counts.entry(names[0].1.alike()).or_default() += 1;
    }
    // A group that stays alone has a number that no other one has.
    let keyed = same.into_iter().enumerate().map(|(number, (_, names))| {
        let alike = names[0].1.alike();
        let is_mixed = counts.get(&alike).is_some_and(|&count| count > most_alike);
        ((alike, (!is_mixed).then_some(number)), names)
    });
    let groups = together(keyed).into_iter();
    groups.map(|((_, number), names)| Group { names, is_mixed: number.is_none() }).collect()
}

/// Puts together what has the same key, in the order in which keys come first.
fn together<K: Clone + Eq + Hash, V>(all: impl Iterator<Item = (K, Vec<V>)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    let mut known: HashMap<K, usize> = HashMap::new();
    for (key, values) in all {
        if let Some(&at) = known.get(&key) {
            groups[at].1.extend(values);
        } else {
            known.insert(key.clone(), groups.len());
            groups.push((key, values));
        }
    }
    groups
}

impl Fate {
    fn same(&self) -> Same {
        let lines = self.lines.iter().map(|line| {
            let is_alike = line.is_hop() || matches!(line.label, Label::Cert | Label::Renews);
            let text = if is_alike { &line.shape } else { &line.text };
            (line.label, line.place.clone(), text.clone())
        });
        (self.all_ends(), lines.collect())
    }

    fn alike(&self) -> Alike {
        (self.all_ends(), self.lines.iter().map(|line| (line.label, line.shape.clone())).collect())
    }

    fn all_ends(&self) -> [Option<End>; 3] {
        let [ipv4, ipv6] = self.ends;
        [ipv4, ipv6, self.dns]
    }
}

impl Line {
    /// Whether it is about a request rather than about the end.
    pub(crate) fn is_hop(&self) -> bool {
        matches!(self.label, Label::Http | Label::Https)
    }

    /// The text with the name itself in it.
    pub(crate) fn text_for(&self, name: &Judged<'_>) -> String {
        self.text.replace(NAME, &printable::words(&name.text))
    }
}

/// What becomes of a name, the one of this number.
fn fate(page: &Page<'_, '_>, number: usize, name: &Judged<'_>) -> Fate {
    let mut ends = [None, None];
    let mut ways = Vec::with_capacity(2);
    let writer = Writer { page, name: &printable::words(&name.text) };
    for (family, rule) in name.verdict.families.iter().zip(&name.rules) {
        ends[usize::from(family.is_ipv6)] =
            Some(End::of(&family.verdict)).filter(|end| *end != End::NotHttp01);
        ways.push(writer.lines(family, *rule));
    }
    let dns = name.asked.as_ref().map(End::of_dns);
    let mut certificate = [writer.dns(name), writer.certificate(name)].concat();
    let probed = page.probed.and_then(|probed| probed.names.get(number));
    for (label, text) in probed.map(probed::lines).unwrap_or_default() {
        certificate.push(writer.line(label, None, &text, &text));
    }
    if ways.windows(2).all(|pair| pair[0] == pair[1]) {
        let way = ways.into_iter().next().unwrap_or_default();
        return Fate { ends, dns, lines: [way, certificate].concat() };
    }
    let families = name.verdict.families.iter().zip(ways).map(|(family, lines)| {
        let text = if family.is_ipv6 { "over IPv6" } else { "over IPv4" };
        let heading = writer.line(Label::Family, None, text, text);
        [vec![heading], lines].concat()
    });
    Fate { ends, dns, lines: families.flatten().chain(certificate).collect() }
}

/// Writes the lines about a name.
struct Writer<'w, 'c> {
    page: &'w Page<'w, 'c>,
    name: &'w str,
}

impl Writer<'_, '_> {
    fn lines(&self, family: &FamilyVerdict<'_>, rule: Option<&str>) -> Vec<Line> {
        let mut lines: Vec<_> = family.challenge.iter().flat_map(|way| self.hops(way)).collect();
        lines.push(self.end(family));
        if let Some(rule) = rule {
            lines.push(self.line(Label::Rule, None, rule, rule));
        }
        lines
    }

    /// What DNS says of the name, and what is wrong with that.
    fn dns(&self, name: &Judged<'_>) -> Vec<Line> {
        let Some(asked) = &name.asked else { return Vec::new() };
        let addresses: Vec<_> = asked.records.addresses().collect();
        let mut lines = Vec::new();
        if !addresses.is_empty() {
            let mut text = list(&addresses);
            if let Some(alias) = asked.records.aliases.last() {
                text = format!("{alias}, {text}");
            }
            if let Some(proxy) = asked.proxy {
                text = format!("{text} ({proxy}, in front of this machine)");
            } else if !asked.is_compared {
                text += " (not compared with this machine: `--public-address`)";
            }
            lines.push(self.line(Label::Dns, None, &text, ""));
        }
        for fault in &asked.faults {
            lines.push(self.line(Label::Why, None, &fault.words(), fault.rule()));
            lines.push(self.line(Label::Rule, None, fault.rule(), fault.rule()));
        }
        lines
    }

    /// The certificate that nginx shows for the name, and its next renewal.
    fn certificate(&self, name: &Judged<'_>) -> Vec<Line> {
        let read = name.served.as_ref().and_then(|served| served.certificate.as_ref());
        let Some(Read { covers, days_left, issuer, renewal, .. }) = read else { return Vec::new() };
        let covers = if *covers { "" } else { "not for this name, " };
        let left = match days_left {
            ..0 => "expired".to_owned(),
            0 => "less than a day left".to_owned(),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        };
        let shape = format!("{covers}{}{issuer}", *days_left < 0);
        let text = format!("{covers}{left}, from {issuer}");
        let mut lines = vec![self.line(Label::Cert, None, &text, &shape)];
        if let Some(renewal) = renewal {
            let text = renewal.words(self.page.settings.now);
            let shape = format!("{}{}{:?}", renewal.client, renewal.method, renewal.reload);
            lines.push(self.line(Label::Renews, None, &text, &shape));
        }
        lines
    }

    fn hops(&self, challenge: &Challenge<'_>) -> Vec<Line> {
        let hops = challenge.hops.iter().map(|hop| {
            let label = match hop.request.scheme {
                model::Scheme::Http => Label::Http,
                model::Scheme::Https => Label::Https,
            };
            let server = hop.trace.server.map(|id| self.page.http.server(id).directive);
            let (text, shape) = match &hop.trace.answer {
                Answer::Redirect { status, to } => {
                    let text = format!("{status} to {}", target(to));
                    (text, status.to_string())
                }
                _ => (String::new(), String::new()),
            };
            self.line(label, server, &text, &shape)
        });
        hops.collect()
    }

    /// What is at the end of a way.
    fn end(&self, family: &FamilyVerdict<'_>) -> Line {
        let last = family.challenge.as_ref().and_then(|challenge| challenge.hops.last());
        match &family.verdict {
            Verdict::Passes(from) => self.passes(from),
            Verdict::Fails(cause) => {
                let at = last.and_then(|hop| hop.trace.decided_by);
                let words = abridged(&cause.words());
                let by = match (cause, at) {
                    (Cause::Redirect(_) | Cause::WebRootMismatch { .. }, _) | (_, None) => {
                        String::new()
                    }
                    (_, Some(at)) => format!(", by `{}`", self.directive(at)),
                };
                self.line(Label::Gets, at, &[&*words, &by].concat(), &shape_of(&words))
            }
            Verdict::Unknown { because, at } => {
                let because = abridged(because);
                self.line(Label::Why, *at, &because, &shape_of(&because))
            }
            Verdict::NotHttp01 { because, .. } => self.line(Label::Why, None, because, because),
        }
    }

    fn passes(&self, from: &KeyAuthorization<'_>) -> Line {
        let (label, at, text) = match from {
            KeyAuthorization::File { path, is_guess } => {
                let path = abridged(&printable::path(path));
                let place = if *is_guess { "below a guessed prefix" } else { "" };
                let line = self.line(Label::File, None, &path, place);
                return Line { place: place.to_owned(), ..line };
            }
            KeyAuthorization::Stateless(at) => (Label::Text, Some(*at), self.directive(*at)),
            KeyAuthorization::Client(at) => (Label::Client, Some(*at), self.directive(*at)),
            KeyAuthorization::Plugin(at) => {
                (Label::Client, Some(*at), "the ACME client, which edits this server".to_owned())
            }
            KeyAuthorization::AcmeModule(at) => (Label::Nginx, Some(*at), self.directive(*at)),
        };
        self.line(label, at, &text, "")
    }

    fn line(&self, label: Label, at: Option<Directive<'_>>, text: &str, shape: &str) -> Line {
        let place = at.map(|at| self.page.place(at)).unwrap_or_default();
        let text = with_placeholder(&printable::words(text), self.name);
        Line { label, place, text, shape: shape.to_owned() }
    }

    /// A directive in a few words.
    fn directive(&self, directive: Directive<'_>) -> String {
        const MOST: usize = 50;
        let text = abridged(&self.page.places.text(directive));
        match text.char_indices().nth(MOST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// Where a redirect leads, without what is the same for all challenges.
fn target(to: &[u8]) -> String {
    let to = abridged(&String::from_utf8_lossy(to));
    match to.strip_suffix(&format!("{PATH}TOKEN")) {
        Some(start) => format!("{start}/…"),
        None => to,
    }
}

/// The words of a reason that are the same for every name: no hosts, paths, addresses and quotes.
fn shape_of(words: &str) -> String {
    let is_general = |word: &&str| !word.contains(['/', '`', '.', ':']);
    words.split(' ').filter(is_general).collect::<Vec<_>>().join(" ")
}

/// A text with a placeholder wherever a name stands as a whole.
fn with_placeholder(text: &str, name: &str) -> String {
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(name).filter(|_| !name.is_empty()) {
        let end = at + name.len();
        let around = [text[..at].chars().next_back(), text[end..].chars().next()];
        if !around.into_iter().flatten().any(is_of_name) {
            replaced += &text[from..at];
            replaced.push(NAME);
            from = end;
        }
    }
    replaced + &text[from..]
}
