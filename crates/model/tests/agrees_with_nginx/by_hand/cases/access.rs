//! Who is let in.

use super::super::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        fact: "rewrites, internal redirects and error pages share ten changes",
        http: "server { error_page 404 /none; recursive_error_pages on; }
            server { listen 8081; location / { rewrite ^ /x last; } }",
        answers: &[("http://a.test/x", "500"), ("http://a.test:8081/", "500")],
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
        fact: "`auth_request` takes an answer without a status for an error",
        http: "server { location / { auth_request /asked; } location = /asked { try_files /none =200; } }",
        answers: &[("http://a.test/a.txt", "500"), ("http://a.test/asked", "close")],
    },
];
