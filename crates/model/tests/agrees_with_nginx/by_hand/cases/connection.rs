//! Sockets, TLS, names, and requests that are not valid.

use super::super::Case;

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
        fact: "old versions speak nothing but HTTP/2 on a plain socket that says so",
        http: "server { listen 80; server_name a.test; return 200 plain; }
            server { listen 80 http2; server_name b.test; return 200 both; }
            server { listen 443 ssl http2; return 200 tls; }",
        answers: &[
            ("http://a.test/", "unknown: up to nginx 1.25.0 this socket speaks HTTP/2 alone"),
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
        fact: "protocols that no client speaks any more end the handshake",
        http: "ssl_protocols TLSv1 TLSv1.1;
            server { listen 443 ssl default_server; return 200 tls; }
            server { listen 443 ssl; server_name a.test; return 200 a; }
            server { listen 8443 ssl; ssl_protocols TLSv1.2; return 200 new; }",
        answers: &[
            ("https://a.test/", "TLS error"),
            ("https://b.test/", "TLS error"),
            ("https://b.test:8443/", "200 new"),
        ],
    },
    Case {
        fact: "the certificate is that of the name in the handshake, the server that of `Host`",
        http: "server { listen 443 ssl default_server; return 200 default; }
            server { listen 443 ssl; server_name b.test; return 200 b;
                ssl_certificate /etc/letsencrypt/live/b.test/fullchain.pem;
                ssl_certificate_key /etc/letsencrypt/live/b.test/privkey.pem; }",
        answers: &[
            ("https://b.test/", "200 b"),
            ("https://c.test/", "200 default"),
            ("https://b.test/ Host:c.test", "200 default"),
            ("https://c.test/ Host:B.test:443", "200 b"),
        ],
    },
    Case {
        fact: "who shows a certificate to one server talks to no other",
        http: "server { listen 443 ssl; server_name a.test; return 200 a; error_page 421 =200 /a.txt; }
            server { listen 443 ssl; server_name b.test; ssl_verify_client optional;
                ssl_client_certificate /etc/letsencrypt/live/a.test/fullchain.pem; return 200 b; }",
        answers: &[
            ("https://b.test/", "200 b"),
            ("https://b.test/ Host:a.test", "200 a"),
            ("https://a.test/ Host:b.test", "200 a"),
            ("https://c.test/ Host:b.test", "200 b"),
        ],
    },
    Case {
        fact: "a client certificate that is demanded is missed with 496, shown as 400",
        http: "server { listen 443 ssl; ssl_verify_client on;
                ssl_client_certificate /etc/letsencrypt/live/a.test/fullchain.pem; }
            server { listen 443 ssl; server_name b.test; ssl_verify_client on;
                error_page 496 /a.txt; error_page 495 /b.html;
                ssl_client_certificate /etc/letsencrypt/live/a.test/fullchain.pem; }",
        answers: &[("https://a.test/", "400"), ("https://b.test/", "400")],
    },
    Case {
        fact: "`ipv6only=off` takes both families, and IPv4 rules hold for IPv4 in it",
        http: "server { listen [::]:8081 ipv6only=off; root /srv/www;
                location /a { allow 203.0.113.5; deny all; }
                location /b { allow ::ffff:203.0.113.0/120; deny ::/0; }
                location /d { allow ::ffff:203.0.113.0/120; deny 0.0.0.0/0; } }
            server { listen [::]:8082; }",
        answers: &[
            ("http://a.test:8081/a.txt", "file /srv/www/a.txt"),
            ("http://a.test:8081/a.txt @2001:db8::10", "403"),
            ("http://a.test:8081/b.html", "file /srv/www/b.html"),
            ("http://a.test:8081/dir/", "403"),
            ("http://a.test:8082/", "refused"),
        ],
    },
    Case {
        fact: "a range of ports is many sockets, each of which may have other servers",
        http: "server { listen 8081-8083; return 200 range; }
            server { listen 8082 default_server; return 200 single; }
            server { listen 192.0.2.10:8083; return 200 own; }",
        answers: &[
            ("http://a.test:8081/", "200 range"),
            ("http://a.test:8082/", "200 single"),
            ("http://a.test:8083/", "200 own"),
            ("http://a.test:8083/ @192.0.2.11", "200 range"),
            ("http://a.test:8080/", "refused"),
        ],
    },
    Case {
        fact: "a server without `listen` has port 80 over IPv4 alone",
        http: "server { return 200 implicit; }",
        answers: &[
            ("http://a.test/", "200 implicit"),
            ("http://a.test/ @2001:db8::10", "refused"),
            ("http://a.test:8000/", "refused"),
        ],
    },
    Case {
        fact: "of `Host` neither case, port nor final dot counts, and an empty one is refused",
        http: "server { return 404; }
            server { server_name a.test; return 200 $host; }
            server { server_name [::1]; return 200 ipv6; }",
        answers: &[
            ("http://b.test/ Host:A.TEST.:8080", "200 a.test"),
            ("http://b.test/ Host:a.test:", "200 a.test"),
            ("http://b.test/ Host:[::1]:80", "200 ipv6"),
            ("http://a.test/ Host:", "400"),
            ("http://a.test/ Host:.", "400"),
            ("http://a.test/ Host:a..test", "400"),
        ],
    },
    Case {
        fact: "of a request whose first line is not valid no header is read",
        http: r#"server { error_page 400 414 =200 /page; large_client_header_buffers 1 1k;
            location = /page { return 200 "<$http_accept><$http_host><$request_uri>"; } }"#,
        answers: &[
            ("http://a.test/%zz", "200 <><><>"),
            ("get http://a.test/", "200 <><><>"),
            ("http://a.test/ Host:", "unknown: the request is not valid, and not all of it is read"),
        ],
    },
    Case {
        fact: "a request that is not valid has a page, without the headers that were not read",
        http: "server { error_page 400 =200 /page; location = /page { return 200 $host; } }
            server { server_name b.test; error_page 400 = @named; location @named { return 200 x; } }
            server { listen 8081; error_page 400 = @named; location @named { return 200 $host; } }",
        answers: &[
            ("http://b.test/%zz", "200"),
            ("http://b.test/ Host:", "200"),
            ("http://b.test:8081/%zz", "500"),
            ("http://b.test:8081/ Host:a..b", "200"),
        ],
    },
    Case {
        fact: "the host of a whole URL holds, even if `Host` is not valid",
        http: "server { error_page 400 = /page; location = /page { return 302 /x; } }",
        answers: &[
            ("http://a.test/ http://b.test/token Host:a..test", "302 to http://b.test/x"),
            ("http://a.test/ http://b.test/token Host:a.test", "404"),
        ],
    },
    Case {
        fact: "a host that starts with a dot has the wildcard names above it",
        http: "server { return 404; }
            server { server_name *.a.test; return 200 wildcard; }
            server { server_name .b.a.test; return 200 longer; }
            server { server_name b.test; return 200 exact; }",
        answers: &[
            ("http://x.test/ Host:.a.test", "200 wildcard"),
            ("http://x.test/ Host:.b.a.test.", "200 longer"),
            ("http://x.test/ Host:.b.test", "404"),
        ],
    },
    Case {
        fact: "methods are written in capital letters, and TRACE is none for nginx",
        http: "server { error_page 405 =200 /a.txt; location /1 { return 200 x; } }
            server { server_name b.test; location / { return 200 $request_method; } }",
        answers: &[
            ("TRACE http://a.test/1", "file /srv/www/a.txt"),
            ("TRACE http://b.test/", "405"),
            ("get http://b.test/", "400"),
            ("M1 http://b.test/", "400"),
            ("A_B-C http://b.test/", "200 A_B-C"),
            ("CONNECT http://b.test/", "unknown: some versions of nginx answer 400 to CONNECT"),
        ],
    },
    Case {
        fact: "the first line of a request fits into one of the larger buffers",
        http: "connection_pool_size 256; client_header_buffer_size 256; large_client_header_buffers 4 256;
            server { return 200 fits;
                error_page 414 = @long; location @long { return 200 x; } }",
        answers: &[
            (
                "http://a.test/\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "200 fits",
            ),
            (
                "http://a.test/\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy",
                "500",
            ),
        ],
    },
];
