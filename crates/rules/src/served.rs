//! The certificates that nginx has for its clients, and the names for which it shows them.

use std::path::Path;

use evidence::{Certificate, Chain, PemFile};
use model::{Directive, Http, Level, Name, Server, ServerId, name};
use parser::Span;

use crate::{Diagnostic, Label, Place, Reach, Severity, facts::Facts};

mod builder;
mod shown;
mod slots;

pub(crate) use self::{
    shown::{ShownName, only_redirects},
    slots::{Consequence, slot},
};

/// Every certificate that nginx has for its clients.
#[derive(Default)]
pub(crate) struct Served<'c> {
    /// Each file once, in the order in which they are first named.
    pub(crate) files: Vec<ServedFile<'c>>,
    /// Keys that do not belong to the certificate they go with, each pair of files once.
    pub(crate) mismatched: Vec<Mismatched<'c>>,
    /// Certificates that another one of the same server takes the place of.
    pub(crate) replaced: Vec<Replaced<'c>>,
    /// Names for which servers show another one's certificate, having none.
    pub(crate) borrowed: Vec<Borrowed<'c>>,
}

/// A file of certificates.
pub(crate) struct ServedFile<'c> {
    /// Where it lies.
    pub(crate) path: &'c Path,
    /// What nginx reads from it.
    pub(crate) chain: &'c Chain,
    /// Where it is named, each place once.
    pub(crate) directives: Vec<Directive<'c>>,
    /// The names for which servers show it that name it themselves.
    pub(crate) names: Vec<ShownName<'c>>,
    /// The servers of `http` that show it to clients.
    pub(crate) servers: Vec<ServerId>,
    /// Whether clients are shown it at all, be it by a server of `stream` or `mail`.
    pub(crate) is_shown: bool,
    /// Whether a key does not belong to it: then there is no point in asking what else is wrong.
    pub(crate) is_mismatched: bool,
    /// What OpenSSL wants of its keys and signatures: the highest level of those that load it.
    pub(crate) security_level: u8,
}

/// A key that does not belong to the certificate that it goes with.
pub(crate) struct Mismatched<'c> {
    /// The file of the certificate.
    pub(crate) file: usize,
    /// The first directive that names it.
    pub(crate) certificate: Directive<'c>,
    /// Every directive that names the key for it, each place once.
    pub(crate) keys: Vec<Directive<'c>>,
    /// What follows.
    pub(crate) consequence: Consequence,
}

/// A certificate that never is shown, because another one of its kind comes later.
pub(crate) struct Replaced<'c> {
    /// Its directive.
    pub(crate) certificate: Directive<'c>,
    /// Its file.
    pub(crate) file: usize,
    /// The directive of the later one.
    pub(crate) by: Directive<'c>,
    /// The file of the later one.
    pub(crate) by_file: usize,
}

/// A name for which the certificate of the default server is shown.
pub(crate) struct Borrowed<'c> {
    /// The name, and the server without a certificate that has it.
    pub(crate) name: ShownName<'c>,
    /// The default server.
    pub(crate) from: ServerId,
    /// The files of its certificates.
    pub(crate) files: Vec<usize>,
}

impl<'c> Served<'c> {
    /// Looks through the servers that are judged, and those of `stream` and `mail`.
    pub(crate) fn of(facts: &Facts<'c>) -> Self {
        builder::build(facts)
    }
}

impl<'c> ServedFile<'c> {
    fn new(file: &'c PemFile, chain: &'c Chain) -> Self {
        Self {
            path: &file.path,
            chain,
            directives: Vec::new(),
            names: Vec::new(),
            servers: Vec::new(),
            is_shown: false,
            is_mismatched: false,
            security_level: 0,
        }
    }

