use evidence::client::{Lineage, Threshold};

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    facts::Facts,
    lineages::{diagnostic, empty, list},
};

rule! {
    /// Renewals are tried too seldom, or too often, for the life of a certificate.
    ///
    /// Certificates live for 90 days today, for 45 soon and for six where somebody asks. What was
    /// made for one life does not fit another: a monthly crontab passes over the last third of 45
    /// days, and `renew_before_expiry = 30 days` is before the start of a certificate for six days,
    /// so that each run orders a new one until the authority refuses. With this in
    /// `/etc/letsencrypt/renewal/example.com.conf`, for a certificate of 90 days:
    ///
    /// ```ini,renewal
    /// renew_before_expiry = 100 days
    ///
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// Without the line certbot renews when a third of the life is left.
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    RULE {
        id: "renewal-too-rare",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

const DAY: i64 = 24 * 60 * 60;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &facts.evidence.clients;
    let served: Vec<&Lineage> = facts
        .lineages()
        .filter(|(lineage, uses)| !uses.is_empty() && lineage.autorenew)
        .map(|(lineage, _)| lineage)
        .collect();
    for lineage in &served {
        let Some((start, end)) = life(lineage) else { continue };
        if let Threshold::BeforeEnd(before) = lineage.threshold
            && before >= end - start
        {
            let message = format!(
                "{} lives for {}, and is renewed {} before its end: at every run",
                lineage.name,
                words(end - start),
                words(before)
            );
            let mut found_here =
                diagnostic(RULE.id, Severity::Warning, message, lineage, "renew_before_expiry");
            found_here.notes.push(
                "without the line, certbot renews when a third of the life is left, or half of a \
                 short one"
                    .to_owned(),
            );
            found.push(found_here);
        }
    }
    let mut schedules = clients.schedules.iter().filter(|schedule| schedule.kind.may_run());
    // Where something else starts them as well, it may come in time.
    let (Some(schedule), None) = (schedules.next(), schedules.next()) else { return };
    let Some(every) = schedule.every else { return };
    let is_missed = |lineage: &&Lineage| {
        lineage.client == schedule.client
            && life(lineage).is_some_and(|(start, end)| end - lineage.due(start, end) < every)
    };
    let missed: Vec<&Lineage> = served.iter().copied().filter(is_missed).collect();
    let Some((start, end)) = missed.first().and_then(|lineage| life(lineage)) else { return };
    let left = end - missed[0].due(start, end);
    let message = format!(
        "renewals start every {}, and {} is to be renewed in the last {} of its life",
        words(every),
        list(missed.iter().copied()),
        words(left)
    );
    let place = Place::Path(schedule.file.clone());
    let mut too_rare = empty(RULE.id, Severity::Warning, message, place);
    too_rare.notes.push("twice a day is what clients are made for".to_owned());
    found.push(too_rare);
}

/// From when until when the newest certificate is valid.
fn life(lineage: &Lineage) -> Option<(i64, i64)> {
    let certificate = lineage.certificate.as_deref()?;
    Some((certificate.not_before, certificate.not_after))
}

/// A span of time, rounded.
fn words(seconds: i64) -> String {
    match seconds {
        ..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + DAY / 2) / DAY),
    }
}
