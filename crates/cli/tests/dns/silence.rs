//! Resolvers that do not answer: said once, at an end that is near.

use std::{
    process::Output,
    time::{Duration, Instant},
};

use machine::NameServers;

use crate::world::{WORLD, stderr};

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
fn what_is_no_resolver_is_wrong_usage() {
    for wrong in ["dns.example.com", "", "1.2.3.4:x"] {
        let output = resolver(wrong, "text");
        assert_eq!(output.status.code(), Some(3), "{wrong}");
    }
    let output = WORLD.run(&["--resolver", "127.0.0.1"]);
    assert_eq!(output.status.code(), Some(3), "it means nothing without --dns");
}
