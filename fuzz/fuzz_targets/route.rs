//! A request, described in the first line, and the configuration that answers it.

#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use model::{Config, Http, Ports, Prefix, Request, Url, route, route_briefly};
use nginx_acme_lint_fuzz::machine;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at(end);
    // A configuration may be a seed as it is.
    let url = line.strip_prefix(b"# GET ").map_or(&b"http://example.com/"[..], |url| url);
    let Ok(url) = Url::parse(url) else { return };
    let mut request = Request::get(b"", b"/").for_url(&url, Ports::default());
    if url.scheme == model::Scheme::Https {
        request = request.over_tls();
    }
    let memory = machine(rest);
    for sources in model::load(&[PathBuf::from("/")], &memory) {
        let config = Config::of(&sources);
        let prefix = Prefix { path: sources.conf_prefix().to_owned(), is_guess: true };
        let http = Http::of(&config, prefix);
        for request in [request.clone(), request.clone().over_ipv6()] {
            let trace = route(&http, &request, &memory);
            let brief = route_briefly(&http, &request, &memory);
            assert_eq!(trace.answer, brief.answer, "the steps change no answer");
        }
    }
});
