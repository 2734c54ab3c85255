use std::{path::Path, sync::LazyLock};

use model::Memory;

use crate::client::{
    Clients, FileFault, Homes, Ignored, Method, ProblemKind, Repair, ScheduleKind, Standalone,
    Threshold, When, gather,
};

const FILES: &str = "\
archive_dir = /etc/letsencrypt/archive/example.com
cert = /etc/letsencrypt/live/example.com/cert.pem
privkey = /etc/letsencrypt/live/example.com/privkey.pem
chain = /etc/letsencrypt/live/example.com/chain.pem
fullchain = /etc/letsencrypt/live/example.com/fullchain.pem
";

fn machine(settings: &str) -> Memory {
    let mut memory =
        Memory::new().file("/etc/letsencrypt/renewal/example.com.conf", [FILES, settings].concat());
    for kind in ["cert", "privkey", "chain", "fullchain"] {
        let target = format!("../../archive/example.com/{kind}1.pem");
        memory = memory
            .file(format!("/etc/letsencrypt/archive/example.com/{kind}1.pem"), pem())
            .link(format!("/etc/letsencrypt/live/example.com/{kind}.pem"), target);
    }
    memory
}

fn pem() -> &'static str {
    static PEM: LazyLock<String> = LazyLock::new(|| {
        let names = vec!["example.com".to_owned()];
        rcgen::generate_simple_self_signed(names).expect("a name is enough").cert.pem()
    });
    &PEM
}

fn clients(memory: &Memory) -> Clients {
    gather(&Homes::default(), memory)
}

#[test]
fn web_roots_are_those_of_the_names_and_the_last_path_for_all_others() {
    let memory = machine(
        "[renewalparams]\nauthenticator = webroot\nwebroot_path = /srv/first, /srv/last/\n\
         [[webroot_map]]\nWWW.example.com = /srv/www\n",
    );
    let Clients { lineages, problems, .. } = clients(&memory);
    assert_eq!(problems, []);
    let web_root = |path: &str| Method::WebRoot(path.into());
    assert_eq!(lineages[0].method_of("www.example.com"), Some(&web_root("/srv/www")));
    assert_eq!(lineages[0].method_of("example.com"), Some(&web_root("/srv/last")));
    assert_eq!(lineages[0].line("authenticator"), Some(7));
    assert_eq!(lineages[0].faults, []);
}

#[test]
fn options_for_all_certificates_come_before_what_a_file_says() {
    let memory = machine("[renewalparams]\nauthenticator = nginx\nrenew_hook = one\n").file(
        "/etc/letsencrypt/cli.ini",
        "# comment\nauthenticator = standalone\nhttp-01-port: 8080 ; comment\ndeploy-hook = \"two 2\"\n",
    );
    let clients = clients(&memory);
    let standalone = Method::Standalone(Standalone { port: 8080, address: None });
    assert_eq!(clients.lineages[0].method, Some(standalone));
    let hooks: Vec<_> = clients.hooks_of(&clients.lineages[0]).map(|hook| &*hook.text).collect();
    assert_eq!(hooks, [b"two 2"]);
}

#[test]
fn files_that_certbot_skips_are_problems() {
    for (text, line, why) in [
        ("", None, "the section `[renewalparams]` is missing"),
        ("[renewalparams]\n", None, "the setting `authenticator` is missing"),
        ("[renewalparams]\nserver\n", Some(7), "it is neither a section nor `key = value`"),
        (
            "[renewalparams]\nauthenticator = nginx\nautorenew = no\n",
            Some(8),
            "`autorenew` is neither `True` nor `False`",
        ),
        (
            "[renewalparams]\nauthenticator = nginx\npref_challs = http-01, tls-sni-01\n",
            Some(8),
            "`pref_challs` has an unknown challenge, `tls-sni-01`",
        ),
        (
            "[renewalparams]\nauthenticator = nginx\nrsa_key_size = big\n",
            Some(8),
            "`rsa_key_size` is no number",
        ),
        (
            "[renewalparams]\nauthenticator = nginx\nhttp01_port = 80,\n",
            Some(8),
            "`http01_port` is no number",
        ),
        (
            "[renewalparams]\nauthenticator = standalone\nhttp01_port = 99999\n",
            Some(8),
            "nobody can listen on port 99999",
        ),
    ] {
        let Clients { lineages, problems, .. } = clients(&machine(text));
        assert!(lineages.is_empty());
        assert_eq!(
            (problems[0].line, &problems[0].kind),
            (line, &ProblemKind::Malformed(why.into()))
        );
    }
}

#[test]
fn files_in_live_have_to_be_links_that_lead_somewhere() {
    let memory = machine("[renewalparams]\nauthenticator = nginx\n")
        .file("/etc/letsencrypt/live/example.com/cert.pem", "PEM")
        .link("/etc/letsencrypt/live/example.com/chain.pem", "../nowhere.pem");
    let faults = &clients(&memory).lineages[0].faults;
    assert!(matches!(faults[0].1, FileFault::NoLink(_)));
    assert_eq!(faults[1].1, FileFault::Dangling("../nowhere.pem".into()));
    assert_eq!(faults.len(), 2);
}

