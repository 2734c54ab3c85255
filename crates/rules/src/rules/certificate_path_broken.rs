use std::{cell::LazyCell, ops::Deref, os::unix::ffi::OsStrExt, path::Path};

use evidence::{Pair, PemState, Purpose, pairs};
use model::{Directive, Reason, Server, ServerNameKind};
use parser::Span;
use rustc_hash::FxHashMap;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity,
    facts::Facts,
    places::also_at,
    tls_file::{TlsFile, place, problem, shell_word, with_variables},
};

rule! {
    /// A certificate or key path leads to nothing that nginx can read.
    ///
    /// nginx opens every certificate, key and file of trusted certificates when it starts. One that
    /// is missing, a link to nothing or a directory keeps it from starting; a running nginx keeps
    /// its old configuration and serves the old certificate until that expires.
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
    /// Where another file with a similar path has a certificate for the names of the server, and the
    /// key to it is there, too, the patch names that file.
    ///
    /// Looked at are the files of servers in `http`, `stream` and `mail`, and those for TLS to
    /// upstream servers, as far as nginx reads them: those of a location only if it connects over
    /// TLS. Paths with variables are opened at each handshake, and one line says that they are not
    /// looked at. Where this is not the machine the configuration is for, as in a repository, and no
    /// certificate or key is found under its absolute path, one line says so instead.
    RULE {
        id: "certificate-path-broken",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let users = LazyCell::new(|| users(facts));
    let (elsewhere, here): (Vec<_>, Vec<_>) =
        facts.tls_files().iter().partition(|file| is_elsewhere(facts, file));
    found.extend(here.into_iter().filter_map(|file| report(facts, file, &users)));
    found.extend(not_looked_at(&elsewhere).or_else(|| varying(facts)));
}

/// Says that paths with variables are not looked at.
fn varying(facts: &Facts<'_>) -> Option<Diagnostic> {
    if with_variables(facts).any(|directive| facts.evidence.closed(directive).is_some()) {
        return None; // more is known of them
    }
    let mut directives = with_variables(facts);
    let first = directives.next()?;
    let message = "certificates are not looked at where their paths have variables".to_owned();
    let mut diagnostic = problem(RULE.id, Severity::Info, place(first), message);
    also_at(&mut diagnostic, directives.map(place));
    Some(diagnostic)
}

/// Whether a file lies where nobody has looked, or on another machine for all that is known.
fn is_elsewhere(facts: &Facts<'_>, file: &TlsFile<'_>) -> bool {
    match &file.file.state {
        PemState::Unreadable(Reason::NotMapped | Reason::NotInDump) => true,
        PemState::Missing => {
            let is_below = |directive: &Directive<'_>| {
                file.file.path.starts_with(facts.sources().conf_prefix_of(directive.file_id()))
            };
            !facts.settings.is_machine
                && !facts.evidence.has_certificates
                && !file.directives.iter().any(is_below)
        }
        _ => false,
    }
}

/// Says that the files of another machine are not looked at.
fn not_looked_at(elsewhere: &[&TlsFile<'_>]) -> Option<Diagnostic> {
    let first = elsewhere.iter().min_by_key(|file| place(file.directives[0]))?;
    let message = match first.file.state {
        PemState::Unreadable(Reason::NotMapped) => {
            "certificates are not looked at where no directory is mapped"
        }
        _ => "certificates are not looked at: none of them is here",
    };
    Some(problem(RULE.id, Severity::Info, place(first.directives[0]), message.to_owned()))
}

/// What is wrong with a path.
fn report<'c>(
    facts: &Facts<'c>,
    file: &TlsFile<'c>,
    users: &impl Deref<Target = Users<'c>>,
) -> Option<Diagnostic> {
    let message = match &file.file.state {
        PemState::Read(_) => return None,
        PemState::Missing => "there is no such file".to_owned(),
        PemState::Dangling(_) => "the symbolic link leads to nothing".to_owned(),
        PemState::NotAFile(kind) => Reason::WrongKind(*kind).to_string(),
        PemState::Unreadable(Reason::PermissionDenied) => {
            let message = "this user may not look at it; run as root to have it checked";
            return Some(file.problem(RULE.id, Severity::Info, message));
        }
        PemState::Unreadable(reason) => reason.to_string(),
    };
    let mut diagnostic = file.problem(RULE.id, Severity::Error, &message);
    if !file.directives.iter().any(is_absolute) {
        let note = "a relative path starts at the directory of nginx.conf";
        diagnostic.notes.push(note.to_owned());
    }
    if let PemState::Dangling(links) = &file.file.state {
        let chain: Vec<_> = links.iter().map(|link| link.display().to_string()).collect();
        diagnostic.notes.push(format!("the link leads to {}", chain.join(", then to ")));
    }
    match &file.file.nearest {
        Some(nearest) => {
            diagnostic.notes.push(format!("the nearest that exists is {}", nearest.display()));
            diagnostic.fix = name_nearest(facts, file, nearest, users);
        }
        None => diagnostic.notes.extend(way_to_get(file)),
    }
    Some(diagnostic)
}

