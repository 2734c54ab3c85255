use evidence::Certificate;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::shown,
    served::{Served, ServedFile, ShownName, first_few, only_redirects},
};

rule! {
    /// A server has names that its certificate is not for.
    ///
    /// Clients compare the name they asked for with the alternative names of the certificate. A `*`
    /// stands for one label: `*.example.com` is neither for `example.com` nor for
    /// `a.b.example.com`. The common name has not counted for years. Where no name fits, browsers
    /// show a warning that visitors cannot always click away, and everything else refuses to
    /// connect.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com shop.example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// TLS comes before the redirect: a server that only redirects needs a certificate for its names
    /// too, and is worth a warning. Names for which a server of the same address answers first, names
    /// that are regular expressions, and names of private networks are left in peace.
    RULE {
        id: "certificate-for-other-names",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    for (at, file) in served.files.iter().enumerate() {
        if !file.leaf().is_self_issued() && !file.is_mismatched {
            found.extend(report(facts, served, at, file));
        }
    }
}

/// A name that the certificate is not for.
struct Uncovered<'f, 'c> {
    shown: &'f ShownName<'c>,
    severity: Severity,
}

fn report(
    facts: &Facts<'_>,
    served: &Served<'_>,
    at: usize,
    file: &ServedFile<'_>,
) -> Option<Diagnostic> {
    let leaf = file.leaf();
    // That a certificate of the same server is never shown is another rule's.
    let earlier: Vec<_> = served.replaced.iter().filter(|one| one.by_file == at).collect();
    let is_for_earlier =
        |name: &[u8]| earlier.iter().any(|one| served.files[one.file].leaf().covers(name));
    let mut uncovered: Vec<Uncovered<'_, '_>> = Vec::new();
    for shown in file.names.iter().filter(|shown| shown.is_public()) {
        let wanted = shown.wanted();
        let is_missing = |name: &[u8]| {
            let is_fine = leaf.covers(name) || is_for_earlier(name);
            // A server for everything below a name may get only what the certificate is for.
            !(is_fine || name.starts_with(b"*.") && is_for_some_below(leaf, &name[1..]))
        };
        let missing = wanted.iter().filter(|name| is_missing(name)).count();
        if missing == 0 {
            continue;
        }
        let is_partly = missing < wanted.len();
        let severity = if is_partly || only_redirects(facts.http.server(shown.server)) {
            Severity::Warning
        } else {
            Severity::Error
        };
        uncovered.push(Uncovered { shown, severity });
    }
    let severity = uncovered.iter().map(|one| one.severity).max()?;
    let mut texts: Vec<String> = uncovered.iter().map(|one| shown(&one.shown.name.text)).collect();
    texts.dedup();
    let message = format!("the certificate is not for {}", first_few(&texts));
    let mut diagnostic = file.problem(RULE.id, severity, message);
    diagnostic.here = if leaf.has_alternative_names {
        format!("it is for {}", first_few(&leaf.dns_names))
    } else {
        "it has no alternative names".to_owned()
    };
    label_names(&mut diagnostic, uncovered.iter().map(|one| one.shown));
    if !leaf.has_alternative_names {
        diagnostic.notes.push("clients do not look at the common name".to_owned());
    }
    if severity == Severity::Warning && uncovered.iter().all(|one| is_redirect(facts, one)) {
        diagnostic.notes.push(
            "the server only redirects, but TLS comes first: who follows an old link with https \
             sees the warning, not the redirect"
                .to_owned(),
        );
    }
    Some(diagnostic)
}

fn is_redirect(facts: &Facts<'_>, uncovered: &Uncovered<'_, '_>) -> bool {
    only_redirects(facts.http.server(uncovered.shown.server))
}

/// Points at the first few of the names.
pub(super) fn label_names<'f, 'c: 'f>(
    diagnostic: &mut Diagnostic,
    names: impl Iterator<Item = &'f ShownName<'c>>,
) {
    /// So many are pointed at.
    const MOST: usize = 3;
    for shown in names.take(MOST) {
        let Some(span) = shown.name.directive.arg_span(shown.name.index) else { continue };
        let text = "clients ask for this name".to_owned();
        diagnostic.labels.push(Label { span, text });
    }
}

/// Whether a certificate is for some of the hosts that end in this.
fn is_for_some_below(leaf: &Certificate, suffix: &[u8]) -> bool {
    leaf.dns_names.iter().any(|name| {
        let at = name.len().saturating_sub(suffix.len());
        at > 0 && name.as_bytes()[at..].eq_ignore_ascii_case(suffix)
    })
}
