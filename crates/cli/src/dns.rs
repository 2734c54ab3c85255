//! `--dns`: asks a resolver about the names, each of them once in a run.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, IsTerminal, Write},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use acme::{
    Verdicts,
    dns::{Dns, Machine, Records, Resolver, Wanted, wanted},
};
use dns::{Servers, Unanswered};
use evidence::client::{Clients, account_uri};
use model::{Http, Sources};

use crate::{addresses, arguments, lint::Settings};

/// Whom to ask, and what was said so far.
pub(crate) struct Resolving {
    servers: Result<Servers, String>,
    declared: Vec<IpAddr>,
    known: Mutex<Known>,
}

/// What was said so far.
#[derive(Default)]
struct Known {
    records: BTreeMap<String, Records>,
    told: Told,
}

/// What there is to tell about DNS in general.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Who has answered.
    pub resolver: Option<Resolver>,
    /// How many names were asked about.
    pub names: usize,
    /// How many of them could not be compared with this machine.
    pub not_compared: usize,
    /// How many there was no time for.
    pub not_asked: usize,
    /// Why nobody was asked.
    pub problem: Option<String>,
}

impl Resolving {
    /// As the command line says; `None` if DNS is not to be asked.
    pub(crate) fn of(arguments: &arguments::Dns) -> Option<Self> {
        let servers = match arguments.resolver() {
            Some(servers) => Ok(servers.clone()),
            None => Servers::of_system().map_err(|error| error.to_string()),
        };
        arguments.is_asked.then(|| Self {
            servers,
            declared: arguments.public_addresses().to_vec(),
            known: Mutex::default(),
        })
    }

    /// Asks about the names of a configuration, and takes what DNS says into the verdicts.
    pub(crate) fn join(
        &self,
        settings: &Settings<'_>,
        sources: &Sources,
        http: &Http<'_>,
        clients: &Clients,
        verdicts: &mut Verdicts<'_>,
    ) {
        let account = |lineage: &_| account_uri(lineage, settings.file_system);
        let wanted = wanted(verdicts, clients, account);
        let machine = self.machine(settings, sources, http);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.ask(self, &wanted);
        let Some(resolver) = known.told.resolver.clone() else { return };
        let answers = wanted.into_iter().filter_map(|(name, wanted)| {
            let records = known.records.get(&name)?.clone();
            Some((name, (wanted, records)))
        });
        let dns = Dns::judge(answers.collect(), resolver, &machine);
        known.told.not_compared += dns.names.values().filter(|asked| !asked.is_compared).count();
        verdicts.join(dns);
    }

    /// Whether DNS has told about a name in lower case, as far as it tells everything.
    pub(crate) fn has_told(&self, name: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_blind = |resolver: &Resolver| resolver.validates == Some(false);
        known.records.contains_key(name) && !known.told.resolver.as_ref().is_some_and(is_blind)
    }

    /// What there is to tell at the end.
    pub(crate) fn told(&self) -> Told {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).told.clone()
    }

    /// The machine that a configuration is for.
    fn machine(&self, settings: &Settings<'_>, sources: &Sources, http: &Http<'_>) -> Machine {
        let mut machine = Machine::of(http);
        machine.declared.clone_from(&self.declared);
        // Those of this machine say nothing about the configuration of another one.
        let is_own = settings.is_machine(sources) && settings.is_this_machine;
        if let Some(own) = is_own.then(addresses::own).flatten() {
            machine.own.extend(own);
            machine.has_looked = true;
        }
        machine
    }
}

impl Known {
    /// Asks about the names that are not known yet. Whoever has not answered once is not asked again.
    fn ask(&mut self, resolving: &Resolving, wanted: &BTreeMap<String, Wanted>) {
        if self.told.problem.is_some() {
            return;
        }
        let is_new = |name: &&String| !self.records.contains_key(*name);
        let names: BTreeSet<String> = wanted.keys().filter(is_new).cloned().collect();
        if names.is_empty() && self.told.resolver.is_some() {
            return;
        }
        let asked = match &resolving.servers {
            Ok(servers) => {
                let mut line = Line::new(names.len());
                let answers = dns::ask(&names, servers, |done| line.show(done));
                line.clear();
                answers.map_err(|why| in_words(&why, servers))
            }
            Err(why) => Err(format!("{why}; name a resolver with --resolver ADDRESS")),
        };
        match asked {
            Ok(answers) => {
                self.told.names += answers.records.len();
                self.told.not_asked += answers.not_asked;
                if answers.not_asked > 0 {
                    let why = format!(
                        "there was no time for {} of {} names",
                        answers.not_asked,
                        names.len()
                    );
                    self.told.problem = Some(why);
                }
                self.told.resolver.get_or_insert(answers.resolver);
                self.records.extend(answers.records);
            }
            Err(why) => self.told.problem = Some(why),
        }
        if let Some(problem) = &self.told.problem {
            let _ = writeln!(io::stderr(), "error: cannot ask DNS: {problem}");
        }
    }
}

fn in_words(why: &Unanswered, servers: &Servers) -> String {
    match why {
        Unanswered::Silent(why) => {
            format!("no resolver answers ({why}); name another one with --resolver ADDRESS")
        }
        Unanswered::Refused => {
            let names: Vec<_> = servers.addresses.iter().map(ToString::to_string).collect();
            format!(
                "{} refuses every question; name a resolver that serves this machine with --resolver \
                 ADDRESS",
                names.join(", ")
            )
        }
        Unanswered::Isolated => {
            let names: Vec<_> = servers.addresses.iter().map(ToString::to_string).collect();
            format!(
                "{} knows neither the root of DNS nor any of the names, so that it does not see what the \
                 Internet sees; name another resolver with --resolver ADDRESS",
                names.join(", ")
            )
        }
        Unanswered::Machine(why) => why.clone(),
    }
}

/// How far it is, on a terminal.
struct Line {
    total: usize,
    is_seen: bool,
}

impl Line {
    fn new(total: usize) -> Self {
        let is_seen = io::stderr().is_terminal();
        let mut line = Self { total, is_seen };
        line.show(0);
        line
    }

    fn show(&mut self, done: usize) {
        if self.is_seen {
            let mut stream = io::stderr();
            let _ = write!(stream, "\rasking DNS: {done} of {} names", self.total);
            let _ = stream.flush();
        }
    }

    fn clear(&mut self) {
        if self.is_seen {
            let digits = self.total.to_string().len();
            let _ = write!(io::stderr(), "\r{}\r", " ".repeat(22 + 2 * digits));
        }
    }
}
