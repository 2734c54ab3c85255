//! Which sockets have a name, and which are alike to those who ask for it.

use crate::{Config, Http, Memory, Prefix, Request, is_alike_over_ipv6, load};

/// What `ask` says of these servers.
fn of<T>(servers: &str, ask: impl Fn(&Http<'_>) -> T) -> T {
    let text = format!("events {{ }}\nhttp {{ {servers} }}\n");
    let files = Memory::new().file("/nginx.conf", text);
    let sources = load(&["/nginx.conf".into()], &files);
    let config = Config::of(&sources[0]);
    ask(&Http::of(&config, Prefix { path: "/".into(), is_guess: false }))
}

/// The ports of the sockets that have each name, where there are so many sockets.
fn ports_naming(sockets: u16, names: &[&str]) -> Vec<Vec<u16>> {
    let mut servers = "server { listen 8001; server_name *.b.test; }
        server { listen 8007; listen 8003; server_name x.b.test both.test; } server { listen 8009; server_name www.*; }
        server { listen 8005; server_name ~^r; } server { listen 8003; server_name *.test; }"
        .to_owned();
    servers.extend((8001..8001 + sockets).map(|port| format!("server {{ listen {port}; }}")));
    of(&servers, |http| {
        assert_eq!(http.sockets().count(), usize::from(sockets));
        let ports = |name: &&str| -> Vec<u16> {
            let sockets = http.sockets_naming(name.as_bytes());
            sockets.map(|socket| socket.address.port()).collect()
        };
        names.iter().map(ports).collect()
    })
}

#[test]
fn the_sockets_that_have_a_name_are_the_same_however_many_there_are() {
    let names = ["x.b.test", "both.test", "y.b.test", "www.com", "r", "none"];
    // The sockets are in the order in which they are first named.
    let expected: [&[u16]; 6] =
        [&[8001, 8007, 8003], &[8007, 8003], &[8001, 8003], &[8009], &[8005], &[]];
    for sockets in [9, 16, 17, 40] {
        assert_eq!(ports_naming(sockets, &names), expected, "{sockets}");
    }
}

#[test]
fn a_name_meets_the_same_over_ipv6_only_where_nothing_differs() {
    const ONE: &str = "server { listen 80; listen [::]:80; server_name a.test b.test; }";
    for (servers, expected) in [
        (ONE.to_owned(), true),
        (
            format!(
                "{ONE} server {{ listen 80; server_name c; }}
                    server {{ listen [::]:80; server_name d; }}"
            ),
            true,
        ),
        (
            format!(
                "server {{ listen 80; server_name c; }}
                    server {{ listen [::]:80; server_name d; }} {ONE}"
            ),
            false,
        ),
        // nginx does not look at the name where there is a lone server.
        (format!("{ONE} server {{ listen 80; }}"), false),
        ("server { listen 80; server_name a.test; }".to_owned(), false),
        (format!("server {{ listen 80; }} {ONE}"), false),
        ("server { listen 80; listen [::]:80 proxy_protocol; }".to_owned(), false),
        ("server { listen 80; listen [::]:80 ssl; }".to_owned(), false),
        ("server { listen 80; listen [::]:80; listen 192.0.2.1:80; }".to_owned(), false),
        (
            "server { listen 80; listen [::]:80; server_name c.test; }
                server { listen 80; server_name a.test; } server { listen [::]:80; }"
                .to_owned(),
            false,
        ),
        (
            "server { listen 80; listen [::]:80; server_name c.test; }
                server { listen 80; server_name a.test; } server { listen [::]:80; server_name a.test; }"
                .to_owned(),
            false,
        ),
    ] {
        let is_alike = of(&servers, |http| is_alike_over_ipv6(http, &Request::get(b"a.test", b"/")));
        assert_eq!(is_alike, expected, "{servers}");
    }
}
