use std::collections::{BTreeMap, HashSet};

use model::{Directive, Version, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Reach, Severity,
    ciphers::{Weakness, asks_for_more, is_plainly_strong, leaves_some, of_suites, of_words},
    cure::end_of_word,
    facts::Facts,
    places::also_at,
    protocols::Protocols,
    refusal::list,
    served::is_on,
    tls_server::{TlsServer, tls_servers},
};

rule! {
    /// `ssl_ciphers` asks for ciphers that are broken.
    ///
    /// RC4, DES, triple DES, MD5, export ciphers, and suites without encryption or without a
    /// certificate protect nobody. Some turn up in lists that were copied from old guides. Looked at
    /// are the servers of `http`, `stream` and `mail`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:DES-CBC3-SHA;
    /// }
    /// ```
    ///
    /// What a list comes to, OpenSSL knows best: if the configuration is that of this machine,
    /// `openssl ciphers` is asked, and what it really offers is a warning. Otherwise only words that
    /// name such ciphers are judged, and groups such as `HIGH` are not; OpenSSL from 1.1.0 on usually
    /// leaves such ciphers out, so it is information unless it is known to be older. TLS 1.3 has none
    /// of them. Without `ssl_ciphers` nginx asks for `HIGH:!aNULL:!MD5`, which is fine;
    /// [Mozilla](https://ssl-config.mozilla.org/) has a shorter list.
    ///
    /// ## Fix safety
    ///
    /// The patch takes out what is broken, and nothing else. Clients that can do nothing better are
    /// turned away.
    RULE {
        id: "ssl-ciphers-weak",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The first OpenSSL that usually comes without them.
const LEAVES_THEM_OUT: Version = Version { major: 1, minor: 1, patch: 0 };

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    // The same list in many servers is one mistake.
    let mut lists: BTreeMap<Vec<u8>, Vec<Directive<'_>>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for server in tls_servers(facts).filter(uses_ciphers) {
        let Some(directive) = server.effective(name::SSL_CIPHERS) else { continue };
        if seen.insert(directive.span())
            && let Some(ciphers) = directive.arg(0)
        {
            lists.entry(ciphers.into_owned()).or_default().push(directive);
        }
    }
    for (ciphers, directives) in lists {
        let Ok(ciphers) = std::str::from_utf8(&ciphers) else { continue };
        found.extend(diagnostic(facts, ciphers, &directives));
    }
}

/// Whether a server takes part in handshakes in which its ciphers count.
fn uses_ciphers(server: &TlsServer<'_>) -> bool {
    server.speaks_tls()
        && !is_on(server.effective(name::SSL_REJECT_HANDSHAKE))
        && !Protocols::named(server.effective_all(name::SSL_PROTOCOLS)).are_tls_1_3_alone()
}

fn diagnostic(
    facts: &Facts<'_>,
    ciphers: &str,
    directives: &[Directive<'_>],
) -> Option<Diagnostic> {
    if is_plainly_strong(ciphers) {
        return None; // as most lists are, and OpenSSL need not be asked
    }
    let suites = facts.settings.programs.suites(ciphers.as_bytes());
    let weak = suites.as_deref().map_or_else(|| of_words(ciphers), of_suites);
    let leaves_some = suites
        .as_deref()
        .map_or_else(|| asks_for_more(ciphers, &weak), |suites| leaves_some(suites, &weak));
    let (first, others) = directives.split_first()?;
    if weak.is_empty() {
        return None;
    }
    let is_offered = suites.is_some()
        || ciphers.contains("@SECLEVEL=0")
        || facts.versions().openssl.is_some_and(|openssl| openssl < LEAVES_THEM_OUT);
    let names: Vec<String> = weak.iter().map(|weakness| what(*weakness).to_owned()).collect();
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: if is_offered { Severity::Warning } else { Severity::Info },
        message: format!("the ciphers include {}", list(&names, "and")),
        place: Place::Span(first.head_span()),
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: leaves_some.then(|| fix(facts, &weak, directives)).flatten(),
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    if !is_offered {
        let note = "OpenSSL from 1.1.0 on usually comes without them, and only part of the list \
                    could be judged here: `openssl ciphers -s -v` on the machine shows what is offered";
        diagnostic.notes.push(note.to_owned());
    }
    also_at(&mut diagnostic, others.iter().map(|directive| directive.head_span()));
    Some(diagnostic)
}

/// A weakness in words.
fn what(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::NoAuthentication => "suites without a certificate",
        Weakness::NoEncryption => "suites without encryption",
        Weakness::Export => "export ciphers",
        Weakness::Des => "DES",
        Weakness::TripleDes => "triple DES",
        Weakness::Rc4 => "RC4",
        Weakness::Md5 => "MD5",
    }
}

/// Takes what is weak out for good, at the end of each list.
fn fix(facts: &Facts<'_>, weak: &[Weakness], directives: &[Directive<'_>]) -> Option<Fix> {
    let exclusion: String = weak.iter().flat_map(|one| [":!", one.keyword()]).collect();
    let ends = directives.iter().map(|directive| end_of_word(facts.sources(), *directive, 0));
    let edits: Option<Vec<Edit>> =
        ends.map(|end| Some(Edit::insert_after(end?, exclusion.as_str()))).collect();
    Some(Fix {
        title: "take them out of the list".to_owned(),
        applicability: Applicability::Unsafe,
        edits: edits?,
        ..Fix::default()
    })
}
