//! A client somewhere on the Internet, of whose address only the family is known: rules about single
//! addresses and small networks are not meant for it, and what is left open matters only where the
//! answers differ.

use model::{Answer, Config, Http, Memory, Prefix, Request, load, route};

#[test]
fn small_networks_are_not_meant_for_an_unknown_client() {
    for (http, expected) in [
        (
            "geo $g { default no; 10.0.0.0/8 yes; 192.0.2.1 yes; ::/0 six; } server { return 200 $g; }",
            "no",
        ),
        ("geo $remote_addr $g { default no; 10.0.0.0/8 yes; } server { return 200 $g; }", "no"),
        ("geo $g { default no; 0.0.0.0/0 all; } server { return 200 $g; }", "all"),
        (
            "geo $g { ranges; default no; 10.0.0.0-10.255.255.255 yes; } server { return 200 $g; }",
            "no",
        ),
        // nginx refuses the range.
        ("geo $g { ranges; default no; 99.0.0.0-0.0.0.0 b; } server { return 200 $g; }", "no"),
        ("map $remote_addr $m { default no; 192.0.2.1 yes; } server { return 200 $m; }", "no"),
        ("server { if ($remote_addr = 192.0.2.1) { return 403; } return 200 no; }", "no"),
        ("server { if ($remote_addr != 192.0.2.1) { return 200 yes; } return 403; }", "yes"),
        ("server { if ($remote_addr) { return 200 yes; } return 403; }", "yes"),
    ] {
        assert_eq!(answer(http), expected, "{http}");
    }
}

#[test]
fn what_is_open_matters_where_answers_differ() {
    const DEPENDS: &str = "unknown: it depends on the address of the client";
    for (http, expected) in [
        ("geo $g { default no; 0.0.0.0/1 half; } server { return 200 $g; }", DEPENDS),
        ("geo $g { default no; 0.0.0.0/1 no; } server { return 200 $g; }", "no"),
        (
            "geo $g { default a; 0.0.0.0/1 b; } server { if ($g = c) { return 403; } return 200 no; }",
            "no",
        ),
        ("geo $g { ranges; default a; 0.0.0.0-99.0.0.0 b; } server { return 200 $g; }", DEPENDS),
        ("server { location / { deny 0.0.0.0/1; deny all; } }", "403"),
        ("server { location / { allow 0.0.0.0/1; deny all; empty_gif; } }", DEPENDS),
        (
            "server { if ($remote_addr ~ ^1) { return 403; } return 200 no; }",
            "unknown: the value of `$remote_addr` is not modelled",
        ),
        ("server { if ($remote_addr ~ ^1) { set $x 1; } return 200 no; }", "no"),
        (
            "server { if ($remote_addr ~ ^1) { set $x 1; } if ($x) { return 403; } return 200 no; }",
            "unknown: the value of `$remote_addr` is not modelled",
        ),
        ("map $x $x { default $x; } server { return 200 $x; }", "unknown: `$x` refers to itself"),
    ] {
        assert_eq!(answer(http), expected, "{http}");
    }
}

#[test]
fn what_is_open_matters_where_the_way_to_one_answer_differs() {
    const DEPENDS: &str = "unknown: the value of `$request_id` is not modelled";
    for (http, expected) in [
        ("server { if ($request_id ~ ^1) { rewrite ^ /; } }", "404"),
        // Another file is missing.
        ("server { if ($request_id ~ ^1) { rewrite ^ /other; } }", DEPENDS),
        // Another location takes the request.
        (
            "server { if ($request_id ~ ^1) { rewrite ^ /a; } location /a { rewrite ^ /end last; }
                location / { rewrite ^ /end last; } location /end { return 200 same; } }",
            DEPENDS,
        ),
        // Another location answers.
        (
            "server { location / { if ($request_id ~ ^1) { rewrite ^ /a last; } rewrite ^ /b last; }
                location /a { return 200 same; } location /b { return 200 same; } }",
            DEPENDS,
        ),
    ] {
        assert_eq!(answer(http), expected, "{http}");
    }
}

#[test]
fn the_reason_is_the_first_choice_that_matters() {
    let http = "server { if ($request_id ~ ^1) { set $x 1; }
        if ($remote_addr ~ ^1) { return 403; } if ($pid ~ ^1) { set $x 2; } return 200 no; }";
    assert_eq!(answer(http), "unknown: the value of `$remote_addr` is not modelled");
}

#[test]
fn not_every_way_is_followed() {
    let conditions = "if ($request_id ~ 1) { set $x 1; }\n".repeat(20);
    let http = format!("server {{ {conditions} return 200 same; }}");
    assert_eq!(answer(&http), "unknown: the value of `$request_id` is not modelled");
}

/// What the server answers: a text, a status, or why it is not known.
fn answer(http: &str) -> String {
    let text = format!("events {{ }}\nhttp {{ {http} }}\n");
    let files = Memory::new().file("/etc/nginx/nginx.conf", text);
    let sources = load(&["/etc/nginx/nginx.conf".into()], &files);
    let config = Config::of(&sources[0]);
    let http = Http::of(&config, Prefix { path: "/etc/nginx".into(), is_guess: false });
    match route(&http, &Request::get(b"a.test", b"/"), &files).answer {
        Answer::Status { body: Some(body), .. } => String::from_utf8_lossy(&body).into_owned(),
        Answer::Status { status, body: None } => status.to_string(),
        Answer::Unknown { because, .. } => format!("unknown: {because}"),
        other => format!("{other:?}"),
    }
}
