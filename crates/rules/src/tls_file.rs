//! The files of certificates and keys that the configuration names.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use evidence::{Named, Pair, PemFile, Purpose, named_by, other_servers, pairs};
use model::Directive;
use parser::Span;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Diagnostic, Place, Reach, Severity, facts::Facts, places::also_at};

/// A file with the directives that name it for one purpose.
pub(crate) struct TlsFile<'c> {
    /// What the path leads to.
    pub(crate) file: &'c PemFile,
    /// What the directives want of it.
    pub(crate) purpose: Purpose,
    /// Of a key, whether there is a file of passwords for it wherever it is used.
    pub(crate) has_passwords: bool,
    /// The directives, each place once.
    pub(crate) directives: Vec<Directive<'c>>,
}

/// Every file that nginx reads, and what it has to be, by path.
pub(crate) fn files<'c>(facts: &Facts<'c>) -> Vec<TlsFile<'c>> {
    let servers = facts.servers().map(|(_, server)| server);
    // A file has one place in memory, and paths are long to compare.
    let mut known: FxHashMap<(*const PemFile, Purpose), usize> = FxHashMap::default();
    let mut files: Vec<TlsFile<'c>> = Vec::new();
    let mut seen = FxHashSet::default();
    for Named { directive, purpose, has_passwords, .. } in named_by(facts.http, servers) {
        let Some(file) = facts.evidence.file(facts.config(), directive) else { continue };
        let at = *known.entry((std::ptr::from_ref(file), purpose)).or_insert_with(|| {
            files.push(TlsFile { file, purpose, has_passwords: true, directives: Vec::new() });
            files.len() - 1
        });
        let at = &mut files[at];
        at.has_passwords &= has_passwords;
        if seen.insert(directive.span()) {
            at.directives.push(directive);
        }
    }
    files.retain(|file| !file.directives.is_empty());
    files.sort_by_key(|file| (&file.file.path, file.purpose));
    files
}

/// The pairs whose certificate is a key and whose key is a certificate, each place once.
pub(crate) fn swapped<'c>(facts: &Facts<'c>) -> Vec<(Directive<'c>, Directive<'c>)> {
    let config = facts.config();
    let mut known = HashMap::new();
    let mut is_only = |directive: Directive<'c>, wants_key: bool| {
        *known.entry(directive).or_insert_with(|| {
            let content = facts.evidence.file(config, directive).and_then(PemFile::content);
            content.is_some_and(|content| {
                (content.has_key(), content.has_certificate()) == (wants_key, !wants_key)
            })
        })
    };
    let servers = facts.servers().flat_map(|(_, server)| pairs(facts.http, server));
    let others = other_servers(facts.http).into_iter().flat_map(|server| server.pairs);
    let mut seen = HashSet::new();
    let swapped = servers.chain(others).filter_map(|Pair { certificate, key }| {
        let key = key?;
        (is_only(certificate, true) && is_only(key, false)).then_some((certificate, key))
    });
    swapped.filter(|(certificate, key)| seen.insert((certificate.span(), key.span()))).collect()
}

/// The directives of certificates and keys whose value is known at the handshake only, each once.
pub(crate) fn with_variables<'c>(facts: &Facts<'c>) -> impl Iterator<Item = Directive<'c>> {
    let servers = facts.servers().flat_map(|(_, server)| pairs(facts.http, server));
    let directives = servers.flat_map(|Pair { certificate, key }| [Some(certificate), key]);
    let mut seen = HashSet::new();
    directives.flatten().filter(move |directive| {
        // Those of nginx's ACME module have nothing to do with files.
        let is_file = |argument: &[u8]| {
            argument.contains(&b'$') && !argument.starts_with(b"$acme_certificate")
        };
        directive.arg(0).is_some_and(|argument| is_file(&argument)) && seen.insert(directive.span())
    })
}

impl TlsFile<'_> {
    /// A problem with the file, reported once for all directives that name it.
    pub(crate) fn problem(
        &self,
        rule: &'static str,
        severity: Severity,
        message: &str,
    ) -> Diagnostic {
        let (first, others) = self.directives.split_first().expect("a file is named somewhere");
        let mut diagnostic = problem(rule, severity, place(*first), String::new());
        diagnostic.message = if self.is_data() {
            message.to_owned()
        } else {
            format!("{}: {message}", self.file.path.display())
        };
        diagnostic.refused_by_nginx = severity == Severity::Error;
        also_at(&mut diagnostic, others.iter().map(|other| place(*other)));
        diagnostic
    }

    /// Whether it stands in the configuration itself.
    pub(crate) fn is_data(&self) -> bool {
        !self.file.path.is_absolute()
    }
}

/// A problem at one place.
pub(crate) fn problem(
    rule: &'static str,
    severity: Severity,
    place: Span,
    message: String,
) -> Diagnostic {
    Diagnostic {
        rule,
        severity,
        message,
        place: Place::Span(place),
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: severity == Severity::Error,
        reach: Reach::default(),
    }
}

/// The path that a directive names; not a value that may be a key itself.
pub(crate) fn place(directive: Directive<'_>) -> Span {
    let is_data = directive.arg(0).is_some_and(|argument| argument.starts_with(b"data:"));
    directive.arg_span(0).filter(|_| !is_data).unwrap_or_else(|| directive.name_span())
}

/// A path as a word for the shell.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%,:=".contains(&byte);
    if text.bytes().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
