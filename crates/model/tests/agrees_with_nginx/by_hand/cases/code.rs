//! `set`, `if`, `rewrite`, `return` and `break`.

use super::super::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        fact: "groups with names keep what outer regular expressions caught",
        http: r#"server { location ~ "^/(?<first>[^/]+)/" { location ~ "x(.)$" { return 200 "$first $1"; } } }"#,
        answers: &[("http://a.test/a/xy", "200 a y")],
    },
    Case {
        fact: "a regular expression that does not match forgets what was caught",
        http: r#"server { location ~ ^/(.) { if ($host ~ never) { break; } return 200 "<$1>"; } }"#,
        answers: &[("http://a.test/b", "200 <>")],
    },
    Case {
        fact: "`return` with a status from 400 and no text has an error page, below 400 not",
        http: r#"server { error_page 404 =200 /a.txt; error_page 304 /a.txt;
            location /1 { return 404; } location /2 { return 404 ""; }
            location /3 { return 404 "text"; } location /4 { return 304; } }"#,
        answers: &[
            ("http://a.test/1", "file /srv/www/a.txt"),
            ("http://a.test/2", "file /srv/www/a.txt"),
            ("http://a.test/3", "404 text"),
            ("http://a.test/4", "304"),
        ],
    },
    Case {
        fact: "444, 408 and 499 close the connection, unless they have a text",
        http: "server { location /1 { return 444; } location /2 { return 444 text; }
            location /3 { return 499; } location /4 { try_files /none =444; } }",
        answers: &[
            ("http://a.test/1", "close"),
            ("http://a.test/2", "444 text"),
            ("http://a.test/3", "close"),
            ("http://a.test/4", "close"),
        ],
    },
    Case {
        fact: "a rewrite that redirects adds the query behind `?`, and undoes escapes before it",
        http: "server { location /1 { rewrite ^ https://$host$request_uri; }
            location /2 { rewrite ^ https://b.test/x? permanent; }
            location /3 { rewrite ^/3(.*) /x?y=$1 redirect; } }",
        answers: &[
            ("http://a.test/1/%2ex?y=1", "302 to https://a.test/1/.x?y=1?y=1"),
            ("http://a.test/2?y=1", "301 to https://b.test/x"),
            ("http://a.test/3/a%26b?z", "302 to http://a.test/x?y=/a%26b&z"),
        ],
    },
    Case {
        fact: "a rewrite splits its query off at the first `?` it is written with",
        http: r#"server { location /1 { rewrite ^/1/(.*) "/b?$1?x=$1"; return 200 "$uri $args"; }
            location /2 { rewrite ^/2/(.*) /$1; return 200 "$uri $args"; } }"#,
        answers: &[
            ("http://a.test/1/y?z", "200 /b y?x=y&z"),
            ("http://a.test/2/a%3Fb", "200 /a?b"),
        ],
    },
    Case {
        fact: "`break` after a rewrite stays in the location, where an `alias` is lost",
        http: "server { location /c/ { alias /srv/other/; rewrite ^/c/x /c/token; break; }
            location /d/ { alias /srv/other/; rewrite ^/d/x /d/token last; } }",
        answers: &[("http://a.test/c/x", "500"), ("http://a.test/d/x", "file /srv/other/token")],
    },
    Case {
        fact: "code that has not run leaves its variables empty",
        http: r#"server { location /1 { return 200 "<$later>"; } location /2 { set $later x; } }"#,
        answers: &[("http://a.test/1", "200 <>")],
    },
    Case {
        fact: "until a `rewrite` matches, captures are escaped where `set` and `if` use them, if the path was",
        http: r#"server {
                location ~ ^/1(.*) { set $x $1; return 200 "$x,$1."; }
                location ~ ^/2(.*) { rewrite ^/2(.*) /3$1; set $x $1; return 200 "$x"; }
                location ~ ^/4(.*) { set $y " "; if ($y = $1) { return 200 plain; } return 200 escaped; }
                location ~ ^/5(.*) { rewrite none /x; set $x $1; set $y $uri; if ($y ~ (..)$) { set $x $1; } return 200 $x; }
                location ~ ^/6(.*) { rewrite ^/6(.*) /1$1 last; }
            }"#,
        answers: &[
            ("http://a.test/1%20", "200 %20, ."),
            ("http://a.test/1;", "200 ;,;."),
            ("http://a.test/2%20b", "200  b"),
            ("http://a.test/4%20", "200 escaped"),
            ("http://a.test/5a%3B", "200 a%3B"),
            ("http://a.test/6%20b", "200 %20b, b."),
        ],
    },
];
