use std::collections::{BTreeMap, BTreeSet};

use model::{Directive, Version, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Reach, Severity,
    facts::Facts,
    places::also_at,
    programs::Versions,
    protocols::{Protocols, are_chosen_by_name},
    served::{is_on, problem},
    tls_server::{TlsServer, tls_servers},
};

rule! {
    /// TLS is offered in versions that no client should use, or in no other.
    ///
    /// SSL 2.0 to TLS 1.1 are broken or retired (RFC 8996), and every browser and certificate
    /// authority speaks TLS 1.2 or 1.3. Where neither is offered, no handshake comes about, and that
    /// is an error. Where old ones are offered beside them, it is a warning. Servers of `stream` and
    /// `mail` that speak TLS are judged like those of `http`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_protocols TLSv1 TLSv1.1;
    /// }
    /// ```
    ///
    /// Without `ssl_protocols` nginx offers TLS 1.0 and 1.1, too, up to 1.27.2. That is information, and
    /// only if the versions of both nginx and OpenSSL are known.
    ///
    /// OpenSSL has a say in it. From 3.0 on it offers nothing older than TLS 1.2, whatever
    /// `ssl_protocols` lists, and nothing is reported, unless `ssl_ciphers` lowers its security level
    /// with `@SECLEVEL=0`. If its version is not known, this is information. Up to nginx 1.29.1 the
    /// protocols of an address are those of its default server, and those of the others do not matter
    /// (`ssl-protocols-without-effect`).
    ///
    /// [Mozilla](https://ssl-config.mozilla.org/) recommends what the patch leaves: TLS 1.2 and 1.3.
    ///
    /// ## Fix safety
    ///
    /// Clients of before 2014 that cannot do better are turned away. `TLSv1.3` is added only if nginx
    /// is known to have it (1.13.0).
    RULE {
        id: "ssl-protocols-outdated",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The first OpenSSL that offers nothing older than TLS 1.2 by itself.
const STRICT: Version = Version { major: 3, minor: 0, patch: 0 };

/// The first nginx that knows the word `TLSv1.3`.
const KNOWS_TLS_1_3: Version = Version { major: 1, minor: 13, patch: 0 };

/// The directives that set the protocols of some servers.
struct Written<'c> {
    directives: Vec<Directive<'c>>,
    /// Whether a server asks OpenSSL for what is old with its ciphers.
    is_lowered: bool,
    /// Whether a server of `http` is among them.
    is_of_http: bool,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut written: BTreeMap<(Protocols, Span), Written<'_>> = BTreeMap::new();
    let mut has_silent = false;
    for server in tls_servers(facts) {
        let Some(first) = server.effective(name::SSL_PROTOCOLS) else {
            has_silent = has_silent || server.speaks_tls();
            continue;
        };
        let directives = || server.effective_all(name::SSL_PROTOCOLS);
        let protocols = Protocols::named(directives());
        let is_fine = protocols.outdated().is_empty() && !protocols.modern().is_empty();
        if is_fine || protocols.is_empty() || !counts(facts, &server) {
            continue;
        }
        let one = written.entry((protocols, first.span())).or_insert_with(|| Written {
            directives: directives().collect(),
            is_lowered: false,
            is_of_http: false,
        });
        one.is_lowered |= lowers_security(&server);
        one.is_of_http |= server.is_of_http();
    }
    let sets: BTreeSet<Protocols> = written.keys().map(|(protocols, _)| *protocols).collect();
    for set in sets {
        let of_set = written.iter().filter(|((protocols, _), _)| *protocols == set);
        let all: Vec<&Written<'_>> = of_set.map(|(_, one)| one).collect();
        found.extend(diagnostic(facts.versions(), set, &all));
    }
    if has_silent {
        found.extend(by_default(facts));
    }
}

/// Whether the protocols that a server is given matter to any handshake.
fn counts(facts: &Facts<'_>, server: &TlsServer<'_>) -> bool {
    // What OpenSSL is told besides comes after it.
    server.effective(name::SSL_CONF_COMMAND).is_none()
        && server.speaks_tls()
        && (server.is_default() || are_chosen_by_name(facts.versions()) != Some(false))
}

/// Whether the ciphers of a server come with the lowest security level of OpenSSL.
fn lowers_security(server: &TlsServer<'_>) -> bool {
    const LOWEST: &[u8] = b"@SECLEVEL=0";
    let ciphers = server.effective(name::SSL_CIPHERS).and_then(|ciphers| ciphers.arg(0));
    ciphers.is_some_and(|ciphers| ciphers.windows(LOWEST.len()).any(|part| part == LOWEST))
}

fn diagnostic(
    versions: Versions,
    protocols: Protocols,
    all: &[&Written<'_>],
) -> Option<Diagnostic> {
    let speaks_none = protocols.modern().is_empty();
    let is_lowered = all.iter().any(|one| one.is_lowered);
    let severity = match versions.openssl {
        _ if speaks_none => Severity::Error,
        _ if is_lowered => Severity::Warning,
        None => Severity::Info,
        Some(openssl) if openssl < STRICT => Severity::Warning,
        Some(_) => return None,
    };
    let mut directives = all.iter().flat_map(|one| &one.directives);
    let first = directives.next()?;
    let old = protocols.outdated().listed();
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity,
        message: if speaks_none {
            let who = if all.iter().any(|one| one.is_of_http) {
                "no browser and no certificate authority"
            } else {
                "no client of today"
            };
            format!("{who} can connect: neither TLS 1.2 nor TLS 1.3 is offered")
        } else {
            let offers = if severity == Severity::Info { "may offer" } else { "offers" };
            format!("nginx {offers} {old}, which no client should use")
        },
        place: Place::Span(first.head_span()),
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: fix(versions, protocols, all),
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    if severity == Severity::Info {
        let note = "OpenSSL from 3.0 on leaves them out by itself; `--openssl-version` says which \
                    one it is";
        diagnostic.notes.push(note.to_owned());
    } else if is_lowered && !speaks_none {
        let note = "`@SECLEVEL=0` among the ciphers makes OpenSSL offer them";
        diagnostic.notes.push(note.to_owned());
    }
    also_at(&mut diagnostic, directives.map(|directive| directive.head_span()));
    Some(diagnostic)
}

/// What nginx offers by itself where nothing is said.
fn by_default(facts: &Facts<'_>) -> Option<Diagnostic> {
    // It may be said in what is not here.
    let sources = facts.sources();
    if sources.roots().iter().any(|root| root.is_fragment) || !sources.problems().is_empty() {
        return None;
    }
    let versions = facts.versions();
    let openssl = versions.openssl?;
    let old = Protocols::by_default(versions)?.outdated();
    if old.is_empty() {
        return None;
    }
    let offers = |server: &TlsServer<'_>| {
        server.effective(name::SSL_PROTOCOLS).is_none()
            && (openssl < STRICT || lowers_security(server))
            && counts(facts, server)
            && !is_on(server.effective(name::SSL_REJECT_HANDSHAKE))
    };
    let servers = tls_servers(facts).filter(offers);
    let mut places = servers.map(|server| server.directive().name_span());
    let place = places.next()?;
    let old = old.listed();
    let message = format!("without `ssl_protocols` nginx offers {old}, which no client should use");
    let mut diagnostic = problem(RULE.id, Severity::Info, place, message);
    let modern = match versions.nginx_has(KNOWS_TLS_1_3) {
        Some(true) => Protocols::MODERN.words(),
        _ => "TLSv1.2".to_owned(),
    };
    diagnostic.notes.push(format!("`ssl_protocols {modern};` around all servers leaves them out"));
    also_at(&mut diagnostic, places);
    Some(diagnostic)
}

/// Leaves what is modern.
fn fix(versions: Versions, protocols: Protocols, all: &[&Written<'_>]) -> Option<Fix> {
    let left = match protocols.modern() {
        _ if versions.nginx_has(KNOWS_TLS_1_3) == Some(true) => Protocols::MODERN.words(),
        none if none.is_empty() => "TLSv1.2".to_owned(),
        some => some.words(),
    };
    let mut edits = Vec::new();
    for one in all {
        // Of several directives on one level only a person can say what was meant.
        let [directive] = &*one.directives else { return None };
        let last = directive.arg_count().checked_sub(1)?;
        let (first, last) = (directive.arg_span(0)?, directive.arg_span(last)?);
        let words = Span::new(first.file, first.start, last.end);
        edits.push(Edit::replace(words, left.as_str()));
    }
    let title = format!("offer {} only", left.replace(' ', " and "));
    Some(Fix { title, applicability: Applicability::Unsafe, edits, ..Fix::default() })
}
