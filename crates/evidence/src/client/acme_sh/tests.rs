use std::path::Path;

use model::Memory;

use crate::client::{Client, Clients, Homes, Method, Standalone, Threshold, When, gather};

const DOMAIN: &str = "Le_Domain='example.com'\nLe_Alt='www.example.com,shop.example.com'\n";

fn clients(directory: &str, settings: &str) -> Clients {
    let file = format!("/root/.acme.sh/{directory}/example.com.conf");
    gather(&Homes::default(), &Memory::new().file(file, [DOMAIN, settings].concat()))
}

#[test]
fn the_last_web_root_holds_for_all_names_that_come_after() {
    let settings = "Le_Webroot='/var/www/html/,/srv/www'\nLe_RenewalDays='60'\n";
    let Clients { lineages, problems, .. } = clients("example.com_ecc", settings);
    assert_eq!(problems, []);
    let lineage = &lineages[0];
    assert_eq!((lineage.client, &*lineage.name), (Client::AcmeSh, "example.com_ecc"));
    let web_root = |path: &str| Method::WebRoot(path.into());
    assert_eq!(lineage.method_of("example.com"), Some(&web_root("/var/www/html")));
    assert_eq!(lineage.method_of("www.example.com"), Some(&web_root("/srv/www")));
    assert_eq!(lineage.method_of("shop.example.com"), Some(&web_root("/srv/www")));
    assert_eq!(lineage.line("Le_Webroot"), Some(3));
    assert_eq!(lineage.threshold, Threshold::AfterStart(60 * 24 * 60 * 60));
}

#[test]
fn other_methods_have_words() {
    for (text, method) in [
        ("nginx:", Method::Nginx),
        ("nginx:/etc/nginx/nginx.conf", Method::Nginx),
        ("stateless", Method::Stateless),
        ("alpn", Method::TlsAlpn),
        ("dns_cf", Method::Dns("dns_cf".to_owned())),
        ("apache", Method::Other("apache".to_owned())),
        ("no", Method::Standalone(Standalone { port: 88, address: Some("192.0.2.7".to_owned()) })),
    ] {
        let settings =
            format!("Le_Webroot='{text}'\nLe_HTTPPort='88'\nLe_LocalAddress='192.0.2.7'\n");
        assert_eq!(clients("example.com", &settings).lineages[0].method, Some(method), "{text}");
    }
}

#[test]
fn files_are_those_that_were_installed_and_the_command_is_decoded() {
    let settings = "Le_Webroot='/srv'\n\
        Le_ReloadCmd='__ACME_BASE64__START_c3lzdGVtY3RsIHJlbG9hZCBuZ2lueA==__ACME_BASE64__END_'\n\
        Le_RealFullChainPath='/etc/nginx/tls/example.pem'\nLe_RealKeyPath='/etc/nginx/tls/key.pem'\n";
    let lineage = &clients("example.com", settings).lineages[0];
    assert!(lineage.has_file(Path::new("/etc/nginx/tls/example.pem")));
    assert!(!lineage.has_file(Path::new("/root/.acme.sh/example.com/fullchain.cer")));
    let hooks: Vec<_> = lineage.hooks.iter().map(|hook| (hook.when, &*hook.text)).collect();
    assert_eq!(hooks, [(When::Renewed, &b"systemctl reload nginx"[..])]);
}

#[test]
fn files_that_were_not_installed_are_in_its_own_directory() {
    let lineage = &clients("example.com_ecc", "Le_Webroot='/srv'\nLe_ReloadCmd=''\n").lineages[0];
    assert!(lineage.has_file(Path::new("/root/.acme.sh/example.com_ecc/fullchain.cer")));
    assert!(lineage.has_file(Path::new("/root/.acme.sh/example.com_ecc/example.com.key")));
    assert_eq!(lineage.hooks, []);
}

#[test]
fn homes_are_those_of_users_or_the_one_that_is_named() {
    let memory = Memory::new()
        .file("/home/anna/.acme.sh/example.com/example.com.conf", DOMAIN)
        .file("/srv/acme/example.org/example.org.conf", "Le_Domain='example.org'\n");
    let names = |homes: &Homes| -> Vec<_> {
        gather(homes, &memory).lineages.into_iter().map(|lineage| lineage.name).collect()
    };
    assert_eq!(names(&Homes::default()), ["example.com"]);
    let other = Homes { acme: Some("/srv/acme".into()), ..Homes::default() };
    assert_eq!(names(&other), ["example.org"]);
}
