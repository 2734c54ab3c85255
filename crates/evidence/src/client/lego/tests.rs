use std::path::Path;

use model::Memory;

use crate::client::{Client, Clients, Homes, Lineage, Method, Standalone, Threshold, When, gather};

fn machine() -> Memory {
    Memory::new()
        .file("/var/lib/lego/certificates/example.com.crt", "PEM")
        .file("/var/lib/lego/certificates/example.com.issuer.crt", "PEM")
        .file("/var/lib/lego/certificates/example.com.key", "PEM")
}

fn lineage(memory: &Memory) -> Lineage {
    let Clients { mut lineages, problems, .. } = gather(&Homes::default(), memory);
    assert_eq!(problems, []);
    assert_eq!(lineages.len(), 1);
    lineages.remove(0)
}

#[test]
fn without_more_only_the_files_are_known() {
    let lineage = lineage(&machine());
    assert_eq!((lineage.client, &*lineage.name), (Client::Lego, "example.com"));
    assert!(lineage.has_file(Path::new("/var/lib/lego/certificates/example.com.crt")));
    assert_eq!(lineage.method, None);
}

#[test]
fn the_rest_is_on_the_command_line_that_renews() {
    let memory = machine().file(
        "/etc/cron.d/lego",
        "# lego\n0 3 * * * root lego --path /var/lib/lego -d example.com --domains=www.example.com \
         --http --http.webroot /var/www/html renew --days 45 --renew-hook 'nginx -s reload'\n",
    );
    let lineage = lineage(&memory);
    let names = ["example.com", "www.example.com"].map(str::to_owned).to_vec();
    assert_eq!(lineage.names, Some(names));
    assert_eq!(lineage.method, Some(Method::WebRoot("/var/www/html".into())));
    assert_eq!(lineage.threshold, Threshold::BeforeEnd(45 * 24 * 60 * 60));
    assert_eq!(
        (lineage.hooks[0].when, &*lineage.hooks[0].text),
        (When::Renewed, &b"nginx -s reload"[..])
    );
    assert_eq!((&*lineage.file, lineage.line("webroot")), (Path::new("/etc/cron.d/lego"), Some(2)));
}

#[test]
fn a_timer_starts_a_service() {
    let service = "[Service]\nExecStart=/usr/bin/lego --http \\\n  --domains example.com \\\n  \
                   --path=/var/lib/lego --http.port 127.0.0.1:8080 renew\n";
    let memory = machine()
        .file("/etc/systemd/system/lego.timer", "[Timer]\nOnCalendar=daily\n")
        .file("/etc/systemd/system/lego.service", service);
    let standalone = Standalone { port: 8080, address: Some("127.0.0.1".to_owned()) };
    assert_eq!(lineage(&memory).method, Some(Method::Standalone(standalone)));
}

#[test]
fn since_its_fifth_version_there_is_a_file() {
    let memory = Memory::new().file("/etc/lego/.lego/certificates/shop.crt", "PEM").file(
        "/etc/lego/.lego.yml",
        "challenges:\n  web:\n    http:\n      webroot: ./tokens\ncertificates:\n  shop:\n    \
         challenge: web\n    domains: [Example.com, www.example.com]\n\
         hooks:\n  deploy:\n    command: systemctl reload nginx\n",
    );
    let lineage = lineage(&memory);
    let names = ["example.com", "www.example.com"].map(str::to_owned).to_vec();
    assert_eq!(lineage.names, Some(names));
    assert_eq!(lineage.method, Some(Method::WebRoot("/etc/lego/tokens".into())));
    assert_eq!(lineage.hooks[0].text, b"systemctl reload nginx");
}

#[test]
fn a_file_that_is_no_yaml_is_a_problem() {
    let memory = machine().file("/var/lib/lego/.lego.yml", "a: [\n");
    assert_eq!(gather(&Homes::default(), &memory).problems.len(), 1);
}
