use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use evidence::{Content, Disguise, Fault, Named, PemFile, PemState, Purpose, named};
use model::{Directive, Reason};
use parser::Span;

use crate::{Diagnostic, FixAvailability, Group, Label, Place, Severity, facts::Facts};

rule! {
    /// A certificate or key path leads to nothing that nginx can load.
    ///
    /// nginx opens every certificate and key when it starts. One that is missing, a link to
    /// nothing, a directory, empty or swapped with its counterpart keeps it from starting; a running
    /// nginx keeps its old configuration and serves the old certificate until that expires.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/missing.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// Paths with variables are opened at each handshake and not looked at here. Where the files
    /// are not those of the machine the configuration is for, as in a repository, one line says
    /// so instead.
    RULE {
        id: "certificate-path-broken",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// So many further places of one path are shown.
const MOST_LABELS: usize = 5;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let is_elsewhere = !facts.settings.is_machine && !facts.evidence.any_grandparent_exists;
    let mut seen = HashSet::new();
    let mut by_path: BTreeMap<(&Path, Purpose), Vec<Directive<'_>>> = BTreeMap::new();
    for Named { directive, purpose, .. } in named(facts.http) {
        let Some(file) = facts.evidence.file(facts.config(), directive) else { continue };
        if !is_elsewhere && judge(purpose, file).is_none() {
            continue;
        }
        if is_elsewhere {
            let message = "certificates are not looked at: none of their directories is here";
            found.push(diagnostic(directive, Severity::Info, message.to_owned()));
            return;
        }
        if seen.insert(directive.span()) {
            by_path.entry((&file.path, purpose)).or_default().push(directive);
        }
    }
    let paths = by_path.iter();
    found.extend(paths.filter_map(|((_, purpose), at)| report(facts, *purpose, at)));
}

/// What is wrong with a path that these directives name.
fn report(facts: &Facts<'_>, purpose: Purpose, directives: &[Directive<'_>]) -> Option<Diagnostic> {
    let (&first, others) = directives.split_first()?;
    let file = facts.evidence.file(facts.config(), first)?;
    let (severity, message) = judge(purpose, file)?;
    let message = format!("{}: {message}", file.path.display());
    let mut diagnostic = diagnostic(first, severity, message);
    diagnostic.refused_by_nginx = severity == Severity::Error;
    for &directive in others.iter().take(MOST_LABELS) {
        diagnostic.labels.push(Label { span: place(directive), text: "and here".to_owned() });
    }
    if others.len() > MOST_LABELS {
        let more = others.len() - MOST_LABELS;
        diagnostic.notes.push(format!("it is named in {more} more places"));
    }
    if first.arg(0).is_some_and(|argument| !argument.starts_with(b"/")) {
        let note = "a relative path starts at the directory of nginx.conf";
        diagnostic.notes.push(note.to_owned());
    }
    if let PemState::Dangling(links) = &file.state {
        let chain: Vec<_> = links.iter().map(|link| link.display().to_string()).collect();
        diagnostic.notes.push(format!("the link leads to {}", chain.join(", then to ")));
    }
    if let Some(nearest) = &file.nearest {
        diagnostic.notes.push(format!("the nearest that exists is {}", nearest.display()));
    }
    Some(diagnostic)
}

fn place(directive: Directive<'_>) -> Span {
    directive.arg_span(0).unwrap_or_else(|| directive.name_span())
}

fn diagnostic(directive: Directive<'_>, severity: Severity, message: String) -> Diagnostic {
    Diagnostic {
        rule: RULE.id,
        severity,
        message,
        place: Place::Span(place(directive)),
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
    }
}

/// What is wrong with a file for this purpose; `None` if nothing is that can be seen from outside.
fn judge(purpose: Purpose, file: &PemFile) -> Option<(Severity, String)> {
    let wrong = match &file.state {
        PemState::Missing => "there is no such file".to_owned(),
        PemState::Dangling(_) => "the symbolic link leads to nothing".to_owned(),
        PemState::NotAFile(kind) => Reason::WrongKind(*kind).to_string(),
        PemState::Unreadable(Reason::PermissionDenied) => {
            let message = "this user may not look at it; run as root to have it checked";
            return Some((Severity::Info, message.to_owned()));
        }
        PemState::Unreadable(reason) => reason.to_string(),
        PemState::Read(content) => misses(purpose, content)?,
    };
    Some((Severity::Error, wrong))
}

/// What a file for this purpose lacks.
fn misses(purpose: Purpose, content: &Content) -> Option<String> {
    let (wanted, other, has_it, has_other) = match purpose {
        Purpose::Certificate => {
            ("certificate", "key", content.has_certificate(), content.has_key())
        }
        Purpose::Key => ("key", "certificate", content.has_key(), content.has_certificate()),
        _ => return None,
    };
    if has_it {
        return None;
    }
    if let Err(Fault::NotPem(Disguise::Empty)) = content.chain() {
        return Some("the file is empty".to_owned());
    }
    Some(if has_other {
        format!("it holds a {other}, not a {wanted}; are the two paths swapped?")
    } else {
        format!("it holds no PEM block with a {wanted}")
    })
}
