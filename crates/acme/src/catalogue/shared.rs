//! Causes that are behind several messages, and how the others are written.

use super::{Lies, When, Why};

/// A cause that is behind a message whenever it comes.
pub(super) const fn cause(
    lies: Lies,
    cause: &'static str,
    tell: &'static str,
    cure: &'static str,
    rules: &'static [&'static str],
) -> Why {
    Why { when: When::Always, lies, cause, tell, cure, rules }
}

/// One that lies in the configuration.
pub(super) const fn line(
    why: &'static str,
    tell: &'static str,
    cure: &'static str,
    rules: &'static [&'static str],
) -> Why {
    cause(Lies::Configuration, why, tell, cure, rules)
}

/// One that lies in files.
pub(super) const fn file(
    why: &'static str,
    tell: &'static str,
    cure: &'static str,
    rules: &'static [&'static str],
) -> Why {
    cause(Lies::Files, why, tell, cure, rules)
}

pub(super) const STALE_AAAA: Why = Why {
    when: When::Ipv6,
    lies: Lies::Dns,
    cause: "the name has an AAAA record that leads to another machine",
    tell: "authorities ask over IPv6 first: `dig +short AAAA NAME` shows an address that this machine does not have",
    cure: "remove the AAAA record, or make it the address of this machine",
    rules: &["dns-ipv6-address-elsewhere"],
};

pub(super) const LOST_OVER_IPV6: Why = Why {
    when: When::Ipv6,
    lies: Lies::Configuration,
    cause: "over IPv6 another server answers, because the one of this name listens on IPv4 alone",
    tell: "`curl -6` and `curl -4` get different answers for http://NAME/.well-known/acme-challenge/x",
    cure: "add `listen [::]:80;` to the server of the name",
    rules: &["challenge-lost-over-ipv6", "ssl-server-lost-over-ipv6"],
};

pub(super) const OTHER_MACHINE: Why = Why {
    when: When::Always,
    lies: Lies::Dns,
    cause: "the name leads to another machine",
    tell: "the address in the message, or what `dig +short A NAME` says, is not the public address of this machine, and nginx's access.log has no such request",
    cure: "change the A and AAAA records at the provider of the DNS, and wait until their TTL is over",
    rules: &["dns-address-elsewhere"],
};

pub(super) const WRONG_DIRECTORY: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "nginx looks for the token in another directory than the one that the ACME client writes to",
    tell: "nginx's error.log names the path that it tried: `open() \"…\" failed (2: No such file or directory)`",
    cure: "give the location of challenges the client's directory, or the client nginx's",
    rules: &[
        "challenge-directory-wrong",
        "challenge-location-without-root",
        "challenge-location-serves-nothing",
        "challenge-location-mismatched",
    ],
};

pub(super) const NO_LOCATION: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "no location leads to a directory of tokens, or the site itself answers in its place",
    tell: "a file put into `.well-known/acme-challenge/` below the web root cannot be fetched over http://NAME/.well-known/acme-challenge/",
    cure: "add `location ^~ /.well-known/acme-challenge/ { root WEBROOT; }` to the server on port 80",
    rules: &[
        "challenge-without-web-root",
        "challenge-taken-by-front-controller",
        "challenge-taken-by-prefix",
        "challenge-taken-by-regex",
        "challenge-answered-before-location",
    ],
};

pub(super) const BEHIND_REDIRECT: Why = Why {
    when: When::Https,
    lies: Lies::Configuration,
    cause: "port 80 redirects to HTTPS, and the SSL server has no location for challenges",
    tell: "the URL in the message starts with https: it is the last one that was asked for",
    cure: "open `/.well-known/acme-challenge/` in the SSL server too, or serve tokens on port 80 before the redirect",
    rules: &[
        "ssl-server-without-challenge-location",
        "challenge-answered-before-location",
        "challenge-without-web-root",
    ],
};

