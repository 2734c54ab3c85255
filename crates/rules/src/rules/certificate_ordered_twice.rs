use std::collections::BTreeMap;

use evidence::client::Lineage;

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    acme_module::Order,
    facts::Facts,
    lineages::{empty, shell_word},
    places::also_at,
    served::first_few,
};

rule! {
    /// nginx's ACME module and another client both get a certificate for the same names.
    ///
    /// `acme_certificate` has nginx order and renew by itself. Where certbot or another client still
    /// renews the same names, both go on: each order counts against the limits of the certificate
    /// authority, and visitors see only one of the two certificates.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     acme_certificate letsencrypt;
    ///     ssl_certificate $acme_certificate;
    ///     ssl_certificate_key $acme_certificate_key;
    /// }
    /// ```
    ///
    /// Decide for one: `certbot delete --cert-name example.com` ends the other one's renewals, once no
    /// program reads its files any more.
    RULE {
        id: "certificate-ordered-twice",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lineages = facts.lineages().filter(|(lineage, _)| lineage.autorenew);
    let mut by_name: BTreeMap<&str, &Lineage> = BTreeMap::new();
    for (lineage, _) in lineages {
        for name in lineage.names.iter().flatten() {
            by_name.entry(name).or_insert(lineage);
        }
    }
    if by_name.is_empty() {
        return;
    }
    // One diagnostic for each certificate of the other client.
    let mut twice: BTreeMap<&str, (&Lineage, Vec<Order<'_>>, Vec<String>)> = BTreeMap::new();
    for order in facts.servers().filter_map(|(_, server)| Order::of(server)) {
        for name in order.names() {
            let name = String::from_utf8_lossy(&name).to_ascii_lowercase();
            let Some(lineage) = by_name.get(&*name) else { continue };
            let (_, orders, names) =
                twice.entry(&lineage.name).or_insert((lineage, Vec::new(), Vec::new()));
            let is_known = |other: &Order<'_>| other.directive.span() == order.directive.span();
            if !orders.iter().any(is_known) {
                orders.push(Order { ..order });
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    found.extend(
        twice.into_values().map(|(lineage, orders, names)| report(lineage, &orders, &names)),
    );
}

fn report(lineage: &Lineage, orders: &[Order<'_>], names: &[String]) -> Diagnostic {
    let client = lineage.client.name();
    let message = format!("{client} and nginx itself both renew a certificate for these names");
    let place = Place::Span(orders[0].directive.head_span());
    let mut diagnostic = empty(RULE.id, Severity::Warning, message, place);
    diagnostic.here = format!("nginx orders one for {}", first_few(names));
    also_at(&mut diagnostic, orders[1..].iter().map(|order| order.directive.head_span()));
    diagnostic.notes.push(format!("{client} goes by {}", lineage.file.display()));
    if lineage.client == evidence::client::Client::Certbot {
        diagnostic.notes.push(format!(
            "once nothing reads certbot's files any more, `certbot delete --cert-name {}` ends it",
            shell_word(&lineage.name)
        ));
    }
    diagnostic
}
