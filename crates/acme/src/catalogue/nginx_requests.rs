//! What nginx says of requests, in its error.log.

use super::{
    Lies, Message, Seen, Speaker, Weight, When, Why,
    shared::{CLOSED_DIRECTORY, OTHER_SERVER, REFUSED_ACCESS, WRONG_DIRECTORY, line},
};

const NGINX: &[Speaker] = &[Speaker::Nginx];
const CORE: &str = "https://github.com/nginx/nginx, src/core and src/http";

pub(super) static MESSAGES: &[Message] = &[
    Message {
        id: "token-file-not-found",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "open() \"{path}\" failed (2: No such file or directory), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "open() \"{path}/.well-known/acme-challenge/{word}\" failed (2: No such file or directory)",
            "{path}\" is not found (2: No such file or directory), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "{path}\" is not found (3: {any}), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(404),
        title: "nginx looked for a token and did not find it",
        meaning: "The path in the message is where nginx looked. Compare it with where the client writes: \
                  a path with `.well-known/acme-challenge` twice comes of `root` in place of `alias`, one \
                  without a slash before the token of an `alias` without a slash at its end.",
        causes: &[WRONG_DIRECTORY, OTHER_SERVER],
        sources: &[CORE],
    },
    Message {
        id: "token-file-closed",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "open() \"{path}\" failed (13: Permission denied), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "open() \"{path}/.well-known/acme-challenge/{word}\" failed (13: Permission denied)",
            "openat() \"{path}\" failed (20: Not a directory), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "openat() \"{path}\" failed (40: Too many levels of symbolic links), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "stat() \"{path}\" failed (13: Permission denied), client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(403),
        title: "nginx may not read a token",
        meaning: "The file may be there, and nginx's workers do not get to it. 20 and 40 come of \
                  `disable_symlinks`.",
        causes: &[CLOSED_DIRECTORY],
        sources: &[
            CORE,
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#disable_symlinks",
        ],
    },
    Message {
        id: "challenge-forbidden-by-rule",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "access forbidden by rule, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "access forbidden by rule, client: {address}, server: {any}, request: \"HEAD /.well-known/acme-challenge/",
            "directory index of \"{path}\" is forbidden, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(403),
        title: "a rule of nginx forbade a challenge",
        meaning: "An `allow` or `deny` that counts for the location which took the request.",
        causes: &[REFUSED_ACCESS],
        sources: &["https://nginx.org/en/docs/http/ngx_http_access_module.html"],
    },
    Message {
        id: "challenge-without-password",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "no user/password was provided for basic authentication, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "auth request unexpected status: {status} while sending to client, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(401),
        title: "nginx asked the authority for a password",
        meaning: "`auth_basic` or `auth_request` counts for challenges too.",
        causes: &[line(
            "the server's `auth_basic` or `auth_request` is inherited by the location of challenges",
            "the location has none of its own",
            "put `auth_basic off;` or `auth_request off;` into it",
            &["challenge-access-refused"],
        )],
        sources: &["https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html"],
    },
    Message {
        id: "challenge-over-limit",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "limiting requests, excess: {word} by zone \"{word}\", client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "limiting connections by zone \"{word}\", client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(503),
        title: "a limit of nginx's turned a challenge away",
        meaning: "Authorities ask from several places within a second.",
        causes: &[line(
            "the limit counts all visitors together, or is very low",
            "the key of its zone is not the address of the client",
            "give the location of challenges a generous limit of its own",
            &["challenge-rate-limited"],
        )],
        sources: &["https://nginx.org/en/docs/http/ngx_http_limit_req_module.html"],
    },
    Message {
        id: "proxy-protocol-wanted",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "broken header: \"GET {any}while reading PROXY protocol",
            "broken header: \"{any}\" while reading PROXY protocol",
        ],
        seen: Seen::Closed,
        title: "nginx wanted the PROXY protocol and got a plain request",
        meaning: "`listen … proxy_protocol` is for balancers that speak it. Everybody else is cut off, and \
                  authorities are among them.",
        causes: &[line(
            "the public port has `proxy_protocol`, and no balancer is in front",
            "the request in the message is a plain one",
            "take `proxy_protocol` from the `listen`, or listen on another address for the balancer",
            &[],
        )],
        sources: &["https://nginx.org/en/docs/http/ngx_http_core_module.html#listen"],
    },
    Message {
        id: "rewrite-in-a-circle",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "rewrite or internal redirection cycle while {any}, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(500),
        title: "a `rewrite` or `try_files` went in a circle over a challenge",
        meaning: "nginx gives up after ten rounds and answers 500.",
        causes: &[line(
            "`try_files … /index.html` or a `rewrite … last` leads to a path that is taken by the same location again",
            "the file at the end of `try_files` does not exist",
            "give challenges a location of their own with `^~`",
            &["challenge-taken-by-front-controller", "challenge-without-web-root"],
        )],
        sources: &[CORE],
    },
    Message {
        id: "challenge-backend-down",
        speakers: NGINX,
        weight: Weight::Cause,
        patterns: &[
            "connect() failed ({number}: {any}) while connecting to upstream, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
            "upstream timed out ({number}: {any}) while {any}upstream, client: {address}, server: {any}, request: \"GET /.well-known/acme-challenge/",
        ],
        seen: Seen::Status(502),
        title: "nginx handed a challenge on to a program that does not answer",
        meaning: "The authority gets 502 or 504. `upstream:` in the message names who was asked.",
        causes: &[
            line(
                "the site's `proxy_pass` takes challenges, too",
                "`upstream:` is the application of the site",
                "add `location ^~ /.well-known/acme-challenge/ { root WEBROOT; }`",
                &["challenge-without-web-root", "challenge-proxied-to-other-port"],
            ),
            Why {
                when: When::Always,
                lies: Lies::Client,
                cause: "the ACME client listens on another port than nginx asks, or not at this time",
                tell: "`upstream:` is the port that was meant for the client; it listens only while it orders",
                cure: "give both the same port: `--http-01-port`, `--httpport`, `--http.port`",
                rules: &["challenge-proxied-to-other-port"],
            },
        ],
        sources: &[CORE],
    },
];
