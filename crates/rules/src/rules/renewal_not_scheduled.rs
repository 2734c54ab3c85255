use evidence::client::{Client, Lineage, ScheduleKind};

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    facts::Facts,
    lineages::{also_for, diagnostic, empty, list},
};

rule! {
    /// Nothing starts the renewal of a certificate that nginx serves.
    ///
    /// certbot renews what is due when it is started, by a timer of systemd or by cron. A timer that
    /// is not enabled does nothing, and with systemd the crontab of the package leaves all to the
    /// timer. A single certificate can be left out with `autorenew = False`. With this at the end of
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// autorenew = False
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
    ///
    /// Where there is no systemd, as in most containers, nothing is said of timers.
    RULE {
        id: "renewal-not-scheduled",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &facts.evidence.clients;
    let served = || facts.lineages().filter(|(_, uses)| !uses.is_empty());
    let mut turned_off = served().map(|(one, _)| one).filter(|lineage| !lineage.autorenew);
    if let Some(lineage) = turned_off.next() {
        let message = format!("{} does not renew {} by itself", lineage.client, lineage.name);
        let mut diagnostic = diagnostic(RULE.id, Severity::Warning, message, lineage, "autorenew");
        let file = lineage.file.display();
        diagnostic.notes.push(match lineage.line("autorenew") {
            Some(_) => format!(
                "this turns it on again:\n    sed -i 's/^autorenew.*/autorenew = True/' {file}"
            ),
            None => "it does again without `no-autorenew` in cli.ini".to_owned(),
        });
        also_for(&mut diagnostic, turned_off);
        found.push(diagnostic);
    }
    let of_certbot: Vec<&Lineage> = served()
        .map(|(lineage, _)| lineage)
        .filter(|lineage| lineage.client == Client::Certbot && lineage.autorenew)
        .collect();
    let Some(first) = of_certbot.first().filter(|_| clients.has_systemd) else { return };
    let schedules = clients.schedules.iter().filter(|one| one.client == Client::Certbot);
    if schedules.clone().any(|schedule| schedule.kind.may_run()) {
        return;
    }
    let stopped = [ScheduleKind::Masked, ScheduleKind::DisabledTimer];
    let stopped =
        stopped.into_iter().find_map(|kind| schedules.clone().find(|one| one.kind == kind));
    let names = list(of_certbot.iter().copied());
    let (place, message, command) = if let Some(timer) = stopped {
        let unit = timer.file.file_name().unwrap_or_default().to_string_lossy();
        if timer.kind == ScheduleKind::Masked {
            let message = format!("{unit}, which would renew {names}, is masked");
            let starts = if unit.ends_with(".timer") {
                format!(" && systemctl enable --now {unit}")
            } else {
                String::new()
            };
            (timer.file.clone(), message, format!("systemctl unmask {unit}{starts}"))
        } else {
            let message = format!("the timer that would renew {names} is not enabled");
            (timer.file.clone(), message, format!("systemctl enable --now {unit}"))
        }
    } else {
        let message = format!("no timer or crontab renews {names}");
        let command = "echo '17 3,15 * * * root certbot -q renew' > /etc/cron.d/certbot-renew";
        (first.file.parent().unwrap_or(&first.file).to_owned(), message, command.to_owned())
    };
    let mut diagnostic = empty(RULE.id, Severity::Warning, message, Place::Path(place));
    diagnostic.notes.push(format!("this starts it twice a day:\n    {command}"));
    found.push(diagnostic);
}
