use std::collections::BTreeMap;

use model::{ServerId, name};

use super::certificate_for_other_names::label_names;
use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::shown,
    served::{Borrowed, Served, first_few, only_redirects, place, problem},
};

rule! {
    /// An SSL server without a certificate shows that of the default server, which is for other names.
    ///
    /// nginx loads an SSL server without `ssl_certificate` as long as it is not the default server of
    /// its address. Clients that ask for its names are shown the default server's certificate, and
    /// refuse it unless it is for these names too.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name shop.example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    RULE {
        id: "ssl-server-shows-default-certificate",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    let mut by_default: BTreeMap<ServerId, Vec<&Borrowed<'_>>> = BTreeMap::new();
    for borrowed in &served.borrowed {
        if borrowed.name.is_public() && !is_covered(served, borrowed) {
            by_default.entry(borrowed.from).or_default().push(borrowed);
        }
    }
    for (default, names) in by_default {
        found.push(report(facts, default, &names));
    }
}

fn is_covered(served: &Served<'_>, borrowed: &Borrowed<'_>) -> bool {
    let wanted = borrowed.name.wanted();
    let mut leaves = borrowed.files.iter().map(|&file| served.files[file].leaf());
    leaves.all(|leaf| wanted.iter().all(|name| leaf.covers(name)))
}

fn report(facts: &Facts<'_>, default: ServerId, names: &[&Borrowed<'_>]) -> Diagnostic {
    let only_redirect =
        names.iter().all(|borrowed| only_redirects(facts.http.server(borrowed.name.server)));
    let severity = if only_redirect { Severity::Warning } else { Severity::Error };
    let mut texts: Vec<_> = names.iter().map(|borrowed| shown(&borrowed.name.name.text)).collect();
    texts.dedup();
    let verb = if texts.len() == 1 { "shows" } else { "show" };
    let message = format!("{} {verb} the certificate of the default server", first_few(&texts));
    let first = names[0].name.name;
    let span = first.directive.arg_span(first.index).unwrap_or_else(|| first.directive.name_span());
    let mut diagnostic = problem(RULE.id, severity, span, message);
    diagnostic.here = "clients that ask for this name refuse the certificate".to_owned();
    label_names(&mut diagnostic, names.iter().skip(1).map(|borrowed| &borrowed.name));
    let server = facts.http.server(default);
    if let Some(certificate) = facts.http.effective(server, name::SSL_CERTIFICATE) {
        let text = "they are shown this one, of the default server".to_owned();
        diagnostic.labels.push(Label { span: place(certificate), text });
    }
    diagnostic
        .notes
        .push("give the server an `ssl_certificate` and an `ssl_certificate_key`".to_owned());
    diagnostic
}
