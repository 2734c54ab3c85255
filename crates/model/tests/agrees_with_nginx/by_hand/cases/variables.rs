//! `map`, `geo`, variables of nginx's own, and what cannot be known.

use crate::by_hand::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        fact: "a named group takes over the variable of a block in front of it, matched or not",
        http: r#"map $uri $m { default map; ~^/own(?<own>.) $own; } geo $g { default geo; }
            map $uri $own { default later; } map $uri $self { default a; ~(?<self>x) b; }
            server { location / { return 200 "<$m><$g><$s><$own><$self>"; }
                location ~ "^/(?<m>x)(?<g>y)(?<s>z)" { return 200 "<$m><$g><$s>"; }
                location /never { if ($uri ~ "(?<t>n)") { return 200 "<$t>"; } }
                location /t { return 200 "<$t>"; } }
            split_clients $uri $s { * split; } map $uri $t { default map; }"#,
        answers: &[
            ("http://a.test/xyz", "200 <x><y><z>"),
            ("http://a.test/a", "200 <><><split><later><>"),
            ("http://a.test/own1", "200 <><><split><later><>"),
            ("http://a.test/never", "200 <n>"),
            ("http://a.test/t", "200 <map>"),
        ],
    },
    Case {
        fact: "a named group takes over `$args` and the variables of a family",
        http: r#"server { location / { return 200 "<$arg_a><$http_accept><$args><$query_string>"; }
            location ~ "^/(?<arg_a>x)(?<http_accept>y)(?<args>z)" {
                return 200 "<$arg_a><$http_accept><$args><$arg_b>"; } }"#,
        answers: &[
            ("http://a.test/xyz?a=1&b=2", "200 <x><y><z><2>"),
            ("http://a.test/a?a=1", "200 <><><><a=1>"),
        ],
    },
    Case {
        fact: "keys of a `map` are compared in lower case, regular expressions as written, after them",
        http: r#"map $arg_x $m { ABC text; ~^A(.) "regex $1"; ~*^a(.) "caseless $1"; default none; }
            server { return 200 $m; }"#,
        answers: &[
            ("http://a.test/?x=aBc", "200 text"),
            ("http://a.test/?x=AB", "200 regex B"),
            ("http://a.test/?x=ab", "200 caseless b"),
            ("http://a.test/?x=b", "200 none"),
        ],
    },
    Case {
        fact: "a `map` without `default` is empty, and no regular expression matches what is empty",
        http: r#"map $arg_x $m { ~^ any; } map $arg_x $n { "" none; \default text; \~x tilde; }
            server { return 200 "<$m> <$n>"; }"#,
        answers: &[
            ("http://a.test/", "200 <> <none>"),
            ("http://a.test/?x=default", "200 <any> <text>"),
            ("http://a.test/?x=~x", "200 <any> <tilde>"),
            ("http://a.test/?x=y", "200 <any> <>"),
        ],
    },
    Case {
        fact: "wildcards are keys of a `map` only behind `hostnames`, which also drops the final dot",
        http: r#"map $arg_x $m { *.early literal; hostnames; .a.test dot; *.a.test.x star; a.* start;
                a.b.* longer; *.test end; }
            server { return 200 "<$m>"; }"#,
        answers: &[
            ("http://a.test/?x=x.early", "200 <>"),
            ("http://a.test/?x=*.early", "200 <literal>"),
            ("http://a.test/?x=A.test", "200 <dot>"),
            ("http://a.test/?x=b.a.test.", "200 <dot>"),
            ("http://a.test/?x=a.test.x", "200 <start>"),
            ("http://a.test/?x=b.a.test.x", "200 <star>"),
            ("http://a.test/?x=a.b.c", "200 <longer>"),
            ("http://a.test/?x=a.b", "200 <start>"),
            ("http://a.test/?x=a.x.test", "200 <end>"),
            ("http://a.test/?x=test", "200 <>"),
        ],
    },
    Case {
        fact: "the value of a `map` stays for the whole request, unless it is `volatile`",
        http: r#"map $flag $kept { default "kept $flag"; } map $flag $new { volatile; default "new $flag"; }
            server { set $flag 1; if ($kept = $new) { break; } set $flag 2; return 200 "$kept, $new"; }"#,
        answers: &[("http://a.test/", "200 kept 1, new 2")],
    },
    Case {
        fact: "code that sets the variable of a `map` goes before it",
        http: "map $uri $m { volatile; default map; }
            server { location /1 { set $m code; return 200 $m; } location /2 { return 200 $m; } }",
        answers: &[("http://a.test/1", "200 code"), ("http://a.test/2", "200 map")],
    },
    Case {
        fact: "of two blocks for one variable the last one counts",
        http: "map $uri $m { default first; } geo $m { default second; } server { return 200 $m; }",
        answers: &[("http://a.test/", "200 second")],
    },
    Case {
        fact: "what a `map` catches is what `$1` is afterwards, if a regular expression matches",
        http: r#"map $arg_x $m { ~^(?<name>b)(.) 1; }
            server { location ~ ^/(.) { if ($m = 1) { return 200 "$1 $2 $name"; } return 200 "$1 $name"; } }"#,
        answers: &[("http://a.test/a?x=bc", "200 b c b"), ("http://a.test/a?x=c", "200 a")],
    },
    Case {
        fact: "captures in front of a `map` that catches something itself are not what they were",
        http: r#"map $arg_x $m { ~^(.+)$ 1; }
            server { location ~ ^/(.) { return 200 "$1 $m"; } }"#,
        answers: &[
            ("http://a.test/a?x=bc", "unknown: evaluating it changes the captures in it"),
            ("http://a.test/a", "200 a"),
        ],
    },
    Case {
        fact: "code that sets an argument leaves it as it is until then",
        http: r#"server { location /1 { return 200 $arg_x; } location /2 { set $arg_x 2; return 200 $arg_x; } }"#,
        answers: &[("http://a.test/1?x=1", "200 1"), ("http://a.test/2?x=1", "200 2")],
    },
    Case {
        fact: "a `map` goes before the header field of the same name",
        http: "map $uri $http_accept { default map; } server { return 200 $http_accept; }",
        answers: &[("http://a.test/", "200 map")],
    },
    Case {
        fact: "the smallest network of a `geo` counts, and its values are plain text",
        http: r#"geo $arg_x $g { default none; 10.0.0.0/8 large; 10.1.0.0/16 $uri; 10.1.2.3 one;
                255.255.255.255 invalid; 2001:db8::/32 six; delete 10.1.2.3; }
            server { return 200 $g; }"#,
        answers: &[
            ("http://a.test/?x=10.2.0.1", "200 large"),
            ("http://a.test/?x=10.1.2.3", "200 $uri"),
            ("http://a.test/?x=::ffff:10.2.0.1", "200 large"),
            ("http://a.test/?x=2001:db8::1", "200 six"),
            ("http://a.test/?x=10.2.", "200 invalid"),
            ("http://a.test/?x=10.2..", "200 large"),
            ("http://a.test/?x=11.0.0.1", "200 none"),
        ],
    },
    Case {
        fact: "a later range of a `geo` goes before one around it, and `delete` takes just that range",
        http: "geo $arg_x $g { ranges; default none; 10.0.0.0-10.0.0.255 outer; 10.0.0.8-10.0.0.15 inner;
                delete 10.0.0.0-10.0.0.255; delete 10.0.0.8-10.0.0.15; }
            server { return 200 $g; }",
        answers: &[
            ("http://a.test/?x=10.0.0.7", "200 outer"),
            ("http://a.test/?x=10.0.0.8", "200 none"),
            ("http://a.test/?x=::1", "200 none"),
        ],
    },
    Case {
        fact: "`geo` and `map` know the address of the client",
        http: r#"geo $near { default 0; 203.0.113.0/24 1; } map $remote_addr $m { 203.0.113.5 one; }
            server { return 200 "$near $m $realip_remote_addr"; }"#,
        answers: &[("http://a.test/", "200 1 one 203.0.113.5")],
    },
    Case {
        fact: "a condition that is not known matters only where the answers differ",
        http: r#"split_clients $request_id $half { 50% 1; * ""; }
            server {
                location /1 { if ($half) { set $flag 1; } return 200 same; }
                location /2 { if ($half) { return 403; } return 200 other; }
                location /3 { if ($half) { return 403; } deny all; }
                location /4 { if ($half ~ (.)) { return 200 "<$1>"; } return 200 "<1>"; }
                location /5 { return 200 $half; }
            }"#,
        answers: &[
            ("http://a.test/1", "200 same"),
            ("http://a.test/2", "unknown: which client gets which value cannot be known"),
            ("http://a.test/3", "403"),
            ("http://a.test/4", "200 <1>"),
            ("http://a.test/5", "unknown: which client gets which value cannot be known"),
        ],
    },
    Case {
        fact: "a regular expression that may match leaves what it catches unknown",
        http: r#"server {
                location /1 { if ($request_id ~ (.)) { return 200 $1; } return 200 no; }
                location /2 { if ($request_id ~ (?<first>.)) { set $flag $first; } return 200 same; }
            }"#,
        answers: &[
            ("http://a.test/1", "unknown: the value of `$request_id` is not modelled"),
            ("http://a.test/2", "200 same"),
        ],
    },
    Case {
        fact: "a `map` whose source is not known gives each of its results",
        http: r#"map $request_id $m { default a; ~^[0-7] b; } map $request_id $n { ~^[0-7] 1; default 1; }
            server { location /1 { if ($m = c) { return 403; } return 200 same; } location /2 { return 200 $n; }
                location /3 { return 200 $m; } }"#,
        answers: &[
            ("http://a.test/1", "200 same"),
            ("http://a.test/2", "200 1"),
            ("http://a.test/3", "unknown: the value of `$request_id` is not modelled"),
        ],
    },
    Case {
        fact: "where `try_files` leaves nothing of the path, the end of the root counts for its end",
        http: r#"map $uri $m { }
            server { location / { try_files $m/ =404; } location /last { try_files /none $m?x; }
                location /slash { root /srv/www//; try_files / =404; }
                location /all { root /; try_files / =404; }
                location /proxy { try_files / =404; proxy_pass http://127.0.0.1:8080; }
                location /gif { try_files / =404; empty_gif; } location "" { return 200 "<$uri>"; } }
            server { listen 8081; location /last { try_files /none $m?x; } location /alias/ {
                alias /srv/www/a.txt; try_files "" =404; }
                location ~ re { alias /srv/www/a.txt; try_files "" =404; } }"#,
        answers: &[
            ("http://a.test/", "301 to http://a.test/"),
            ("http://a.test/last", "200 <>"),
            ("http://a.test/slash", "unknown: nothing is left of the path"),
            ("http://a.test/all", "unknown: nothing is left of the path"),
            ("http://a.test/proxy", "proxy"),
            ("http://a.test/gif", "200"),
            ("http://a.test:8081/last", "301 to http://a.test:8081/?x"),
            ("http://a.test:8081/alias/", "500"),
            ("http://a.test:8081/re", "file /srv/www/a.txt"),
        ],
    },
    Case {
        fact: "`$realpath_root` is empty where there is no such directory",
        http: r#"server { location /1 { root /srv/www/../www/; return 200 "$realpath_root"; }
            location /2 { root /srv/none; return 200 "<$realpath_root>"; } }"#,
        answers: &[("http://a.test/1", "200 /srv/www"), ("http://a.test/2", "200 <>")],
    },
    Case {
        fact: "a server name's groups are variables, and its captures last until the next match",
        http: r#"server { server_name "~^(?<sub>[^.]+)\.(.+)$"; return 200 "$sub $1 $2"; }
            server { server_name none; }"#,
        answers: &[("http://www.a.test/", "200 www www a.test")],
    },
    Case {
        fact: "addresses are written as IPv6 on a socket that takes both",
        http: r#"geo $g { 203.0.113.5 near; }
            server { listen [::]:80 ipv6only=off; return 200 "$remote_addr $server_addr $g"; }"#,
        answers: &[("http://a.test/", "200 ::ffff:203.0.113.5 ::ffff:192.0.2.10 near")],
    },
    Case {
        fact: "a `map` goes before the arguments of the request",
        http: "map $uri $args { default map; } server { return 200 $args; }",
        answers: &[("http://a.test/?x", "200 map")],
    },
    Case {
        fact: "the script of FastCGI is split off the path once, until the next internal redirect",
        http: r#"server { location ~ \.php { fastcgi_split_path_info ^(.+?\.php)(/.*)$;
                return 200 "$fastcgi_script_name $fastcgi_path_info"; }
            location /1 { fastcgi_split_path_info ^/1(.+\.php)(/.+)?$;
                try_files $fastcgi_script_name =404; }
            location /2/ { fastcgi_index i.php; return 200 $fastcgi_script_name; }
            location /3 { set $first $fastcgi_script_name; rewrite ^ /x; return 200 $fastcgi_script_name; }
            location /4 { set $first $fastcgi_script_name; try_files /none /2/; } }"#,
        answers: &[
            ("http://a.test/x.php/y/z", "200 /x.php /y/z"),
            ("http://a.test/2/", "200 /2/i.php"),
            ("http://a.test/3", "200 /3"),
            ("http://a.test/4", "200 /2/i.php"),
        ],
    },
    Case {
        fact: "a referer is valid by its name, the names of the server, or a pattern, and where the name says so by its path",
        http: r#"server { server_name a.test .own.test ~^re\d;
            location /1 { valid_referers none blocked ok.test; if ($invalid_referer) { return 403; } return 200 ok; }
            location /2 { valid_referers server_names *.wild.test path.test/Gal/ ~\.goo[a-z]+\.; return 200 "<$invalid_referer>"; }
            location /3 { return 200 "<$invalid_referer>"; } }"#,
        answers: &[
            ("http://a.test/1", "200 ok"),
            ("http://a.test/1 Referer:ftp://bad.test/", "200 ok"),
            ("http://a.test/1 Referer:HTTP://OK.test:80", "200 ok"),
            ("http://a.test/1 Referer:https://bad.test/", "403"),
            ("http://a.test/2", "200 <1>"),
            ("http://a.test/2 Referer:http://x.own.test/", "200 <>"),
            ("http://a.test/2 Referer:http://re5.test/", "200 <>"),
            ("http://a.test/2 Referer:http://wild.test/", "200 <1>"),
            ("http://a.test/2 Referer:http://x.wild.test", "200 <>"),
            ("http://a.test/2 Referer:http://path.test/Gal/x", "200 <>"),
            ("http://a.test/2 Referer:http://path.test/gal/x", "200 <1>"),
            ("http://a.test/2 Referer:http://q.test/www.GOOgle.com/", "200 <>"),
            ("http://a.test/3 Referer:http://q.test/", "200 <>"),
        ],
    },
    Case {
        fact: "a header field with an underscore in its name is dropped, unless the server takes it",
        http: r#"server { return 200 "<$http_x_one>"; }
            server { listen 8081; underscores_in_headers on; return 200 "<$http_x_one>"; }
            server { listen 8082; ignore_invalid_headers off; return 200 "<$http_x_one>"; }"#,
        answers: &[
            ("http://a.test/ X_One:1", "200 <>"),
            ("http://a.test/ X-One:1", "200 <1>"),
            ("http://a.test:8081/ X_One:1", "200 <1>"),
            ("http://a.test:8082/ X_One:1", "200 <1>"),
        ],
    },
];