pub(super) const OTHER_SERVER: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "the request comes to another server of nginx: the default one, or one that has the same name",
    tell: "`nginx-acme-lint trace http://NAME/.well-known/acme-challenge/x` names the server that takes it",
    cure: "write the name into `server_name` of the right server, or let the default server serve tokens",
    rules: &["challenge-taken-by-other-server", "renewal-of-unserved-name"],
};

pub(super) const REFUSED_ACCESS: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "an address list, a password, a regular expression against dot files or a condition refuses the request",
    tell: "nginx's error.log says `access forbidden by rule`, or nothing if it is a `return 403`",
    cure: "exempt `/.well-known/acme-challenge/` and nothing else; authorities ask from many addresses that nobody publishes",
    rules: &[
        "challenge-taken-by-regex",
        "challenge-access-refused",
        "challenge-refused-by-condition",
        "ssl-server-without-challenge-location",
    ],
};

pub(super) const CLOSED_DIRECTORY: Why = Why {
    when: When::Always,
    lies: Lies::Files,
    cause: "nginx's workers may not read the token, or enter a directory on the way to it",
    tell: "error.log says `(13: Permission denied)`; `namei -l PATH` shows who may enter, and SELinux has a label on each file",
    cure: "let nginx's user enter every directory on the way (`chmod o+x`), or use a web root below /var/www",
    rules: &["challenge-directory-closed"],
};

pub(super) const BACKEND: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "nginx hands the challenge on to a program that knows nothing of it",
    tell: "the program's log has the request, or it is down just now",
    cure: "add a location for challenges in front of the one with `proxy_pass`",
    rules: &["challenge-without-web-root", "challenge-proxied-to-other-port"],
};

pub(super) const IN_FRONT: Why = Why {
    when: When::Always,
    lies: Lies::Network,
    cause: "something in front of nginx answers: a CDN, a load balancer, a router, another web server",
    tell: "the `Server` header of the answer, or its page, is not nginx's, and access.log has no such request",
    cure: "let it pass `/.well-known/acme-challenge/` on, or get the certificate there",
    rules: &[],
};

pub(super) const FIREWALL: Why = Why {
    when: When::Always,
    lies: Lies::Network,
    cause: "a firewall, a security group of the cloud, the router or the provider keeps port 80 closed",
    tell: "http://NAME/ can be had on the machine itself and not from outside, over a telephone for instance",
    cure: "let everybody in to port 80 over TCP, over IPv6 too if the name has an AAAA record; addresses of authorities are not published",
    rules: &[],
};

pub(super) const NOT_LISTENING: Why = Why {
    when: When::Always,
    lies: Lies::Configuration,
    cause: "nothing listens on port 80 at the address to which the name leads",
    tell: "`ss -ltn` on the machine lists no port 80 at this address, or nginx is down",
    cure: "start nginx, and give the server `listen 80;`, or map the port where it runs in a container",
    rules: &["challenge-without-port-80"],
};

pub(super) const SOME_PLACES: Why = Why {
    when: When::Secondary,
    lies: Lies::Network,
    cause: "only some of the places were turned away from which the authority asks: by country, by address, or by a limit of requests",
    tell: "the message says `During secondary validation`, so the first place got through",
    cure: "take lists of countries, of bad addresses and limits off `/.well-known/acme-challenge/`",
    rules: &[
        "challenge-refused-by-condition",
        "challenge-access-refused",
        "challenge-rate-limited",
    ],
};

pub(super) const SEVERAL_MACHINES: Why = Why {
    when: When::Secondary,
    lies: Lies::Dns,
    cause: "the name leads to several machines, and only one of them has the token",
    tell: "`dig NAME` shows several addresses, or a balancer stands in front",
    cure: "send `/.well-known/acme-challenge/` to one machine, share the web root, or validate over DNS",
    rules: &[],
};

pub(super) const LATER: Why = Why {
    when: When::Always,
    lies: Lies::Authority,
    cause: "the authority has a disturbance or is being maintained",
    tell: "its status page says so: https://letsencrypt.status.io/ for Let's Encrypt",
    cure: "try again in some hours; renewals that run twice a day need nothing done",
    rules: &[],
};
