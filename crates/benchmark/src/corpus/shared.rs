//! What all hosts have in common: the main file, `conf.d` and the snippets.

use super::text::Text;

/// How many pools of PHP processes there are.
pub(super) const PHP_POOLS: u32 = 6;

/// The main file of a server with so many hosts.
pub(super) fn main_file(hosts: u32) -> String {
    let mut text = Text::new("    ");
    text.line("# Made by nginx-acme-lint-benchmark for measuring.");
    text.lines(&["worker_processes 4;", "pid run/nginx.pid;", "error_log log/error.log notice;"]);
    text.gap();
    text.block("events", |text| text.line("worker_connections 4096;"));
    text.gap();
    text.block("http", |text| {
        text.lines(&["include mime.types;", "default_type application/octet-stream;"]);
        text.gap();
        text.lines(&["sendfile on;", "tcp_nopush on;", "keepalive_timeout 70;", "charset utf-8;"]);
        text.lines(&["server_tokens off;", "types_hash_max_size 4096;", "map_hash_max_size 8192;"]);
        text.lines(&["map_hash_bucket_size 128;", "server_names_hash_bucket_size 128;"]);
        let names = (16 * hosts).max(1024).next_power_of_two();
        text.line(format_args!("server_names_hash_max_size {names}; # there are many"));
        text.gap();
        for kind in ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"] {
            text.line(format_args!("{kind}_temp_path tmp/{kind};"));
        }
        text.gap();
        text.line("include conf.d/*.conf;");
        text.gap();
        text.line("# Names that belong to nobody.");
        text.block("server", |text| {
            text.lines(&["listen 80 default_server;", "listen [::]:80 default_server;"]);
            text.lines(&["server_name \"\";", "return 444;"]);
        });
        text.gap();
        text.line("include sites-enabled/*.conf;");
    });
    text.finish()
}

/// The files that are there however many hosts there are, with their paths.
pub(super) fn pieces() -> Vec<(&'static str, String)> {
    let written = |write: fn(&mut Text)| {
        let mut text = Text::new("    ");
        write(&mut text);
        text.finish()
    };
    vec![
        ("mime.types", written(mime_types)),
        ("conf.d/compression.conf", written(compression)),
        ("conf.d/logs.conf", written(logs)),
        ("conf.d/maps.conf", written(maps)),
        ("conf.d/pools.conf", written(pools)),
        ("snippets/challenge.conf", written(challenge)),
        ("snippets/headers.conf", written(headers)),
        ("snippets/php.conf", written(php)),
        ("snippets/to-backend.conf", written(to_backend)),
        ("snippets/tls.conf", written(tls)),
    ]
}

fn mime_types(text: &mut Text) {
    const TYPES: [(&str, &str); 22] = [
        ("application/javascript", "js mjs"),
        ("application/json", "json"),
        ("application/msword", "doc"),
        ("application/pdf", "pdf"),
        ("application/vnd.ms-excel", "xls"),
        ("application/wasm", "wasm"),
        ("application/xhtml+xml", "xhtml"),
        ("application/zip", "zip"),
        ("audio/mpeg", "mp3"),
        ("audio/ogg", "oga ogg"),
        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("image/avif", "avif"),
        ("image/gif", "gif"),
        ("image/jpeg", "jpg jpeg"),
        ("image/png", "png"),
        ("image/svg+xml", "svg svgz"),
        ("image/webp", "webp"),
        ("text/css", "css"),
        ("text/html", "html htm"),
        ("text/plain", "txt log"),
        ("video/mp4", "mp4 m4v"),
    ];
    text.block("types", |text| {
        for (kind, endings) in TYPES {
            text.line(format_args!("{kind:<32}{endings};"));
        }
    });
}

fn compression(text: &mut Text) {
    text.lines(&["gzip on;", "gzip_comp_level 5;", "gzip_vary on;", "gzip_proxied any;"]);
    text.lines(&["gzip_types", "    text/css text/plain text/xml", "    application/javascript"]);
    text.lines(&["    application/json", "    image/svg+xml;"]);
}

fn logs(text: &mut Text) {
    text.line("# For people.");
    text.line("log_format wide '$remote_addr [$time_iso8601] $host \"$request\" $status '");
    text.line("    '$bytes_sent \"$http_referer\" \"$http_user_agent\" $request_time';");
    text.gap();
    text.line("# For the collector: one object a line.");
    text.line("log_format object escape=json '{ \"at\": \"$msec\", \"host\": \"$host\", '");
    text.line("    '\"uri\": \"$request_uri\", \"status\": \"$status\" }';");
    text.gap();
    text.line("access_log log/access.log wide;");
}

