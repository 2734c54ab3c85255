use std::collections::HashMap;

use evidence::{Certificate, client::Lineage};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    date::{DAY, HOUR, date, length},
    facts::Facts,
    served::{ServedFile, lockout},
};

rule! {
    /// A certificate expires soon, and its renewal is late.
    ///
    /// ACME clients renew a certificate when two thirds of its time are over, or half of it if that
    /// is less than ten days. If some days later it is still there, renewal is not working, and
    /// nobody may have noticed: Let's Encrypt stopped sending mails about it in June 2025. The log of
    /// the client says why; that of certbot is `/var/log/letsencrypt/letsencrypt.log`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/late.pem;
    ///     ssl_certificate_key /etc/ssl/late.key;
    /// }
    /// ```
    ///
    /// Where the client is known, its own settings say when renewal is due. Otherwise a certificate is
    /// taken for one that a client renews if its issuer hands them out over ACME and it is valid for
    /// no more than a hundred days, or if it is valid for less than 47. Of all others it is said that
    /// they expire when they have less than 14 days left. `--now` judges as of another day.
    RULE {
        id: "certificate-expiring",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// Organizations that issue certificates over ACME, as their names begin.
const ISSUERS: [&str; 7] = [
    "let's encrypt",
    "internet security research group",
    "zerossl",
    "google trust services",
    "buypass",
    "ssl corp",
    "actalis",
];

/// What lives longer is bought.
const LONGEST: i64 = 100 * DAY;

/// What lives shorter nobody renews by hand.
const BY_HAND: i64 = 47 * DAY;

/// What lives shorter is renewed when half of it is over.
const SHORT: i64 = 10 * DAY;

/// So long before the end other certificates are worth a warning.
const SOON: i64 = 14 * DAY;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    let now = facts.settings.now;
    let of_clients: HashMap<_, _> = facts
        .lineages()
        .flat_map(|(lineage, uses)| uses.iter().map(move |at| (at.span(), lineage)))
        .collect();
    for file in &served.files {
        let leaf = file.leaf();
        let is_valid = (leaf.not_before..=leaf.not_after).contains(&now);
        if file.is_shown && is_valid && !leaf.is_self_issued() && !file.is_mismatched {
            let mut places = file.directives.iter();
            let lineage = places.find_map(|at| of_clients.get(&at.span()).copied());
            found.extend(report(facts, file, lineage));
        }
    }
}

fn report(
    facts: &Facts<'_>,
    file: &ServedFile<'_>,
    lineage: Option<&Lineage>,
) -> Option<Diagnostic> {
    let now = facts.settings.now;
    let leaf = file.leaf();
    let left = leaf.not_after - now;
    let due = due(leaf, lineage);
    let since_due = match due {
        Some((due, patience)) if now > due + patience => Some(now - due),
        None if left < SOON && lineage.is_none() => None,
        _ => return None,
    };
    let message = match since_due {
        Some(late) => format!(
            "renewal is {} late: the certificate expires in {}, on {}",
            length(late),
            length(left),
            date(leaf.not_after)
        ),
        None => format!("the certificate expires in {}, on {}", length(left), date(leaf.not_after)),
    };
    let mut diagnostic = file.problem(RULE.id, Severity::Warning, message);
    diagnostic.here = match due {
        Some((due, _)) => format!("it was to be renewed on {}", date(due)),
        None => format!("issued by {}", leaf.issuer),
    };
    diagnostic.notes.push(match (since_due, lineage) {
        (Some(_), Some(lineage)) => format!(
            "renewal by {} does not work: look into its log, and run it by hand",
            lineage.client.name()
        ),
        (Some(_), None) => "renewal does not work: look into the log of the ACME client, and run \
                            it by hand, as with `certbot renew`"
            .to_owned(),
        (None, _) => "no ACME client is known to renew it".to_owned(),
    });
    let is_renewed = since_due.is_none();
    diagnostic.notes.extend(lockout(facts, file).filter(|_| !is_renewed));
    Some(diagnostic)
}

/// When a client renews a certificate, and how long to wait before that is taken for a failure;
/// `None` if it is not known that one does.
fn due(leaf: &Certificate, lineage: Option<&Lineage>) -> Option<(i64, i64)> {
    let issuer = leaf.issuer.organization.as_deref().unwrap_or_default().to_lowercase();
    let issuer = issuer.trim_start_matches("(staging) ");
    let lifetime = leaf.not_after - leaf.not_before + 1;
    let patience = if lifetime < SHORT { 12 * HOUR } else { 3 * DAY };
    if let Some(lineage) = lineage {
        let due = lineage.due(leaf.not_before, leaf.not_after);
        // A client that renews at each run is another rule's.
        return Some((due, patience)).filter(|_| due > leaf.not_before);
    }
    let is_known = ISSUERS.iter().any(|known| issuer.starts_with(known));
    if lifetime >= BY_HAND && !(is_known && lifetime <= LONGEST) {
        return None;
    }
    let part = if lifetime < SHORT { lifetime / 2 } else { lifetime / 3 * 2 };
    Some((leaf.not_before + part, patience))
}
