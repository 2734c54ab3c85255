//! Whether a message still comes true with the configuration as it is now.

use std::{mem::ManuallyDrop, net::IpAddr};

use acme::{
    NameVerdict,
    catalogue::{Lies, Seen, Speaker, Why},
};
use evidence::client::Clients;
use model::{Address, Config, Http, Server, Sources};
use rules::{Applicability, Diagnostic, Group, Place, RULES, Severity};

use super::finding::Finding;
use crate::{
    addresses,
    lint::{self, Settings},
    names::served::{Lookout, Served},
    report::{Configuration, FixState, Report, printable},
};
use verdict::judged;

mod files;
mod place;
mod verdict;

/// What the configuration says to a finding.
#[derive(Debug)]
pub(super) struct Today {
    pub(super) stands: Stands,
    /// Why, in sentences.
    pub(super) because: Vec<String>,
    /// The diagnostics that are about it: the number of the configuration, and in it.
    pub(super) diagnostics: Vec<(usize, usize)>,
    /// Whether nginx's configuration is cleared of it.
    pub(super) is_cleared: bool,
}

/// Whether something is still so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// It is.
    Still,
    /// Something goes wrong, and in another way.
    Otherwise,
    /// It is not, as far as files tell.
    NoMore,
    /// Files do not tell.
    NotKnown,
}

/// Compares each finding with the configurations, and puts what was looked at into the report.
pub(super) fn compare<'s>(
    all: &[(&Settings<'_>, &'s Sources)],
    findings: &[Finding],
    report: &mut Report<'s>,
) -> Vec<Today> {
    let mut today: Vec<Today> = findings.iter().map(|_| Today::none()).collect();
    for (index, &(settings, sources)) in all.iter().enumerate() {
        let (configuration, _) = lint::lint(settings, sources, Applicability::Safe);
        let config = Config::of(sources);
        let installed = settings.installed(sources);
        let http = ManuallyDrop::new(Http::of(&config, settings.prefix(sources, &installed)));
        let clients = settings.clients(sources);
        // Those of this machine say nothing about the configuration of another one.
        let own = settings.is_machine(sources) && settings.is_this_machine;
        let own = own.then(addresses::own).flatten();
        let compared = Compared {
            settings,
            sources,
            http: &http,
            clients: &clients,
            configuration: &configuration,
            index,
            own: own.as_deref(),
        };
        for (finding, today) in findings.iter().zip(&mut today) {
            let one = compared.one(finding);
            // Of several configurations the one counts in which it still is so.
            if index == 0 || one.stands.rank() < today.stands.rank() {
                *today = one;
            }
        }
        report.configurations.push(configuration);
    }
    today
}

impl Today {
    fn none() -> Self {
        Self {
            stands: Stands::NotKnown,
            because: Vec::new(),
            diagnostics: Vec::new(),
            is_cleared: false,
        }
    }
}

impl Stands {
    fn rank(self) -> u8 {
        match self {
            Self::Still => 0,
            Self::Otherwise => 1,
            Self::NotKnown => 2,
            Self::NoMore => 3,
        }
    }

    /// For programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Still => "stands",
            Self::Otherwise => "otherwise",
            Self::NoMore => "gone",
            Self::NotKnown => "unknown",
        }
    }
}

/// A configuration that findings are compared with.
struct Compared<'t, 'c, 's> {
    settings: &'t Settings<'t>,
    sources: &'t Sources,
    http: &'c Http<'c>,
    clients: &'t std::sync::Arc<Clients>,
    configuration: &'t Configuration<'s>,
    index: usize,
    /// The addresses of this machine, where they are known.
    own: Option<&'t [IpAddr]>,
}

