//! The configuration of the machine that the program runs on: its own addresses and its own resolver.

use std::process::Output;

use machine::NameServers;

use crate::world::{WORLD, document, stderr, write};

/// Runs the program where the machine's files are those of the system.
fn run(resolv_conf: &str, arguments: &str) -> Output {
    let at = WORLD.servers.directory();
    let file = at.join(format!("resolv.conf.{}", resolv_conf.len()));
    write(&file, resolv_conf);
    let root = WORLD.root();
    let script = format!(
        "mount --bind {root}/etc/nginx /etc/nginx && mount --bind {file} /etc/resolv.conf && exec \
         {program} --dns --now 2026-03-01 {arguments}",
        root = root.display(),
        file = file.display(),
        program = env!("CARGO_BIN_EXE_nginx-acme-lint"),
    );
    let mut command = WORLD.servers.command("unshare").expect("nsenter is there");
    command.args(["--mount", "--propagation", "private", "/bin/sh", "-c", &script]);
    command.output().expect("the program can be run")
}

#[test]
fn its_own_addresses_and_its_own_resolver_count() {
    let output = run(
        &format!(
            "nameserver {}
",
            NameServers::RESOLVER
        ),
        "--format json",
    );
    assert_eq!(stderr(&output), "");
    let document = document(&output);
    assert_eq!(document["dns"]["not_compared"], 0);
    let all = document["diagnostics"].as_array().expect("there are some");
    let of = |rule: &str| {
        let found = all.iter().filter(|one| one["rule"] == rule);
        found
            .flat_map(|one| one["names"].as_array().cloned().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("dns-address-elsewhere"), ["elsewhere.example.com"], "{document:#}");
    assert_eq!(of("dns-ipv6-address-elsewhere"), ["stale.example.com"]);
}

#[test]
fn a_second_resolver_answers_where_the_first_does_not() {
    let both = format!("nameserver 127.0.0.7\nnameserver {}\n", NameServers::RESOLVER);
    let output = run(&both, "--format json");
    assert_eq!(stderr(&output), "");
    assert_eq!(document(&output)["dns"]["resolver"], "127.0.0.2:53");
}

#[test]
fn without_a_resolver_it_says_so() {
    let output = run("search example.com\n", "--format short");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: cannot ask DNS: /etc/resolv.conf names no server; name a resolver with --resolver \
         ADDRESS\n"
    );
}