/// The servers that use what a directive names, by the place of its argument.
type Users<'c> = FxHashMap<Span, Vec<(&'c Server<'c>, Pair<'c>)>>;

fn users<'c>(facts: &Facts<'c>) -> Users<'c> {
    let mut users = Users::default();
    for (_, server) in facts.servers() {
        for pair in pairs(facts.http, server) {
            for directive in [Some(pair.certificate), pair.key].into_iter().flatten() {
                let Some(span) = directive.arg_span(0) else { continue };
                users.entry(span).or_default().push((server, pair));
            }
        }
    }
    users
}

/// Names another file, if that is the one that every server is in want of.
fn name_nearest<'c>(
    facts: &Facts<'c>,
    file: &TlsFile<'c>,
    nearest: &Path,
    users: &Users<'c>,
) -> Option<Fix> {
    let spans: Vec<_> = file.directives.iter().map(|one| one.arg_span(0)).collect::<Option<_>>()?;
    let mut wanting = spans.iter().filter_map(|span| users.get(span)).flatten().peekable();
    wanting.peek()?;
    let path = nearest.as_os_str().as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@%,:=".contains(byte);
    if !path.iter().all(is_plain) || !wanting.all(|(server, pair)| fits(facts, server, *pair)) {
        return None;
    }
    Some(Fix {
        title: format!("name {}", nearest.display()),
        applicability: Applicability::Safe,
        edits: spans.into_iter().map(|span| Edit::replace(span, path)).collect(),
        is_for_handshake: true,
        ..Fix::default()
    })
}

/// Whether certificate and key belong together, and are good for the names of a server, once the
/// nearest file is named for each that is missing.
fn fits(facts: &Facts<'_>, server: &Server<'_>, pair: Pair<'_>) -> bool {
    let content = |directive| {
        let file = facts.evidence.file(facts.config(), directive)?;
        let nearest = file.nearest.as_deref().and_then(|path| facts.evidence.file_at(path));
        nearest.unwrap_or(file).content()
    };
    let chain = content(pair.certificate).and_then(|content| content.chain().ok());
    let key = pair.key.and_then(content).and_then(|content| content.key().ok());
    let (Some(chain), Some(key)) = (chain, key) else { return false };
    let leaf = chain.leaf();
    let mut names = server
        .names
        .iter()
        .filter(|name| !matches!(name.kind, ServerNameKind::Regex | ServerNameKind::Empty));
    key.belongs_to(&leaf.public_key) == Some(true)
        && (leaf.not_before..=leaf.not_after).contains(&facts.settings.now)
        && names.all(|name| leaf.covers(&name.text))
}

fn is_absolute(directive: &Directive<'_>) -> bool {
    directive.arg(0).is_some_and(|argument| argument.starts_with(b"/"))
}

/// How a file that is missing is made.
fn way_to_get(file: &TlsFile<'_>) -> Option<String> {
    if !matches!(file.file.state, PemState::Missing | PemState::Dangling(_)) {
        return None;
    }
    let path = &file.file.path;
    match file.purpose {
        Purpose::DhParameters => {
            let origin = if path == Path::new("/etc/letsencrypt/ssl-dhparams.pem") {
                "certbot's nginx plugin made it on the machine where the certificates were issued; "
            } else {
                ""
            };
            let path = shell_word(path);
            Some(format!("{origin}`openssl dhparam -out {path} 2048` makes a new one"))
        }
        Purpose::Certificate | Purpose::Key => {
            let lineage = path.strip_prefix("/etc/letsencrypt/live").ok()?.iter().next()?;
            let name = shell_word(Path::new(lineage));
            Some(format!(
                "nginx does not start before the first certificate is there; while it is not \
                 running, `certbot certonly --standalone -d {name}` gets one"
            ))
        }
        _ => None,
    }
}
