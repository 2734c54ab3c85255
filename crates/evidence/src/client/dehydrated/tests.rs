use std::path::Path;

use model::Memory;

use crate::client::{Clients, Homes, Ignored, Method, Threshold, gather};

const CONFIG: &str = "\
CONFIG_D=/etc/dehydrated/conf.d
BASEDIR=/var/lib/dehydrated
WELLKNOWN=\"${BASEDIR}/acme-challenges\"
DOMAINS_TXT=\"/etc/dehydrated/domains.txt\"
";

fn machine(config: &str, domains: &str) -> Memory {
    Memory::new()
        .file("/etc/dehydrated/config", config)
        .file("/etc/dehydrated/domains.txt", domains)
        .dir("/var/lib/dehydrated/acme-challenges")
}

fn clients(memory: &Memory) -> Clients {
    gather(&Homes::default(), memory)
}

fn tokens(path: &str) -> Method {
    Method::TokenDirectory(path.into())
}

#[test]
fn certificates_are_lines_and_may_have_another_name() {
    let domains =
        "# comment\n\nExample.com www.example.com > shop\nexample.org>other\nexample.net\n";
    let Clients { lineages, problems, .. } = clients(&machine(CONFIG, domains));
    assert_eq!(problems, []);
    let names: Vec<_> = lineages.iter().map(|lineage| &*lineage.name).collect();
    assert_eq!(names, ["shop", "other", "example.net"]);
    let expected = ["example.com", "www.example.com"].map(str::to_owned).to_vec();
    assert_eq!(lineages[0].names, Some(expected));
    assert_eq!(lineages[0].method, Some(tokens("/var/lib/dehydrated/acme-challenges")));
    assert_eq!(lineages[0].line("WELLKNOWN"), Some(3));
    assert!(lineages[0].has_file(Path::new("/var/lib/dehydrated/certs/shop/fullchain.pem")));
    assert_eq!(lineages[0].threshold, Threshold::BeforeEnd(30 * 24 * 60 * 60));
}

#[test]
fn other_files_come_after_the_configuration_and_may_be_for_one_certificate() {
    let memory = machine(CONFIG, "example.com\nexample.org\n")
        .file("/etc/dehydrated/conf.d/local.sh", "WELLKNOWN=/srv/tokens\nRENEW_DAYS=40\n")
        .dir("/srv/tokens")
        .file("/etc/dehydrated/conf.d/ignored.conf", "WELLKNOWN=/srv/ignored\n")
        .file("/var/lib/dehydrated/certs/example.org/config", "CHALLENGETYPE=dns-01\nCA=other\n");
    let Clients { lineages, problems, .. } = clients(&memory);
    assert_eq!(problems, []);
    assert_eq!(lineages[0].method, Some(tokens("/srv/tokens")));
    assert_eq!(lineages[0].line("WELLKNOWN"), None);
    assert_eq!(lineages[0].threshold, Threshold::BeforeEnd(40 * 24 * 60 * 60));
    assert_eq!(lineages[1].method, Some(Method::Dns("dns-01".to_owned())));
    assert_eq!(lineages[1].server, lineages[0].server);
}

#[test]
fn what_only_a_shell_knows_is_not_known() {
    let config = "WELLKNOWN=$(hostname)\nHOOK=$HOME/hook\n";
    let lineages = clients(&machine(config, "").file("/etc/dehydrated/domains.txt", "a.example\n"));
    assert_eq!(lineages.lineages[0].method, None);
    assert_eq!(lineages.lineages[0].hooks.len(), 1);
}

#[test]
fn it_has_a_directory_of_its_own_and_does_not_start_without_it() {
    let memory = machine("", "example.com\nexample.org\n");
    let Clients { lineages, problems, .. } = clients(&memory);
    assert_eq!(lineages[0].method, Some(tokens("/var/www/dehydrated")));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].kind.to_string().contains("/var/www/dehydrated does not exist"));
}

#[test]
fn the_hook_is_a_script() {
    let memory = machine("HOOK=/etc/dehydrated/hook.sh\n", "example.com\n")
        .file("/etc/dehydrated/hook.sh", "nginx -s reload");
    let hook = &clients(&memory).lineages[0].hooks[0];
    assert_eq!(hook.text, b"nginx -s reload");
    let memory = memory.mode("/etc/dehydrated/hook.sh", 0o644);
    assert_eq!(clients(&memory).lineages[0].hooks[0].ignored, Some(Ignored::NotExecutable));
}
