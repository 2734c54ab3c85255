//! Locations, files, error pages.

use super::super::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        fact: "what holds is what stands where the request is now, and nowhere else",
        http: r#"server { set $r $document_root; auth_basic_user_file /etc/nginx/users;
            location /if { if ($uri) { error_page 404 =200 /show; } }
            location /post { limit_except POST { auth_basic closed; } }
            location /leave { root /srv/other; set $o $document_root; rewrite ^ /a.txt last; }
            location /again { root /srv/other; try_files /none /show; }
            location /show { return 200 "$r $document_root"; } }"#,
        answers: &[
            ("http://a.test/if", "200 /srv/www /srv/www"),
            ("http://a.test/post", "401"),
            ("http://a.test/leave", "file /srv/www/a.txt"),
            ("http://a.test/again", "200 /srv/www /srv/www"),
        ],
    },
    Case {
        fact: "`try_files` computes the root once, as long as the names are short",
        http: r#"map $uri $where { "~(x)$" b; }
            server { location ~ ^/(www)/ { root /srv/$1; try_files /none /$where.html =403; } }"#,
        answers: &[("http://a.test/www/x", "404"), ("http://a.test/www/y", "403")],
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
        fact: "a later `if` takes away where a proxy leads to, unless the location has one of its kind",
        http: "server { set $yes 1; set $memcached_key x; error_page 500 =200 /a.txt;
            location /1 { if ($yes) { fastcgi_pass 127.0.0.1:1; } if ($yes) { break; } }
            location /2 { if ($yes) { uwsgi_pass 127.0.0.1:1; } if ($yes) { break; } }
            location /3 { if ($yes) { scgi_pass 127.0.0.1:1; } if ($yes) { break; } }
            location /4 { if ($yes) { grpc_pass 127.0.0.1:1; } if ($yes) { break; } }
            location /5 { if ($yes) { memcached_pass 127.0.0.1:1; } if ($yes) { break; } }
            location /6 { proxy_pass http://127.0.0.1:8080;
                if ($yes) { proxy_pass http://127.0.0.1:1; } if ($yes) { break; } }
            location /7 { proxy_pass http://127.0.0.1:8080;
                if ($yes) { fastcgi_pass 127.0.0.1:1; } if ($yes) { break; } } }",
        answers: &[
            ("http://a.test/1", "file /srv/www/a.txt"),
            ("http://a.test/2", "file /srv/www/a.txt"),
            ("http://a.test/3", "file /srv/www/a.txt"),
            ("http://a.test/4", "file /srv/www/a.txt"),
            ("http://a.test/5", "file /srv/www/a.txt"),
            ("http://a.test/6", "proxy"),
            ("http://a.test/7", "file /srv/www/a.txt"),
        ],
    },
    Case {
        fact: "a page for a redirect comes with its target, completed where the page is",
        http: "server { listen 80; listen 8081; error_page 301 302 /a.txt; error_page 307 =200 /a.txt; error_page 308 =404 @none;
            location /1 { return 301 /x; } location /2 { return 307 /x; } location /3 { return 308 /x; }
            location /4 { error_page 302 https://err.test/; return 302 https://a.test/; }
            location /5 { error_page 302 =301 /b; return 302 /x; }
            location /6 { error_page 302 =301 /a.txt; return 302 /x; port_in_redirect off; }
            location /7 { error_page 301 = /none; return 301 /x; } location /none { try_files /y =301; } }",
        answers: &[
            ("http://a.test/1", "301 to http://a.test/x"),
            ("http://a.test/2", "file /srv/www/a.txt"),
            ("http://a.test/3", "500"),
            ("http://a.test/4", "302 to https://err.test/"),
            ("http://a.test/5", "301 to http://a.test/b/"),
            ("http://a.test:8081/6", "301 to http://a.test:8081/x"),
            ("http://a.test/7", "301 to http://a.test/x"),
            ("http://a.test/dir", "301 to http://a.test/dir/"),
        ],
    },
    Case {
        fact: "a status of success is no error: nothing is sent",
        http: "server { location /1 { try_files /none =200; } location /2 { try_files /none =204; } }",
        answers: &[("http://a.test/1", "close"), ("http://a.test/2", "204")],
    },
    Case {
        fact: "what nginx's user may not read or enter is forbidden, and not there for `try_files`",
        http: "server { location /shut { root /srv; } location /try { try_files /secret.txt /link =418; }
            location /if { if (-e /srv/shut/token) { return 200 there; } return 200 not; } }",
        answers: &[
            ("http://a.test/secret.txt", "403"),
            ("http://a.test/staff.txt", "file /srv/www/staff.txt"),
            ("http://a.test/own.txt", "403"),
            ("http://a.test/locked", "403"),
            ("http://a.test/locked/", "403"),
            ("http://a.test/locked/page.html", "file /srv/www/locked/page.html"),
            ("http://a.test/group/", "file /srv/www/group/index.html"),
            ("http://a.test/link", "403"),
            ("http://a.test/linked/token", "file /srv/www/linked/token"),
            ("http://a.test/shut/token", "403"),
            ("http://a.test/shut/none", "403"),
            ("http://a.test/shut", "403"),
            ("http://a.test/try", "403"),
            ("http://a.test/if", "200 not"),
        ],
    },
    Case {
        fact: "with `disable_symlinks` what may not be read is not there for `try_files`",
        http: "server { disable_symlinks on; try_files $uri $uri/ =418; location /locked { }
            location /in { alias /srv/www; index secret.txt a.txt; } }",
        answers: &[
            ("http://a.test/secret.txt", "418"),
            ("http://a.test/a.txt", "file /srv/www/a.txt"),
            ("http://a.test/locked/", "403"),
            ("http://a.test/in/", "403"),
        ],
    },
    Case {
        fact: "`disable_symlinks` refuses a link at the end, finds nothing behind one, and starts where it is told",
        http: "server { disable_symlinks on; location /try { try_files /link /linked/token /a.txt; }
            location /c/ { alias /srv/www/linked/; } location = /i/ { alias /srv/www/; index linked/index.html a.txt; }
            location /f/ { disable_symlinks on from=$document_root; alias /srv/www/linked/; }
            location /g/ { disable_symlinks on from=/srv/www/link; alias /srv/www/linked/; }
            location = /h { disable_symlinks on from=/srv/www/link; alias /srv/www/link; }
            location = /o { disable_symlinks if_not_owner; alias /srv/www/link; }
            location /r { root /srv/www/linked; return 200 $realpath_root; } }",
        answers: &[
            ("http://a.test/a.txt", "file /srv/www/a.txt"),
            ("http://a.test/linked", "403"),
            ("http://a.test/linked/", "404"),
            ("http://a.test/linked/token", "404"),
            ("http://a.test/try", "file /srv/www/a.txt"),
            ("http://a.test/c/token", "404"),
            ("http://a.test/i/", "404"),
            ("http://a.test/f/token", "file /srv/www/linked/token"),
            ("http://a.test/g/token", "404"),
            ("http://a.test/h", "403"),
            ("http://a.test/o", "unknown: /srv/www/link is or may be a link of another owner"),
            ("http://a.test/r", "200 /srv/other"),
        ],
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
            ("http://a.test/3", "500"),
        ],
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
        fact: "the server level's `try_files` is for paths without a location",
        http: "server { try_files /a.txt =404; location /b { } }",
        answers: &[("http://a.test/x", "file /srv/www/a.txt"), ("http://a.test/b/none", "404")],
    },
    Case {
        fact: "the first index in a directory that is a file ends the search",
        http: "server { location = /1/ { alias /srv/www/; index a.txt/x b.html; }
            location = /2/ { alias /srv/www/; index none/x b.html; } location = /b.html { return 200 b; } }",
        answers: &[("http://a.test/1/", "404"), ("http://a.test/2/", "404")],
    },
    Case {
        fact: "`memcached_pass` takes GET and HEAD only, and needs a key",
        http: "server { location /1 { set $memcached_key x; memcached_pass 127.0.0.1:1; }
            location /2 { memcached_pass 127.0.0.1:1; } }",
        answers: &[("POST http://a.test/1", "405"), ("http://a.test/2", "500")],
    },
];