fn maps(text: &mut Text) {
    text.block("map $http_upgrade $keep_or_upgrade", |text| {
        text.lines(&["default upgrade;", "\"\" \"\";"]);
    });
    text.gap();
    text.block("map $http_user_agent $is_crawler", |text| {
        text.lines(&["default 0;", "~*(?:crawler|spider)\\b 1;", "\"~^Wget/[0-9.]+\" 1;"]);
    });
    text.gap();
    text.block("map $status $worth_logging", |text| text.lines(&["~^3 0;", "default 1;"]));
    text.gap();
    text.line("# From the time of the old shop");
    text.block("map $uri $new_address", |text| {
        text.line("default \"\";");
        for number in 0..100 {
            text.line(format_args!("/article/{number:03}.htm /shop/articles/{};", number * 7));
        }
    });
    text.gap();
    text.block("geo $from_inside", |text| {
        text.lines(&["default 0;", "10.0.0.0/8 1;", "192.168.0.0/16 1;", "fd00::/8 1;"]);
    });
}

fn pools(text: &mut Text) {
    text.lines(&["limit_req_zone $binary_remote_addr zone=forms:2m rate=2r/s;"]);
    text.lines(&["limit_conn_zone $server_name zone=each_host:2m;"]);
    text.line("proxy_cache_path tmp/cache levels=2:2 keys_zone=answers:2m inactive=30m;");
    for pool in 0..PHP_POOLS {
        text.gap();
        text.block(format_args!("upstream php_{pool}"), |text| {
            text.line(format_args!("server 127.0.0.1:{};", 9100 + pool));
            text.line("keepalive 8;");
        });
    }
}

fn challenge(text: &mut Text) {
    text.line("# All certificates are fetched with one directory of tokens.");
    text.block("location ^~ /.well-known/acme-challenge/", |text| {
        text.lines(&["root www/tokens;", "default_type text/plain;", "try_files $uri =404;"]);
    });
}

fn headers(text: &mut Text) {
    text.line("add_header Strict-Transport-Security \"max-age=31536000\" always;");
    text.line("add_header X-Content-Type-Options nosniff always;");
    text.line("add_header X-Frame-Options 'SAMEORIGIN' always;");
}

fn php(text: &mut Text) {
    const PARAMETERS: [(&str, &str); 16] = [
        ("CONTENT_LENGTH", "$content_length"),
        ("CONTENT_TYPE", "$content_type"),
        ("DOCUMENT_ROOT", "$realpath_root"),
        ("DOCUMENT_URI", "$document_uri"),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("HTTPS", "$https if_not_empty"),
        ("PATH_INFO", "$fastcgi_path_info"),
        ("QUERY_STRING", "$query_string"),
        ("REMOTE_ADDR", "$remote_addr"),
        ("REQUEST_METHOD", "$request_method"),
        ("REQUEST_SCHEME", "$scheme"),
        ("REQUEST_URI", "$request_uri"),
        ("SCRIPT_FILENAME", "$realpath_root$fastcgi_script_name"),
        ("SCRIPT_NAME", "$fastcgi_script_name"),
        ("SERVER_NAME", "$host"),
        ("SERVER_PROTOCOL", "$server_protocol"),
    ];
    text.line("fastcgi_split_path_info ^(.+?\\.php)(/.*)?$;");
    for (name, value) in PARAMETERS {
        text.line(format_args!("fastcgi_param {name:<20}{value};"));
    }
}

fn to_backend(text: &mut Text) {
    text.lines(&["proxy_http_version 1.1;", "proxy_set_header Host $host;"]);
    text.line("proxy_set_header Upgrade           $http_upgrade;");
    text.line("proxy_set_header Connection        $keep_or_upgrade;");
    text.line("proxy_set_header X-Real-IP         $remote_addr;");
    text.line("proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;");
    text.line("proxy_set_header X-Forwarded-Proto $scheme;");
}

fn tls(text: &mut Text) {
    text.lines(&["ssl_protocols TLSv1.2 TLSv1.3;", "ssl_prefer_server_ciphers off;"]);
    text.line(
        "ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:HIGH:!aNULL;",
    );
    text.lines(&["ssl_session_cache shared:all_hosts:2m;", "ssl_session_timeout 10m;"]);
}