#[test]
fn numbers_and_challenges_are_read_as_certbot_does() {
    for (settings, port) in [
        ("authenticator = standalone\nhttp01_port = 8_0\npref_challs = http, dns-01\n", 80),
        ("authenticator = standalone\nhttp01_port = None\npref_challs = http-01\n", 80),
        ("authenticator = standalone\nhttp01_port = 8080\nrsa_key_size = 4096\n", 8080),
    ] {
        let clients = clients(&machine(&format!("[renewalparams]\n{settings}")));
        let standalone = Method::Standalone(Standalone { port, address: None });
        assert_eq!(clients.lineages[0].method, Some(standalone), "{settings}");
    }
    for port in ["-1", "99999"] {
        let settings = format!("[renewalparams]\nauthenticator = webroot\nhttp01_port = {port}\n");
        assert_eq!(clients(&machine(&settings)).problems, []);
    }
}

#[test]
fn what_mends_links_loses_no_file() {
    const LIVE: &str = "/etc/letsencrypt/live/example.com";
    const ARCHIVE: &str = "/etc/letsencrypt/archive/example.com";
    let repair = |change: &dyn Fn(Memory) -> Memory| {
        let memory = machine("[renewalparams]\nauthenticator = nginx\n");
        clients(&change(memory)).lineages[0].repair
    };
    let live = |kind: &str| format!("{LIVE}/{kind}.pem");
    let kept = |name: &str| format!("{ARCHIVE}/{name}.pem");
    assert_eq!(repair(&|memory| memory), None);
    let copied = repair(&|memory| memory.file(live("privkey"), pem()));
    assert_eq!(copied, Some(Repair::Link(1)));
    let is_new = |memory: Memory| memory.file(live("privkey"), "another key");
    assert_eq!(repair(&is_new), Some(Repair::Keep(2)));
    let is_half = |memory: Memory| is_new(memory).file(kept("cert7"), pem());
    assert_eq!(repair(&is_half), Some(Repair::Keep(8)));
    let lacks_chain = |memory: Memory| is_new(memory).link(live("chain"), "nowhere");
    assert_eq!(repair(&lacks_chain), Some(Repair::Anew));
    let elsewhere = |memory: Memory| {
        memory.file("/srv/key.pem", "another key").link(live("privkey"), "/srv/key.pem")
    };
    assert_eq!(repair(&elsewhere), Some(Repair::Keep(2)));
    let empty = repair(&|memory| memory.file(kept("cert1"), ""));
    assert_eq!(empty, Some(Repair::FromFullchain));
}

#[test]
fn hooks_are_executable_and_no_backups() {
    let directory = Path::new("/etc/letsencrypt/renewal-hooks/deploy");
    let memory = machine("[renewalparams]\nauthenticator = nginx\n")
        .file(directory.join("a"), "one")
        .mode(directory.join("a"), 0o755)
        .file(directory.join("b"), "two")
        .file(directory.join("c~"), "three")
        .mode(directory.join("c~"), 0o755);
    let hooks = clients(&memory).hooks;
    let seen: Vec<_> = hooks.iter().map(|(_, hook)| (hook.when, hook.ignored)).collect();
    let renewed = When::Renewed;
    assert_eq!(
        seen,
        [
            (renewed, None),
            (renewed, Some(Ignored::NotExecutable)),
            (renewed, Some(Ignored::Backup)),
        ]
    );
}

#[test]
fn timers_run_if_something_wants_them() {
    let memory = machine("[renewalparams]\nauthenticator = nginx\n")
        .file("/lib/systemd/system/certbot.timer", "[Timer]\n");
    assert_eq!(clients(&memory).schedules[0].kind, ScheduleKind::DisabledTimer);
    let wanted = "/etc/systemd/system/timers.target.wants/certbot.timer";
    let memory = memory.link(wanted, "/lib/systemd/system/certbot.timer");
    assert_eq!(clients(&memory).schedules[0].kind, ScheduleKind::Timer);
}

#[test]
fn intervals_are_read_as_certbot_does() {
    let threshold = |text: &str| {
        let settings =
            format!("renew_before_expiry = {text}\n[renewalparams]\nauthenticator = nginx\n");
        clients(&machine(&settings)).lineages[0].threshold
    };
    assert_eq!(threshold("30 days"), Threshold::BeforeEnd(30 * 86400));
    assert_eq!(threshold("14"), Threshold::BeforeEnd(14 * 86400));
    assert_eq!(threshold("2 weeks 12 hours"), Threshold::BeforeEnd(14 * 86400 + 12 * 3600));
    assert_eq!(threshold("soon"), Threshold::Usual);
}

#[test]
fn nothing_is_looked_for_where_there_is_no_certbot() {
    assert!(clients(&Memory::new()).is_empty());
}
