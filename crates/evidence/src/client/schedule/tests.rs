use std::path::Path;

use model::Memory;

use super::*;

/// What is found for certbot, and whether nginx reloads at times.
fn found(memory: &Memory) -> (Vec<ScheduleKind>, bool) {
    let mut clients = Clients::default();
    find(Client::Certbot, "certbot", memory, &mut clients);
    (clients.schedules.iter().map(|schedule| schedule.kind).collect(), clients.reload_at_times)
}

fn crontab(line: &str) -> Memory {
    Memory::new().file("/etc/cron.d/renew", line)
}

#[test]
fn what_calls_the_client_starts_it() {
    for command in [
        "certbot -q renew",
        "test -x /usr/bin/certbot && /usr/bin/certbot renew",
        "sh -c 'sleep 60; certbot renew'",
        "docker run --rm certbot/certbot renew",
        "/opt/letsencrypt/letsencrypt-auto renew",
        "/snap/bin/certbot renew",
    ] {
        let memory = crontab(&format!("0 3 * * * root {command}\n"));
        assert_eq!(found(&memory), (vec![ScheduleKind::Cron], false), "{command}");
    }
    let anacron = Memory::new().file("/etc/anacrontab", "1 5 certs certbot renew -q\n");
    assert_eq!(found(&anacron).0, [ScheduleKind::Cron]);
    let busybox = Memory::new().file("/etc/crontabs/root", "0 3 * * * certbot renew\n");
    assert_eq!(found(&busybox).0, [ScheduleKind::Cron]);
}

#[test]
fn what_only_names_it_does_not() {
    for command in [
        "echo no-certbot",
        "echo certbot",
        "/usr/bin/rsync -a /etc/letsencrypt backup.example.com:",
        "/opt/certbot/bin/pip install --upgrade certbot",
        "cd / && run-parts --report /etc/cron.daily",
    ] {
        let memory = crontab(&format!("MAILTO=certbot@example.com\n0 3 * * * root {command}\n"));
        assert_eq!(found(&memory), (vec![], false), "{command}");
    }
}

#[test]
fn a_script_is_followed_once() {
    let line = "0 3 * * * root /usr/local/bin/renew.sh >/dev/null 2>&1\n";
    assert_eq!(found(&crontab(line)).0, [ScheduleKind::Unread]);
    let script = "#!/bin/sh\ncertbot renew && systemctl reload nginx\n";
    let memory = crontab(line).file("/usr/local/bin/renew.sh", script);
    assert_eq!(found(&memory), (vec![ScheduleKind::Cron], true));
    let memory = crontab(line).file("/usr/local/bin/renew.sh", "#!/bin/sh\n# certbot\necho\n");
    assert_eq!(found(&memory), (vec![], false));
}

#[test]
fn what_cron_passes_over_starts_nothing() {
    let line = "0 3 * * * root certbot renew\n";
    let debian = || Memory::new().file("/etc/debian_version", "12\n");
    for name in ["certbot.disabled", "certbot.dpkg-old", ".certbot"] {
        let path = Path::new("/etc/cron.d").join(name);
        assert_eq!(found(&debian().file(path, line)).0, [], "{name}");
    }
    let elsewhere = Memory::new().file("/etc/cron.d/certbot.renewals", line);
    assert_eq!(found(&elsewhere).0, [ScheduleKind::Cron]);
    let daily = "/etc/cron.daily/renew";
    let script = Memory::new().file(daily, "#!/bin/sh\ncertbot renew\n");
    assert_eq!(found(&script).0, []);
    assert_eq!(found(&script.mode(daily, 0o755)).0, [ScheduleKind::Cron]);
}

#[test]
fn a_timer_is_judged_by_its_service() {
    let wanted = "/etc/systemd/system/timers.target.wants/web.timer";
    let timer = |command: &str| {
        Memory::new()
            .file("/etc/systemd/system/web.timer", "[Timer]\nOnCalendar=daily\n")
            .file("/etc/systemd/system/web.service", format!("[Service]\nExecStart={command}\n"))
            .link(wanted, "/etc/systemd/system/web.timer")
    };
    assert_eq!(found(&timer("/usr/bin/certbot renew")), (vec![ScheduleKind::Timer], false));
    assert_eq!(found(&timer("-/usr/sbin/nginx -s reload")), (vec![], true));
    assert_eq!(found(&timer("/usr/bin/true")), (vec![], false));
    assert_eq!(found(&timer("/opt/web/renew")).0, [ScheduleKind::Unread]);
}

#[test]
fn a_masked_service_starts_nothing() {
    let wanted = "/etc/systemd/system/timers.target.wants/certbot.timer";
    let memory = Memory::new()
        .file("/lib/systemd/system/certbot.timer", "[Timer]\nOnCalendar=daily\n")
        .link(wanted, "/lib/systemd/system/certbot.timer")
        .link("/etc/systemd/system/certbot.service", "/dev/null");
    assert_eq!(found(&memory).0, [ScheduleKind::Masked]);
}

#[test]
fn drop_ins_say_when() {
    let memory = Memory::new()
        .file("/lib/systemd/system/certbot.timer", "[Timer]\nOnCalendar=daily\n")
        .file(
            "/etc/systemd/system/certbot.timer.d/x.conf",
            "[Timer]\nOnCalendar=\nOnCalendar=monthly\n",
        );
    let mut clients = Clients::default();
    find(Client::Certbot, "certbot", &memory, &mut clients);
    assert_eq!(clients.schedules[0].every, Some(31 * 24 * 60 * 60));
}
