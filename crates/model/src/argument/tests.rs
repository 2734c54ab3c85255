use super::{BadArgument, address};
use super::{
    condition, error_page, listen_parameter, log_level, modifier, return_code, rewrite_flag,
};

fn message(bad: Option<BadArgument>) -> String {
    bad.map(|bad| bad.message).unwrap_or_default()
}

fn words(text: &str) -> Vec<&[u8]> {
    text.split(' ').map(str::as_bytes).collect()
}

#[test]
fn conditions_are_refused_in_nginx_words() {
    for (condition, expected) in [
        ("($uri)", ""),
        ("( $uri )", ""),
        ("($uri = a)", ""),
        ("($uri !~* a)", ""),
        ("(-f $uri)", ""),
        ("(!-e $uri)", ""),
        ("$uri", "invalid condition \"$uri\""),
        ("(", "invalid condition \"(\""),
        ("()", "invalid condition \")\""),
        ("( )", "invalid condition \")\""),
        ("(1)", "invalid condition \"1\""),
        ("($)", "invalid condition \"$\""),
        ("(!$uri)", "invalid condition \"!$uri\""),
        ("($uri", "invalid condition \"$uri\""),
        ("($uri ~ a b)", "invalid condition \"$uri\""),
        ("($uri ~)", "invalid condition \"$uri\""),
        ("($uri = a && $b)", "invalid condition \"$uri\""),
        ("($uri == a)", "unexpected \"==\" in condition"),
        ("(!-q $uri)", "invalid condition \"!-q\""),
        ("(-f)", "invalid condition \"-f\""),
    ] {
        assert_eq!(message(condition::judge(&words(condition))), expected, "{condition}");
    }
}

#[test]
fn codes_flags_and_levels_are_refused_in_nginx_words() {
    assert_eq!(message(return_code(&words("200 x"))), "");
    assert_eq!(message(return_code(&words("https://x"))), "");
    assert_eq!(message(return_code(&words("https://x y"))), "invalid return code \"https://x\"");
    assert_eq!(message(return_code(&words("1000"))), "invalid return code \"1000\"");
    assert_eq!(message(rewrite_flag(&words("a b permanent"))), "");
    assert_eq!(message(rewrite_flag(&words("a b Last"))), "invalid parameter \"Last\"");
    assert_eq!(message(modifier(&words("foo /a"))), "invalid location modifier \"foo\"");
    assert_eq!(message(modifier(&words("/a"))), "");
    assert_eq!(message(log_level(&words("f Warn"))), "invalid log level \"Warn\"");
    assert_eq!(message(log_level(&words("f warn debug"))), "duplicate log level \"debug\"");
    assert_eq!(message(log_level(&words("f debug_http"))), "");
    assert_eq!(message(error_page(&words("404 = /x"))), "");
    assert_eq!(message(error_page(&words("404 405 =200 /x"))), "");
    assert_eq!(message(error_page(&words("= /x"))), "invalid value \"=\"");
    assert_eq!(message(error_page(&words("404 =a /x"))), "invalid value \"=a\"");
    assert_eq!(message(error_page(&words("499 /x"))), "invalid value \"499\"");
    let expected = "value \"200\" must be between 300 and 599";
    assert_eq!(message(error_page(&words("200 /x"))), expected);
    assert_eq!(message(listen_parameter(&words("80 SSL"))), "invalid parameter \"SSL\"");
    assert_eq!(message(listen_parameter(&words("80 ipv6only=on ssl"))), "");
}

#[test]
fn addresses_are_refused_in_nginx_words() {
    for (url, expected) in [
        ("http://backend", ""),
        ("HTTP://backend:80/a:b", ""),
        ("http://backend?a:b", ""),
        ("http://unix:/run/a.sock:/b", ""),
        ("http://$host:x", ""),
        ("backend", "invalid URL prefix"),
        ("http://backend:x/", "invalid port in upstream \"backend:x/\""),
    ] {
        assert_eq!(message(address::proxy_pass(url.as_bytes())), expected, "{url}");
    }
    for (pass, expected) in [
        ("backend", ""),
        ("unix:/run/a.sock", ""),
        ("[::1]:9000", ""),
        ("::1", "invalid port in upstream \"::1\""),
        ("127.0.0.1:0", "invalid port in upstream \"127.0.0.1:0\""),
        ("127.0.0.1:65536", "invalid port in upstream \"127.0.0.1:65536\""),
        ("127.0.0.1:9000/", "invalid host in upstream \"127.0.0.1:9000/\""),
    ] {
        assert_eq!(message(address::pass(pass.as_bytes())), expected, "{pass}");
    }
    let resolver = words("1.1.1.1 ::1 valid=30s");
    assert_eq!(message(address::resolver(&resolver)), "invalid port in resolver \"::1\"");
}
