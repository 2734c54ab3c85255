//! What ACME clients keep: files of certbot, acme.sh, dehydrated and lego, crontabs and timers.

#![no_main]

use evidence::client::{self, Homes};
use libfuzzer_sys::fuzz_target;
use model::Memory;
use nginx_acme_lint_fuzz::machine;

/// Where a file without a header stands, all at once.
const PLACES: [&str; 9] = [
    "/etc/letsencrypt/renewal/example.com.conf",
    "/etc/letsencrypt/cli.ini",
    "/root/.acme.sh/account.conf",
    "/root/.acme.sh/example.com/example.com.conf",
    "/etc/dehydrated/config",
    "/etc/lego/certificates/example.com.json",
    "/etc/systemd/system/certbot.timer",
    "/etc/crontab",
    "/etc/cron.daily/certbot",
];

fuzz_target!(|bytes: &[u8]| {
    let memory = if bytes.starts_with(b"# configuration file ") {
        machine(bytes)
    } else {
        PLACES.iter().fold(Memory::new(), |memory, path| memory.file(path, bytes))
    };
    let clients = client::gather(&Homes::default(), &memory);
    let mut settings = acme::Settings::default();
    settings.follow(&clients);
    for lineage in &clients.lineages {
        let _ = (clients.stops_nginx(lineage), clients.hooks_of(lineage).count());
    }
});
