//! Resolvers that do not answer: said once, at an end that is near.

use std::{
    process::{Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use machine::NameServers;

use crate::world::{WORLD, stderr, write};

fn resolver(address: &str, format: &str) -> Output {
    WORLD.run(&["--now", "2026-03-01", "--format", format, "--dns", "--resolver", address])
}

#[test]
fn a_resolver_that_does_not_answer_is_told_once() {
    let start = Instant::now();
    let output = resolver(NameServers::SILENT, "short");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: cannot ask DNS: no resolver answers (192.0.2.99:53: no answer in 6 seconds); name \
         another one with --resolver ADDRESS\n"
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("; DNS was not asked"), "{text}");
    assert!(!text.contains("dns-"), "{text}");
}

#[test]
fn a_port_where_nobody_listens_is_told_as_well() {
    let start = Instant::now();
    let output = resolver("127.0.0.7:5353", "text");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("(127.0.0.7:5353: no answer in 6 seconds)"), "{told}");
}

#[test]
fn a_server_that_refuses_everything_is_no_resolver() {
    let output = resolver(NameServers::REFUSING, "short");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("127.0.0.5:53 refuses every question"), "{}", stderr(&output));
}

#[test]
fn a_resolver_that_knows_nothing_is_not_believed() {
    let conf = WORLD.servers.directory().join("isolated.conf");
    let text = "server:\ninterface: 127.0.0.6\nchroot: \"\"\nusername: \"\"\npidfile: \"\"\nuse-syslog: \
                no\ndo-daemonize: no\nlocal-zone: \".\" static\n";
    write(&conf, text);
    let mut unbound = WORLD.servers.command("/usr/sbin/unbound").expect("nsenter is there");
    let mut unbound = unbound.arg("-d").arg("-c").arg(&conf).spawn().expect("unbound starts");
    let answers = || {
        let mut dig = WORLD.servers.command("dig").expect("nsenter is there");
        dig.args(["+time=1", "+tries=1", "@127.0.0.6", ".", "NS"]).stdout(Stdio::null());
        let is_answered = dig.status().is_ok_and(|status| status.success());
        thread::sleep(Duration::from_millis(100));
        is_answered
    };
    let is_up = (0..50).any(|_| answers());
    let output = resolver("127.0.0.6", "short");
    let _ = unbound.kill();
    let _ = unbound.wait();
    assert!(is_up, "unbound does not start");
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("127.0.0.6:53 knows neither the root of DNS nor any of the names"),
        "{told}"
    );
    assert!(!String::from_utf8_lossy(&output.stdout).contains("dns-"));
}

#[test]
fn what_is_no_resolver_is_wrong_usage() {
    for wrong in ["dns.example.com", "", "1.2.3.4:x"] {
        let output = resolver(wrong, "text");
        assert_eq!(output.status.code(), Some(3), "{wrong}");
    }
    let output = WORLD.run(&["--resolver", "127.0.0.1"]);
    assert_eq!(output.status.code(), Some(3), "it means nothing without --dns");
}