impl Compared<'_, '_, '_> {
    fn one(&self, finding: &Finding) -> Today {
        let mut today = Today::none();
        match finding.message.seen {
            Seen::Other | Seen::PortTaken => self.by_rules(finding, &mut today),
            _ if finding.names.is_empty() || finding.fields.challenge == Some("dns-01") => {
                self.by_rules(finding, &mut today);
            }
            seen => self.by_challenges(finding, seen, &mut today),
        }
        self.certificates(finding, &mut today);
        self.addresses(finding, &mut today);
        today
    }

    /// Follows the challenge of each name.
    fn by_challenges(&self, finding: &Finding, seen: Seen, today: &mut Today) {
        let challenges = self.settings.challenges(self.clients);
        let names = finding.names.iter().cloned();
        let verdicts =
            acme::verdicts_on_asked(self.http, self.settings.file_system, &challenges, names);
        if verdicts.is_empty() {
            today.because.push("no server of this configuration has a name".to_owned());
            return;
        }
        let mut worst: Option<Stands> = None;
        for verdict in &verdicts {
            let (stands, sentence) = judged(finding, seen, verdict);
            today.because.push(sentence);
            if worst.is_none_or(|worst| stands.rank() < worst.rank()) {
                worst = Some(stands);
            }
        }
        today.stands = worst.unwrap_or(Stands::NotKnown);
        today.is_cleared = today.stands == Stands::NoMore;
        if matches!(today.stands, Stands::Still | Stands::Otherwise) {
            let is_about = |diagnostic: &Diagnostic| {
                let is_way = group(diagnostic.rule) == Some(Group::Challenge)
                    || finding.message.rules().contains(&diagnostic.rule);
                is_way && diagnostic.names.iter().any(|name| finding.names.contains(name))
            };
            self.add(today, is_about);
            if today.diagnostics.is_empty() {
                let ways = verdicts.iter().flat_map(|verdict| self.way(verdict));
                today.because.extend(ways);
            }
        }
        if matches!(today.stands, Stands::NoMore | Stands::NotKnown) {
            let is_of_dns = |diagnostic: &Diagnostic| {
                group(diagnostic.rule) == Some(Group::Dns)
                    && finding.message.rules().contains(&diagnostic.rule)
                    && diagnostic.names.iter().any(|name| finding.names.contains(name))
            };
            self.add(today, is_of_dns);
            if !today.diagnostics.is_empty() {
                (today.stands, today.is_cleared) = (Stands::Still, false);
                today.because.push("DNS leads challenges elsewhere".to_owned());
                return;
            }
        }
        // One challenge alone may pass where several do not.
        if today.stands == Stands::NoMore {
            let rules: Vec<_> = finding.causes().flat_map(|why| why.rules).collect();
            let is_cause = |diagnostic: &Diagnostic| {
                rules.contains(&&diagnostic.rule)
                    && diagnostic.severity > Severity::Info
                    && match &diagnostic.names[..] {
                        [] => self.is_on_way(diagnostic, &verdicts),
                        names => names.iter().any(|name| finding.names.contains(name)),
                    }
            };
            self.add(today, is_cause);
            if !today.diagnostics.is_empty() {
                (today.stands, today.is_cleared) = (Stands::Still, false);
                today.because.push("and yet there is what may lead to the message".to_owned());
                return;
            }
        }
        // A challenge that passes now, or that nothing is known of, says nothing of DNS.
        let leads_away =
            finding.addresses.iter().any(|address| self.is_ours(*address) == Some(false));
        // Nor does it say that nginx runs, and that a firewall lets somebody through to it.
        let is_of_network = matches!(seen, Seen::Refused | Seen::Nothing);
        if today.stands == Stands::NoMore && (leads_away || is_of_network) {
            today.stands = Stands::NotKnown;
        }
    }

    /// Whether what a diagnostic is about stands in a server of these challenges, or around all servers.
    fn is_on_way(&self, diagnostic: &Diagnostic, verdicts: &[NameVerdict<'_>]) -> bool {
        let Place::Span(place) = diagnostic.place else { return false };
        let has = |server: &Server<'_>| {
            let own = server.directive.span();
            own.file == place.file && own.start <= place.start && place.end <= own.end
        };
        let mut servers = verdicts.iter().flat_map(|verdict| &verdict.servers);
        servers.any(|id| has(self.http.server(*id)))
            || !self.http.servers.iter().any(|server| has(server))
    }

    /// Asks the rules that find a cause of the message.
    fn by_rules(&self, finding: &Finding, today: &mut Today) {
        let rules = finding.message.rules();
        if let Some((path, line)) = &finding.fields.at {
            self.by_line(finding, path, *line, today);
            if !today.diagnostics.is_empty() {
                return;
            }
        }
        let is_about = |diagnostic: &Diagnostic| {
            let is_of_names = finding.names.is_empty()
                || diagnostic.names.is_empty()
                || diagnostic.names.iter().any(|name| finding.names.contains(name));
            rules.contains(&diagnostic.rule) && diagnostic.severity > Severity::Info && is_of_names
        };
        let is_of_path = |diagnostic: &Diagnostic| {
            finding.fields.path.as_deref().is_none_or(|path| {
                finding.message.seen != Seen::Other || self.is_of_path(diagnostic, path)
            })
        };
        self.add(today, |diagnostic| is_about(diagnostic) && is_of_path(diagnostic));
        // What clients say names their own files, which no directive does.
        if today.diagnostics.is_empty() && !finding.message.speakers.contains(&Speaker::Nginx) {
            self.add(today, is_about);
        }
        if !today.diagnostics.is_empty() {
            today.stands = Stands::Still;
            if today.because.is_empty() {
                today.because.push("it is still so".to_owned());
            }
            return;
        }
        let own = [Lies::Configuration, Lies::Files, Lies::Client];
        let is_own = |lies: Lies| own.contains(&lies);
        let mut found = finding.causes().filter(|why| is_own(why.lies) && !why.rules.is_empty());
        let is_of_dns = |why: &Why| why.lies == Lies::Dns && !why.rules.is_empty();
        let has_told = |name: &String| self.settings.dns.is_some_and(|dns| dns.has_told(name));
        if finding.causes().any(is_of_dns)
            && !finding.names.is_empty()
            && finding.names.iter().all(has_told)
        {
            today.stands = Stands::NoMore;
            today.because.push("DNS does not say so any more".to_owned());
            return;
        }
        if found.next().is_none() {
            today.because.push("this cannot be told from nginx's configuration".to_owned());
            return;
        }
        if finding.fields.at.is_some() {
            today.is_cleared = today.stands == Stands::NoMore;
            return;
        }
        if let Some(why) = self.not_looked_at(finding) {
            today.because.push(why);
            return;
        }
        let is_all = finding.causes().all(is_of_configuration);
        let is_read = finding.fields.path.as_deref().is_some_and(|path| self.names_file(path));
        if is_all && finding.names.is_empty() && (is_read || place::is_exact(finding)) {
            today.stands = Stands::NoMore;
        }
        // Where nothing else may be behind it, nothing would be left to look at.
        today.is_cleared = today.stands == Stands::NoMore || !is_all;
        today.because.push("no rule finds a cause of it in this configuration".to_owned());
    }

    fn add(&self, today: &mut Today, is_about: impl Fn(&Diagnostic) -> bool) {
        for (number, diagnostic) in self.configuration.diagnostics.iter().enumerate() {
            let place = (self.index, number);
            if is_about(diagnostic) && !today.diagnostics.contains(&place) {
                today.diagnostics.push(place);
            }
        }
    }

    /// What nginx shows for the names, if the message is about certificates.
    fn certificates(&self, finding: &Finding, today: &mut Today) {
        let is_tls = |rule: &&str| group(rule) == Some(Group::Tls);
        if finding.message.seen != Seen::Other || !finding.message.rules().iter().any(is_tls) {
            return;
        }
        let mut lookout =
            Lookout::new(self.settings, self.http, std::sync::Arc::clone(self.clients));
        for name in &finding.names {
            let Some(known) = acme::name_of(self.http, name.clone()) else { continue };
            let sentence = match lookout.of(&known) {
                None => format!("nginx shows no certificate for {name}"),
                Some(Served { path, certificate: None }) => {
                    let path = printable::path(&path);
                    format!("for {name} nginx would show {path}, which cannot be read")
                }
                Some(Served { path, certificate: Some(read) }) => {
                    let path = printable::path(&path);
                    let days = match read.days_left {
                        ..0 => format!("expired {} days ago", -read.days_left),
                        days => format!("is good for {days} more days"),
                    };
                    let covers = if read.covers { "is" } else { "is not" };
                    format!(
                        "for {name} nginx shows {path}: it {covers} for this name, {days}, and \
                         was issued by {}",
                        printable::words(&read.issuer)
                    )
                }
            };
            today.because.push(sentence);
        }
    }

    /// Whether the addresses in the message are ours.
    fn addresses(&self, finding: &Finding, today: &mut Today) {
        for address in &finding.addresses {
            match self.is_ours(*address) {
                Some(true) => {
                    today.because.push(format!("{address} is an address of this machine"));
                }

                Some(false) => today.because.push(format!(
                    "{address} is none of this machine's addresses: unless a router or balancer \
                     stands in front, the name leads to another machine"
                )),
                None => {}
            }
        }
    }

    fn is_ours(&self, address: IpAddr) -> Option<bool> {
        let is_listened = self
            .http
            .sockets()
            .any(|(_, socket)| matches!(socket.address, Address::Ip(ip, _) if ip == address));
        let own = self.own.map(|own| own.contains(&address));
        if is_listened { Some(true) } else { own }
    }
}

fn group(rule: &str) -> Option<Group> {
    RULES.iter().find(|one| one.id == rule).map(|one| one.group)
}

/// Whether something would lie where the model and the rules have looked.
pub(super) fn is_of_configuration(why: &Why) -> bool {
    matches!(why.lies, Lies::Configuration | Lies::Files) && !why.rules.is_empty()
}

/// Whether the fix of a diagnostic is in a patch that the program would print.
pub(super) fn is_patched(configuration: &Configuration<'_>, number: usize) -> bool {
    configuration.fixes.get(number).is_some_and(|fix| *fix == Some(FixState::InPatch))
}