    /// The certificate of the server.
    pub(crate) fn leaf(&self) -> &'c Certificate {
        self.chain.leaf()
    }

    /// Whether the public finds a server by a name for which it is shown.
    pub(crate) fn has_public_name(&self) -> bool {
        self.names.iter().any(ShownName::is_public)
    }

    /// A problem with the certificate, reported once for all places that name the file.
    pub(crate) fn problem(
        &self,
        rule: &'static str,
        severity: Severity,
        message: String,
    ) -> Diagnostic {
        let mut diagnostic = problem(rule, severity, place(self.directives[0]), message);
        label_others(&mut diagnostic, &self.directives[1..]);
        diagnostic
    }
}

/// Shows some of the other places of a problem.
pub(crate) fn label_others(diagnostic: &mut Diagnostic, others: &[Directive<'_>]) {
    /// So many are shown.
    const MOST: usize = 3;
    for &directive in others.iter().take(MOST) {
        diagnostic.labels.push(Label { span: place(directive), text: "and here".to_owned() });
    }
    if others.len() > MOST {
        let more = others.len() - MOST;
        let places = if more == 1 { "place" } else { "places" };
        diagnostic.notes.push(format!("it is named in {more} more {places}"));
    }
}

/// A problem with a certificate that does not keep nginx from starting.
pub(crate) fn problem(
    rule: &'static str,
    severity: Severity,
    span: Span,
    message: String,
) -> Diagnostic {
    Diagnostic {
        rule,
        severity,
        message,
        place: Place::Span(span),
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    }
}

/// The path that a directive names.
pub(crate) fn place(directive: Directive<'_>) -> Span {
    directive.arg_span(0).unwrap_or_else(|| directive.name_span())
}

/// The first few of many words, and how many more there are.
pub(crate) fn first_few(words: &[String]) -> String {
    /// So many are named.
    const MOST: usize = 3;
    if words.len() <= MOST + 1 {
        return crate::refusal::list(words, "and");
    }
    format!("{} and {} more", words[..MOST].join(", "), words.len() - MOST)
}

/// Whether a server answers no handshake.
pub(crate) fn rejects_handshakes(http: &Http<'_>, server: &Server<'_>) -> bool {
    is_on(http.effective(server, name::SSL_REJECT_HANDSHAKE))
}

/// Whether a directive that is seldom asked for holds for a server.
pub(crate) fn has_setting(http: &Http<'_>, server: &Server<'_>, name: Name) -> bool {
    let mut all = server.level.settings().chain(http.level.settings());
    all.any(|setting| setting.name() == name)
}

/// What a broken certificate means where browsers have been told to take no other way (RFC 6797,
/// section 12.1); `None` where they have not.
pub(crate) fn lockout(facts: &Facts<'_>, file: &ServedFile<'_>) -> Option<String> {
    let is_told = |id: &ServerId| {
        let headers = |level: &Level<'_>| {
            let all = level.settings().filter(|one| one.name() == name::ADD_HEADER);
            all.map(is_strict).reduce(|one, other| one || other)
        };
        // They are inherited all or none.
        let of_server = headers(&facts.http.server(*id).level);
        of_server.or_else(|| headers(&facts.http.level)).unwrap_or(false)
    };
    file.servers.iter().any(is_told).then(|| {
        "browsers that know its Strict-Transport-Security let nobody go on in spite of it"
            .to_owned()
    })
}

/// Whether a header has browsers come over TLS alone.
fn is_strict(header: Directive<'_>) -> bool {
    let is_it = |name: &[u8]| name.eq_ignore_ascii_case(b"Strict-Transport-Security");
    let text = header.arg(1).map(|value| String::from_utf8_lossy(&value).to_ascii_lowercase());
    let age = text.as_deref().and_then(|text| text.split_once("max-age="));
    let age = age.map(|(_, age)| age.trim_start_matches('"'));
    header.arg(0).is_some_and(|name| is_it(&name))
        && age.is_some_and(|age| age.starts_with(|digit: char| ('1'..='9').contains(&digit)))
}

/// Whether a directive is there and says `on`.
pub(crate) fn is_on(flag: Option<Directive<'_>>) -> bool {
    flag.and_then(|flag| flag.arg(0)).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"))
}
