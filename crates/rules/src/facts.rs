use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use acme::{Verdicts, WebRoots};
use evidence::{Evidence, client::Lineage};
use model::{Config, Directive, Http, Server, ServerId, Sources, Standing};
use probe::Probed;

use crate::{
    allow::Allows,
    extra::ExtraDirective,
    failure::{Failure, failures},
    insertion::Snippet,
    lineages,
    programs::{Programs, Versions},
    refusal::{Errors, Refused, refused},
    selection::Selection,
    served::Served,
    tls_file::{self, TlsFile},
};

/// All that rules may ask.
pub struct Facts<'c> {
    /// The configuration, typed.
    pub http: &'c Http<'c>,
    /// What lies on disk.
    pub evidence: &'c Evidence,
    /// What the certificate authority sees.
    pub verdicts: &'c Verdicts<'c>,
    /// What the user says.
    pub settings: &'c Settings,
    /// Where tokens may lie.
    pub(crate) web_roots: WebRoots<'c>,
    /// The comments that silence rules.
    pub(crate) allows: Allows,
    /// The challenges that fail, by the mistake behind them.
    failures: Vec<Failure<'c>>,
    /// The servers that are judged one by one.
    servers: Vec<ServerId>,
    /// What makes nginx serve each certificate of a client, found when it is first asked for.
    uses: OnceLock<Vec<Vec<Directive<'c>>>>,
    /// The files that servers include for their challenges, found when they are first asked for.
    snippets: OnceLock<Vec<Snippet>>,
    /// The files of certificates and keys, found when they are first asked for.
    tls_files: OnceLock<Vec<TlsFile<'c>>>,
    /// The pairs of certificate and key that are swapped, found when they are first asked for.
    swapped: OnceLock<Vec<(Directive<'c>, Directive<'c>)>>,
    /// The certificates of those servers, looked through when they are first asked for.
    served: OnceLock<Served<'c>>,
    /// Every file in every kind of block it stands in.
    pub(crate) standings: Vec<Standing<'c>>,
    /// Where the files have syntax errors.
    pub(crate) errors: Errors,
    /// The directives that nginx refuses before it asks their modules.
    pub(crate) refused: Vec<Refused<'c>>,
}

/// What rules need to know that no file says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the files lie on the machine they are for, or in its image: only then does a missing
    /// file mean anything by itself.
    pub is_machine: bool,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// The programs that the configuration is for.
    pub programs: Arc<dyn Programs>,
    /// Which rules are asked.
    pub selection: Selection,
    /// The directives that nobody but the user knows.
    pub directives: Vec<ExtraDirective>,
    /// Whether no other configuration is linted with it, which may include the same files.
    pub is_alone: bool,
    /// What the nginx that runs has said, if it was asked.
    pub probed: Option<Arc<Probed>>,
}

/// Some files, for programs that are not known.
impl Default for Settings {
    fn default() -> Self {
        Self {
            is_machine: false,
            now: 0,
            programs: Arc::new(Versions::default()),
            selection: Selection::default(),
            directives: Vec::new(),
            is_alone: true,
            probed: None,
        }
    }
}

impl<'c> Facts<'c> {
    /// Puts together what rules may ask.
    pub fn new(
        http: &'c Http<'c>,
        evidence: &'c Evidence,
        verdicts: &'c Verdicts<'c>,
        settings: &'c Settings,
    ) -> Self {
        let servers = http.servers().map(|(id, _)| id).collect();
        let standings = http.config.standings();
        let allows = Allows::of(http.config.sources());
        Self { allows, ..Self::on(standings, servers, http, evidence, verdicts, settings) }
    }

    /// The same, as far as files and servers are judged one by one about these alone.
    pub(crate) fn on(
        standings: Vec<Standing<'c>>,
        servers: Vec<ServerId>,
        http: &'c Http<'c>,
        evidence: &'c Evidence,
        verdicts: &'c Verdicts<'c>,
        settings: &'c Settings,
    ) -> Self {
        let failures = failures(http, verdicts);
        let errors = Errors::of(http.config.sources());
        let refused = refused(&standings, &errors, &settings.directives);
        let web_roots = WebRoots::new(http);
        Self {
            http,
            evidence,
            verdicts,
            settings,
            web_roots,
            allows: Allows::default(),
            failures,
            uses: OnceLock::new(),
            snippets: OnceLock::new(),
            tls_files: OnceLock::new(),
            swapped: OnceLock::new(),
            served: OnceLock::new(),
            servers,
            standings,
            errors,
            refused,
        }
    }

    /// The challenges that fail, as a rule is to speak about them: apart for servers where a comment
    /// silences it.
    pub(crate) fn failures(&self, rule: &'static str) -> Cow<'_, [Failure<'c>]> {
        if !self.allows.name(rule) {
            return Cow::Borrowed(&self.failures);
        }
        let allowed_by = |id| {
            let span = self.http.server(id).directive.name_span();
            self.allows.at(rule, span).unwrap_or_default().to_vec()
        };
        Cow::Owned(self.failures.iter().flat_map(|one| one.parts(allowed_by)).collect())
    }

    /// The servers to judge, each by itself, in nginx's order.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (ServerId, &'c Server<'c>)> + Clone {
        self.servers.iter().map(|&id| (id, self.http.server(id)))
    }

    /// The certificates that clients renew, each with the directives that make nginx serve it.
    pub(crate) fn lineages(&self) -> impl Iterator<Item = (&'c Lineage, &[Directive<'c>])> {
        let uses = self.uses.get_or_init(|| lineages::uses(self));
        self.evidence.clients.lineages.iter().zip(uses.iter().map(Vec::as_slice))
    }

    /// The files that servers include for their challenges.
    pub(crate) fn snippets(&self) -> &[Snippet] {
        self.snippets.get_or_init(|| Snippet::all(self.http))
    }

    /// The files of certificates and keys that nginx reads.
    pub(crate) fn tls_files(&self) -> &[TlsFile<'c>] {
        self.tls_files.get_or_init(|| tls_file::files(self))
    }

    /// The pairs of certificate and key directives that are swapped.
    pub(crate) fn swapped(&self) -> &[(Directive<'c>, Directive<'c>)] {
        self.swapped.get_or_init(|| tls_file::swapped(self))
    }

    /// The versions of nginx and its OpenSSL. Asking may start them.
    pub(crate) fn versions(&self) -> Versions {
        self.settings.programs.versions()
    }

    /// The certificates that nginx has for its clients.
    pub(crate) fn served(&self) -> &Served<'c> {
        self.served.get_or_init(|| Served::of(self))
    }

    /// The configuration as one tree.
    pub fn config(&self) -> &'c Config<'c> {
        self.http.config
    }

    /// The files.
    pub fn sources(&self) -> &'c Sources {
        self.http.config.sources()
    }
}
