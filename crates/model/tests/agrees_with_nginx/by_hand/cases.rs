//! The cases.

use super::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        fact: "`.a` and `*.a` are one name, and the second is ignored whole",
        http: "server { server_name *.test; return 200 first; }
            server { server_name .test; return 200 second; }
            server { server_name test; return 200 third; }",
        answers: &[("http://x.test/", "200 first"), ("http://test/", "200 first")],
    },
    Case {
        fact: "the first name is `$server_name`, without the dot in front of it",
        http: "server { server_name .a.test; return 200 $server_name; }",
        answers: &[("http://x.a.test/", "200 a.test")],
    },
    Case {
        fact: "a lone server looks at its regular expressions only if the last one captures",
        http: r#"server { listen 80; server_name "~^(.)\.test$" "~^x"; return 200 "<$1>"; }
            server { listen 192.0.2.10:8081; server_name "~^x" "~^(.)\.test$"; return 200 "<$1>"; }"#,
        answers: &[("http://a.test/", "200 <>"), ("http://a.test:8081/", "200 <a>")],
    },
    Case {
        fact: "a server at an address hides those at every address",
        http: "server { listen 80; server_name a.test; return 200 every; }
            server { listen 192.0.2.10:80; server_name b.test; return 200 own; }",
        answers: &[("http://a.test/", "200 own"), ("http://b.test/", "200 own")],
    },
    Case {
        fact: "plain HTTP on a TLS socket has a page of its own",
        http: "server { listen 443 ssl; error_page 497 =301 https://$host$request_uri; return 200 tls; }",
        answers: &[
            ("http://a.test:443/x?y", "301 to https://a.test/x?y"),
            ("https://a.test/", "200 tls"),
        ],
    },
    Case {
        fact: "a rejected name in the handshake is a TLS error",
        http: "server { listen 443 ssl default_server; ssl_reject_handshake on; }
            server { listen 443 ssl; server_name a.test; return 200 tls; }",
        answers: &[
            ("https://a.test/", "200 tls"),
            ("https://b.test/", "TLS error"),
            ("https://192.0.2.10/", "TLS error"),
        ],
    },
    Case {
        fact: "prefixes inside a regular expression are never found, regular expressions are",
        http: "server { location ~ /a { return 200 outer; location /a/ { return 200 prefix; } }
            location ~ /b { return 200 outer; location ~ /b/ { return 200 inner; } } }",
        answers: &[("http://a.test/a/x", "200 outer"), ("http://a.test/b/x", "200 inner")],
    },
    Case {
        fact: "a nested `^~` does not keep outer regular expressions away, the outer one does",
        http: "server { location /a/ { location ^~ /a/b/ { return 200 nested; } }
            location ^~ /c/ { location /c/d/ { return 200 nested; } }
            location ~ x { return 200 regex; } }",
        answers: &[("http://a.test/a/b/x", "200 regex"), ("http://a.test/c/d/x", "200 nested")],
    },
    Case {
        fact: "a proxied path gets its slash back, also an exact one, and keeps the query",
        http: "server { location /a/ { proxy_pass http://127.0.0.1:8080; }
            location = /b/ { proxy_pass http://127.0.0.1:8080; }
            location ~ . { return 404; } }",
        answers: &[
            ("http://a.test/a?x=1", "301 to http://a.test/a/?x=1"),
            ("http://a.test/b", "301 to http://a.test/b/"),
            ("http://a.test/b/c", "404"),
        ],
    },
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
        fact: "a redirect of `try_files` loses the query, one of `index` keeps it",
        http: r#"server { location /a { try_files /none /end; } location /dir/ { index page.html; }
            location ~ "page|end" { return 200 "<$args>"; } }"#,
        answers: &[("http://a.test/a?x=1", "200 <>"), ("http://a.test/dir/?x=1", "200 <x=1>")],
    },
    Case {
        fact: "the slash that makes `try_files` look for a directory is one that is written",
        http: "server { location /dir { try_files $uri $uri/ =418; }
            location /a { try_files $uri =418; } }",
        answers: &[
            ("http://a.test/dir?x", "301 to http://a.test/dir/?x"),
            ("http://a.test/dir/", "file /srv/www/dir/index.html"),
            ("http://a.test/a/", "418"),
        ],
    },
    Case {
        fact: "below an `alias` `try_files` cuts the location's prefix off, also from its last word",
        http: "server { location /c/ { alias /srv/other/; try_files $uri $uri/ =404; }
            location ~ ^/d/(.*)$ { alias /srv/other; try_files /$1 =404; }
            location /e/ { alias /srv/other; try_files $uri =404; } }",
        answers: &[
            ("http://a.test/c/token", "file /srv/other/token"),
            ("http://a.test/d/token", "file /srv/other/token"),
            ("http://a.test/e/token", "404"),
        ],
    },
    Case {
        fact: "an `alias` without its slash has no directory to list",
        http: "server { autoindex on; index none; location / { alias /srv/other; }
            location /x/ { alias /srv/other/; } location ~ ^/y { alias /srv/other.txt; } }",
        answers: &[
            ("http://a.test/", "404"),
            ("http://a.test/x/", "200"),
            ("http://a.test/y/", "500"),
        ],
    },
    Case {
        fact: "an error page keeps the status unless it says otherwise, and the server's code runs again",
        http: "server { error_page 403 /404.html; error_page 404 = /a.txt; error_page 410 = @named;
            location /1 { deny all; } location /2 { return 410; }
            location @named { return 200 named; } }",
        answers: &[
            ("http://a.test/1", "403"),
            ("http://a.test/none", "file /srv/www/a.txt"),
            ("http://a.test/2", "200 named"),
        ],
    },
    Case {
        fact: "rewrites, internal redirects and error pages share ten changes",
        http: "server { error_page 404 /none; recursive_error_pages on; }
            server { listen 8081; location / { rewrite ^ /x last; } }",
        answers: &[("http://a.test/x", "500"), ("http://a.test:8081/", "500")],
    },
    Case {
        fact: "`if` keeps the proxy of its location, loses its `try_files`, and has its own settings",
        http: "server { set $yes 1;
            location /1 { proxy_pass http://127.0.0.1:8080; if ($yes) { root /srv/other; } }
            location /2 { try_files /a.txt =404; if ($yes) { root /srv/other; } }
            location /3 { if ($yes) { proxy_pass http://127.0.0.1:8080; } if ($yes) { break; } } }",
        answers: &[
            ("http://a.test/1", "proxy"),
            ("http://a.test/2", "404"),
            (
                "http://a.test/3",
                "unknown: an `if` chooses it, and a later one takes its settings away",
            ),
        ],
    },
    Case {
        fact: "`return` goes before access rules, `satisfy any` needs one of them",
        http: "server { auth_basic_user_file /etc/nginx/users;
            location /1 { deny all; return 200 open; }
            location /2 { satisfy any; deny all; auth_basic closed; }
            location /a.txt { satisfy any; allow 203.0.113.0/24; deny all; auth_basic closed; }
            location /3 { satisfy any; deny all; auth_basic off; }
            location /4 { allow all; auth_basic closed; } }",
        answers: &[
            ("http://a.test/1", "200 open"),
            ("http://a.test/2", "401"),
            ("http://a.test/a.txt", "file /srv/www/a.txt"),
            ("http://a.test/3", "403"),
            ("http://a.test/4", "401"),
        ],
    },
    Case {
        fact: "`limit_except` has settings of its own, which an `if` takes away, and no code",
        http: "server { error_page 404 405 = @closed; set $yes 1;
            location /1 { limit_except POST { deny all; } }
            location /2 { limit_except POST { allow all; } deny all; return 200 code; }
            location /3 { limit_except post { deny all; } location /3/ { } }
            location /4 { limit_except POST { deny all; } proxy_pass http://127.0.0.1:8080; }
            location /5 { limit_except POST { allow all; } proxy_pass http://127.0.0.1:8080; }
            location /6 { limit_except POST { allow all; } empty_gif; }
            location /7 { limit_except GET { deny all; } return 200 code; }
            location @closed { limit_except POST { deny all; } } }",
        answers: &[
            ("http://a.test/1", "403"),
            ("http://a.test/2", "403"),
            ("http://a.test/3/", "403"),
            ("http://a.test/4", "403"),
            ("http://a.test/5", "proxy"),
            ("http://a.test/6", "403"),
            ("http://a.test/7", "200 code"),
        ],
    },
    Case {
        fact: "`auth_request` lets in with 2xx, refuses with 401 and 403, and fails with all else",
        http: "server { location / { auth_request /ok; } location /404 { auth_request /none; }
            location /403 { auth_request /no; } location /301 { auth_request /dir; }
            location /444 { auth_request /closed; } location /code { auth_request /no; return 200 code; }
            location /off { auth_request off; location /off/proxy { auth_request /proxy; } }
            location /page { error_page 403 =200 /a.txt; auth_request /no; }
            location /a.txt { auth_request off; } location /dir { internal; }
            location = /ok { internal; deny all; return 204; } location = /no { return 403; }
            location = /none { } location = /closed { return 444; }
            location = /proxy { proxy_pass http://127.0.0.1:8080; } }",
        answers: &[
            ("http://a.test/b.html", "file /srv/www/b.html"),
            ("http://a.test/404", "500"),
            ("http://a.test/403", "403"),
            ("http://a.test/301", "500"),
            ("http://a.test/444", "close"),
            ("http://a.test/code", "200 code"),
            ("http://a.test/off", "404"),
            ("http://a.test/off/proxy", "unknown: what the server behind it says decides"),
            ("http://a.test/page", "file /srv/www/a.txt"),
        ],
    },
    Case {
        fact: "a subrequest shares the variables, and shows the method of the request that asks",
        http: r#"server { set $method ""; auth_request /ask; error_page 404 =200 @show;
            location = /ask { set $method $request_method; return 200; }
            location @show { return 200 $method; } }"#,
        answers: &[("http://a.test/none", "200 GET")],
    },
    Case {
        fact: "with `satisfy any` one refusal holds for the page of an error that another makes",
        http: "server { error_page 500 /a.txt; location /1 { satisfy any; deny all; auth_request /none; }
            location /2 { satisfy any; deny all; auth_request /ok; }
            location = /ok { return 200; } location = /a.txt { return 200 open; }
            location /3 { error_page 500 /b.html; satisfy any; deny all; auth_request /none; } }",
        answers: &[
            ("http://a.test/1", "500 open"),
            ("http://a.test/2", "404"),
            ("http://a.test/3", "403"),
        ],
    },
    Case {
        fact: "`internal` is inherited, and a rewrite reaches it",
        http: "server { location /a { internal; location /a.txt { } } rewrite ^/go /a.txt; }",
        answers: &[("http://a.test/a.txt", "404"), ("http://a.test/go", "file /srv/www/a.txt")],
    },
    Case {
        fact: "a directory's redirect is escaped and keeps the query; settings shorten it",
        http: "server { listen 8081; location /dir { absolute_redirect off; }
            location /img { port_in_redirect off; } }",
        answers: &[
            ("http://a.test:8081/d%20d?x", "301 to http://a.test:8081/d%20d/?x"),
            ("http://a.test:8081/dir", "301 to /dir/"),
            ("http://a.test:8081/img", "301 to http://a.test/img/"),
        ],
    },
    Case {
        fact: "code that has not run leaves its variables empty",
        http: r#"server { location /1 { return 200 "<$later>"; } location /2 { set $later x; } }"#,
        answers: &[("http://a.test/1", "200 <>")],
    },
    Case {
        fact: "the server level's `try_files` is for paths without a location",
        http: "server { try_files /a.txt =404; location /b { } }",
        answers: &[("http://a.test/x", "file /srv/www/a.txt"), ("http://a.test/b/none", "404")],
    },
];
