//! Configurations that are not whole, and arguments that are wrong.

use crate::program::{directory, document, text, trace};

const SITE: &str = "server { listen 80; server_name a.test; return 200 a; }
server { listen 80; server_name b.test; include missing.conf; return 200 b; }
";

fn error_of(arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let output = trace(arguments, input);
    (output.status.code(), text(&output.stderr))
}

#[test]
fn what_was_not_read_is_told_and_matters_where_it_would_stand() {
    let nginx = directory(&[("nginx.conf", &format!("events {{}}\nhttp {{\n{SITE}}}\n}}\n"))]);
    let path = nginx.path().to_str().unwrap();
    let urls = ["http://a.test/", "http://b.test/"];
    let output = trace(&[&["--config", path, "--format", "json"][..], &urls].concat(), "");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr).replace(path, "DIR");
    assert!(
        said.contains("error: DIR/nginx.conf:4: cannot read DIR/missing.conf: no such file"),
        "{said}"
    );
    assert!(said.contains("error: DIR/nginx.conf:6: unexpected \"}\""), "{said}");
    let document = document(&output);
    assert_eq!(document["requests"][0]["hops"][0]["answer"]["body"], "a");
    let unknown = &document["requests"][1]["hops"][0]["answer"];
    assert_eq!(unknown["kind"], "unknown");
    assert_eq!((&unknown["file"], &unknown["line"]), (&"nginx.conf".into(), &4.into()));
}

#[test]
fn without_a_configuration_there_is_nothing_to_trace() {
    let (code, said) = error_of(&["--config", "/nonexistent", "http://a.test/"], "");
    assert_eq!(
        (code, &*said),
        (Some(2), "error: cannot read /nonexistent: no such file or directory\n")
    );
    let two = directory(&[("a/nginx.conf", "events {}"), ("b/nginx.conf", "events {}")]);
    let path = two.path().to_str().unwrap();
    let (code, said) = error_of(&["--config", path, "http://a.test/"], "");
    assert_eq!(code, Some(3));
    assert!(
        said.starts_with("error: there are several configurations; --config names one of them: "),
        "{said}"
    );
}

#[test]
fn wrong_usage_exits_with_3() {
    for (arguments, input, expected) in [
        (&[][..], "", "error: the following required arguments were not provided:"),
        (
            &["a.test"],
            "",
            "error: a.test: it has no scheme; write http://HOST/PATH or https://HOST/PATH\n",
        ),
        (&["http://a.test/", "--format", "short"], "", "error: invalid value 'short'"),
        (&["http://a.test/", "--address", "a.test"], "", "error: invalid value 'a.test'"),
        (
            &["--requests", "-"],
            "\n{\"url\":1}",
            "error: standard input:2: invalid type: integer `1`, expected a string\n",
        ),
    ] {
        let (code, said) =
            error_of(&[&["--config", "docs/machine/etc/nginx"], arguments].concat(), input);
        assert_eq!(code, Some(3), "{arguments:?}");
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn thousands_of_requests_take_one_run() {
    let root = ["--root", "docs/machine", "--format", "json", "--requests", "-"];
    let urls = (0..5000).map(|number| format!("https://shop.example.com/{number}"));
    let lines: Vec<_> = urls.map(|url| format!("{{\"url\":\"{url}\"}}")).collect();
    let output = trace(&root, &lines.join("\n"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let document = document(&output);
    let requests = document["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 5000);
    for (number, request) in requests.iter().enumerate() {
        assert_eq!(request["url"], format!("https://shop.example.com/{number}"));
        assert_eq!(request["hops"][0]["answer"]["kind"], "proxy");
    }
}

#[test]
fn odd_bytes_reach_nginx_as_they_are() {
    let config = "events {} http { server { listen 80; return 200 $request_uri; } }";
    let nginx = directory(&[("nginx.conf", config)]);
    let path = nginx.path().to_str().unwrap();
    let url = "http://a.test/%C3%BC/..//ü?a=%00&b[]=\\#top";
    let output = trace(&["--config", path, "--format", "json", url], "");
    let hop = document(&output)["requests"][0]["hops"][0].clone();
    assert_eq!(hop["url"], url);
    assert_eq!(hop["answer"]["body"], "/%C3%BC/..//ü?a=%00&b[]=\\");
}
