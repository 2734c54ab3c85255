//! Requests that reach the corners of random configurations.

use generator::Random;
use model::Scheme;

use crate::client::Ask;

const HOSTS: &[&str] = &[
    "a.test",
    "a.test",
    "a.test",
    "b.test",
    "b.test",
    "www.a.test",
    "x.a.test",
    "x.y.a.test",
    "test",
    "a.example",
    "www.a.example.org",
    "www1.b.test",
    "foo.re.test",
    "unknown.example",
    "A.TEST",
    "a.test.",
    "192.0.2.10",
];

const HOST_FIELDS: &[&str] = &[
    "a.test",
    "b.test",
    "a.test:80",
    "B.test:8443",
    "a.test.:443",
    "x.a.test:",
    "192.0.2.10:80",
    "[2001:db8::10]",
    "[::1]:80",
    "unknown.example",
    "a..test",
    "",
    ".",
    "a/b",
];

const METHODS: &[&str] = &[
    "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET",
    "GET", "HEAD", "HEAD", "POST", "POST", "PUT", "OPTIONS",
];

const TARGETS: &[&str] = &[
    "/",
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/b/",
    "/a/b/c",
    "/dir",
    "/dir/",
    "/dir/page.html",
    "/dir/none",
    "/dir/sub/x.php",
    "/dir/sub",
    "/img",
    "/img/",
    "/img/logo.png",
    "/a.txt",
    "/a.txt/",
    "/a.txt/b",
    "/x.php",
    "/.git/config",
    "/.git",
    "/.well-known/acme-challenge/token",
    "/.well-known/acme-challenge/none",
    "/.well-known",
    "/old",
    "/old/x",
    "/old/index.html",
    "/api",
    "/api/",
    "/api/x",
    "/d%20d",
    "/d%20d/",
    "/d%20d/x%20y.txt",
    "/empty",
    "/empty/",
    "/%61",
    "//a//b",
    "/a/../dir/",
    "/a/./b/..",
    "/..",
    "/a%2Fb",
    "/a%3Fb",
    "/a+b",
    "/HTML",
    "/b",
    "/b/",
    "/dir/%2e%2e/a.txt",
    "/%2ewell-known/acme-challenge/token",
    "/%00",
    "/%zz",
    "/x%22y%23",
    "/none",
    "/x.HTML",
    "/index.html",
    "/404.html",
    "/www/b",
    "/other/b",
    "/token",
    "/dir/a%20b%26c",
    "/never/mind",
    "/a%2525",
    "/secret.txt",
    "/staff.txt",
    "/own.txt",
    "/locked",
    "/locked/",
    "/locked/page.html",
    "/group",
    "/group/",
    "/link",
    "/linked/",
    "/linked/token",
    "/shut/token",
    "/shut",
    "/b.html",
];

const QUERIES: &[&str] = &["", "", "", "", "", "?x=1", "?y=a%20b&x=0", "?", "?X=2&", "?a?b"];

const COOKIES: &[&str] =
    &["id=7", "a=b; id=7; c", "ID = 7;x", "xid=1, id=2", "id", "id=; id=7", "id7=1"];

const MAPPED_QUERIES: &[&str] = &[
    "?x=a.test",
    "?x=WWW.A.test.",
    "?x=test.",
    "?x=.test",
    "?x=x..a.test",
    "?x=a.x.y",
    "?x=www.a.",
    "?x=/a/b",
    "?x=/dir/page.HTML",
    "?x=203.0.113.7",
    "?x=203.0.113.5",
    "?x=1.2.3.",
    "?x=01.2.3.4",
    "?x=2001:db8::5",
    "?x=::ffff:203.0.113.5",
    "?x=255.255.255.255",
    "?x=default",
    "?x=~x&y=1",
];

/// Requests that suit the vocabulary of the configurations.
pub(crate) fn requests(seed: u64, count: usize) -> Vec<Ask> {
    let mut random = Random::of(seed ^ 0x5eed);
    (0..count).map(|_| request(&mut random)).collect()
}

fn request(random: &mut Random) -> Ask {
    let (scheme, port) = match random.below(20) {
        0..=10 => (Scheme::Http, 80),
        11 => (Scheme::Http, random.pick(&[8081, 8082, 8083, 8084, 8084])),
        12 => (Scheme::Http, 443),
        13 => (Scheme::Https, 80),
        _ => (Scheme::Https, 443),
    };
    let address = match random.below(10) {
        0..=6 => machine::ADDRESS_V4,
        7 => std::net::Ipv4Addr::new(192, 0, 2, 11).into(),
        _ => machine::ADDRESS_V6,
    };
    let queries = if random.percent(30) { MAPPED_QUERIES } else { QUERIES };
    let mut target = format!("{}{}", random.pick(TARGETS), random.pick(queries));
    if random.percent(5) {
        target = format!("{}{target}", random.pick(&["http://b.test", "https://A.test.:80"]));
    }
    Ask {
        scheme,
        address,
        port,
        host: random.pick(HOSTS).to_owned(),
        host_field: random.percent(20).then(|| random.pick(HOST_FIELDS)),
        target,
        method: random.pick(METHODS),
        header: random.percent(15).then_some("1"),
        field: None,
        cookie: random.percent(15).then(|| random.pick(COOKIES)),
    }
}
