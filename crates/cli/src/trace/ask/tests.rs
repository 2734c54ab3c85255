use clap::Parser;

use super::*;
use crate::arguments::{Arguments, Command};

fn asked(words: &[&str]) -> Result<Vec<Ask>, String> {
    let words = [&["nginx-acme-lint", "trace"], words].concat();
    let arguments = Arguments::try_parse_from(words).expect("the arguments are fine");
    let Some(Command::Trace(arguments)) = arguments.command else { panic!("it is a trace") };
    all(&arguments).map_err(|error| error.to_string())
}

fn request(words: &[&str]) -> Request {
    asked(words).expect("it can be asked").remove(0).request
}

fn of_file(text: &str, words: &[&str]) -> Result<Vec<Ask>, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("requests.jsonl");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let asked = asked(&[words, &["--requests", path]].concat());
    asked.map_err(|error| error.replace(path, "requests.jsonl"))
}

#[test]
fn a_url_alone_comes_from_somewhere_on_the_internet() {
    let request = request(&["http://a.test/x/../%2e//?y"]);
    assert_eq!(request.address, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    assert_eq!(request.client, Client::UnknownPublic);
    assert_eq!((request.port, request.url_port), (80, 80));
    assert_eq!(request.target, b"/x/../%2e//?y");
    assert_eq!(request.host_field, None);
    let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_slice()).collect();
    assert_eq!(names, [&b"user-agent"[..], b"accept"]);
}

#[test]
fn both_ends_follow_from_each_other() {
    let ends = |words: &[&str]| {
        let Request { address, client, .. } = request(words);
        format!("{address} {client:?}")
    };
    for (words, expected) in [
        (&["http://a.test/", "--ipv6"][..], ":: UnknownPublic"),
        (&["http://192.0.2.10/"], "192.0.2.10 UnknownPublic"),
        (&["http://[2001:db8::10]/"], "2001:db8::10 UnknownPublic"),
        (&["http://192.0.2.10/", "--address", "10.0.0.1"], "10.0.0.1 UnknownPublic"),
        (&["http://a.test/", "--client", "2001:db8::5"], ":: Known(2001:db8::5)"),
        (&["http://localhost:8080/"], "127.0.0.1 Known(127.0.0.1)"),
        (&["http://x.LOCALHOST./", "--ipv6"], "::1 Known(::1)"),
        (&["http://127.0.0.1/", "--client", "127.0.0.2"], "127.0.0.1 Known(127.0.0.2)"),
    ] {
        assert_eq!(ends(words), expected, "{words:?}");
    }
}

#[test]
fn mapped_ports_are_those_of_the_url_to_clients() {
    let request = request(&["https://a.test/", "--https-port", "8443"]);
    assert_eq!((request.port, request.url_port), (8443, 443));
}

#[test]
fn given_headers_go_before_the_usual_ones() {
    let words = ["http://a.test/", "--header", "Host: b.test:81", "--header", "User-Agent:x"];
    let request = request(&words);
    assert_eq!(request.host_field.as_deref(), Some(&b"b.test:81"[..]));
    let agent = request.headers.iter().find(|(name, _)| name == b"user-agent");
    assert_eq!(agent, Some(&(b"user-agent".to_vec(), b"x".to_vec())));
    assert_eq!(request.headers.len(), 2);
}

#[test]
fn a_file_has_a_request_on_each_line() {
    let text = r#"{"url":"http://a.test/1"}

{"url":"https://a.test/2","method":"POST","headers":{"X-A":"1"},"client":"192.0.2.7"}
{"url":"http://a.test/3","headers":["X-A: 1","x-a:2","Host: b.test"],"address":"2001:db8::1"}
{"url":"http://a.test/4","headers":null}"#;
    let asks = of_file(text, &["http://a.test/0", "--header", "X-B: 3"]).unwrap();
    let targets: Vec<_> = asks.iter().map(|ask| ask.request.target.as_slice()).collect();
    assert_eq!(targets, [b"/0", b"/1", b"/2", b"/3", b"/4"]);
    let own = |at: usize| asks[at].request.headers[2..].to_vec();
    let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    assert_eq!(own(1), [field("x-b", "3")]);
    assert_eq!(own(2), [field("x-a", "1")]);
    assert_eq!(own(3), [field("x-a", "1"), field("x-a", "2")]);
    assert_eq!(own(4), [field("x-b", "3")]);
    assert_eq!(asks[2].request.method, b"POST");
    assert_eq!(asks[2].request.client, Client::Known(Ipv4Addr::new(192, 0, 2, 7).into()));
    assert_eq!(asks[3].request.host_field.as_deref(), Some(&b"b.test"[..]));
    assert!(asks[3].request.address.is_ipv6());
}

#[test]
fn what_cannot_be_asked_is_told() {
    for (words, expected) in [
        (
            &["a.test/x"][..],
            "a.test/x: it has no scheme; write http://HOST/PATH or https://HOST/PATH",
        ),
        (&["http://a.test/", "--header", "X"], "--header: `X` is not written as `Name: value`"),
        (
            &["http://a.test/", "--header", "X Y: 1"],
            "--header: `X Y` is not the name of a header field",
        ),
        (&["http://a.test/", "--method", ""], "--method: `` is not a method"),
        (
            &["http://a.test/", "--ipv6", "--address", "192.0.2.1"],
            "--ipv6: 192.0.2.1 is an IPv4 address",
        ),
        (
            &["http://192.0.2.1/", "--client", "::1"],
            "http://192.0.2.1/: a client at ::1 cannot come over IPv4",
        ),
        (
            &["--requests", "/nonexistent"],
            "cannot read /nonexistent: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(asked(words).unwrap_err(), expected, "{words:?}");
    }
    let good = "{\"url\":\"http://a.test/\"}\n";
    for (line, expected) in [
        ("{}", "missing field `url`"),
        ("http://a.test/", "it is not JSON: expected value"),
        ("{\"url\":\"/x\"}", "/x: it has no scheme; write http://HOST/PATH or https://HOST/PATH"),
        (
            "{\"url\":\"http://a.test/\",\"header\":{}}",
            "unknown field `header`, expected one of `url`, `method`, `headers`, `address`, `client`",
        ),
        (
            "{\"url\":\"http://a.test/\",\"headers\":7}",
            "`headers` is neither an object of names and values nor a list of \"Name: value\"",
        ),
        ("{\"url\":\"http://a.test/\",\"address\":\"x\"}", "invalid IP address syntax"),
        (
            "{\"url\":\"http://a.test/\",\"headers\":{\"Host\":\"a\",\"host\":\"b\"}}",
            "http://a.test/: `Host` is given twice",
        ),
    ] {
        let error = of_file(&format!("{good}\n{line}\n"), &[]).unwrap_err();
        assert_eq!(error, format!("requests.jsonl:3: {expected}"));
    }
}
