use std::collections::{BTreeMap, HashMap, HashSet};

use evidence::KeyKind;
use model::{Directive, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Place, Reach, Severity,
    ciphers::{Authentication, authentications, authentications_of_words},
    cure::end_of_word,
    facts::Facts,
    places::also_at,
    protocols::Protocols,
    tls_server::{TlsServer, tls_servers},
};

rule! {
    /// None of the ciphers can be used with the certificate.
    ///
    /// Up to TLS 1.2 a cipher suite says which type of key the certificate has: `ECDHE-RSA-…` is for
    /// RSA keys and `ECDHE-ECDSA-…` for those on elliptic curves. If a list has none for the
    /// certificate at hand, as after a change from RSA to ECDSA, every handshake ends with
    /// `no shared cipher`. nginx starts and says nothing.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_protocols TLSv1.2;
    ///     ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;
    /// }
    /// ```
    ///
    /// TLS 1.3 leaves the type of key out of its suites: where it is offered, only older clients are
    /// kept out, and it is a warning. Groups such as `HIGH` are judged by `openssl ciphers`, if the
    /// configuration is that of this machine, and otherwise not at all.
    ///
    /// ## Fix safety
    ///
    /// The patch adds two suites for the certificate to the end of the list, and takes none out.
    RULE {
        id: "ssl-ciphers-unfit",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// A list that has nothing for one type of key.
struct Unfit<'c> {
    needs: Authentication,
    ciphers: Vec<Directive<'c>>,
    certificate: Directive<'c>,
    /// Whether TLS 1.3 is offered; `None` if that is not known.
    has_tls_1_3: Option<bool>,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    // Most lists have something for every key.
    let mut lists: HashMap<Span, Option<HashSet<Authentication>>> = HashMap::new();
    let mut unfit: BTreeMap<(Vec<u8>, Authentication), Unfit<'_>> = BTreeMap::new();
    for server in tls_servers(facts) {
        let Some(ciphers) = server.effective(name::SSL_CIPHERS) else { continue };
        let list = lists.entry(ciphers.span()).or_insert_with(|| one_sided(facts, ciphers));
        let Some(list) = list else { continue };
        if !server.speaks_tls() {
            continue;
        }
        let Some((certificate, needs)) = one_key(facts, &server) else { continue };
        if list.contains(&needs) {
            continue;
        }
        let protocols = Protocols::offered_by(&server, facts.versions());
        if protocols.is_some_and(Protocols::are_tls_1_3_alone) {
            continue;
        }
        let text = ciphers.arg(0).unwrap_or_default().into_owned();
        let has_tls_1_3 = protocols.map(Protocols::have_tls_1_3);
        let one = unfit.entry((text, needs)).or_insert_with(|| Unfit {
            needs,
            ciphers: Vec::new(),
            certificate,
            has_tls_1_3,
        });
        if one.has_tls_1_3 != has_tls_1_3 {
            one.has_tls_1_3 = None;
        }
        if one.ciphers.last().is_none_or(|last| last.span() != ciphers.span()) {
            one.ciphers.push(ciphers);
        }
    }
    found.extend(unfit.values().filter_map(|unfit| diagnostic(facts, unfit)));
}

/// The types of keys for which a list has suites, if it is not for both of the usual ones.
fn one_sided(facts: &Facts<'_>, ciphers: Directive<'_>) -> Option<HashSet<Authentication>> {
    let text = ciphers.arg(0)?;
    let text = std::str::from_utf8(&text).ok()?;
    let of_words = authentications_of_words(text);
    let list = match of_words {
        Some(list) => list,
        None => authentications(&facts.settings.programs.suites(text.as_bytes())?),
    };
    let both = [Authentication::Rsa, Authentication::Ecdsa];
    let is_one_sided = !list.is_empty() && !both.iter().all(|one| list.contains(one));
    is_one_sided.then_some(list)
}

/// The certificate of a server, and what its key is good for, if all of them are for the same.
fn one_key<'c>(
    facts: &Facts<'c>,
    server: &TlsServer<'c>,
) -> Option<(Directive<'c>, Authentication)> {
    let mut one = None;
    for certificate in server.effective_all(name::SSL_CERTIFICATE) {
        let chain = facts.evidence.chain(facts.config(), certificate)?;
        let needs = match &chain.certificates.first()?.public_key.kind {
            KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => Authentication::Rsa,
            KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::Ed448 => Authentication::Ecdsa,
            KeyKind::Other(_) => return None,
        };
        match one {
            Some((_, other)) if other != needs => return None,
            Some(_) => {}
            None => one = Some((certificate, needs)),
        }
    }
    one
}

fn diagnostic(facts: &Facts<'_>, unfit: &Unfit<'_>) -> Option<Diagnostic> {
    let (first, others) = unfit.ciphers.split_first()?;
    let key = match unfit.needs {
        Authentication::Rsa => "an RSA",
        Authentication::Ecdsa => "an ECDSA",
    };
    let is_fatal = unfit.has_tls_1_3 == Some(false);
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: if is_fatal { Severity::Error } else { Severity::Warning },
        message: if is_fatal {
            "no client can connect: none of the ciphers is for the key of the certificate"
        } else {
            "no client without TLS 1.3 can connect: none of the ciphers is for the key of the \
             certificate"
        }
        .to_owned(),
        place: Place::Span(first.head_span()),
        here: format!("there is none for {key} key"),
        labels: vec![Label {
            span: unfit.certificate.head_span(),
            text: format!("this certificate has {key} key"),
        }],
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: fix(facts, unfit),
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    also_at(&mut diagnostic, others.iter().map(|ciphers| ciphers.head_span()));
    Some(diagnostic)
}

/// Adds suites for the key, unless they were taken out for good.
fn fix(facts: &Facts<'_>, unfit: &Unfit<'_>) -> Option<Fix> {
    let kind = match unfit.needs {
        Authentication::Rsa => "RSA",
        Authentication::Ecdsa => "ECDSA",
    };
    let added = format!(":ECDHE-{kind}-AES128-GCM-SHA256:ECDHE-{kind}-AES256-GCM-SHA384");
    let mut edits = Vec::new();
    for ciphers in &unfit.ciphers {
        let text = ciphers.arg(0)?;
        let excludes = std::str::from_utf8(&text)
            .ok()?
            .split([':', ',', ' '])
            .any(|word| word.starts_with('!') && (word.contains(kind) || word.contains("ECDH")));
        if excludes {
            return None;
        }
        edits.push(Edit::insert_after(end_of_word(facts.sources(), *ciphers, 0)?, added.as_str()));
    }
    Some(Fix {
        title: "add ciphers for the certificate".to_owned(),
        applicability: Applicability::Unsafe,
        edits,
        ..Fix::default()
    })
}
