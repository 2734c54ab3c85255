//! One virtual host: a plain server that answers challenges and redirects, and one with TLS.

use std::fmt::Display;

use fastrand::Rng;

use super::{Certificates, shared::PHP_POOLS, text::Text};

/// One host in this many does not get its certificate renewed.
const HOSTS_A_MISTAKE: u32 = 250;

const WORDS: [&str; 24] = [
    "atlas",
    "bakery",
    "cinema",
    "dentist",
    "erp",
    "festival",
    "gallery",
    "hotel",
    "intranet",
    "journal",
    "kiosk",
    "library",
    "museum",
    "newsletter",
    "opera",
    "pharmacy",
    "quiz",
    "radio",
    "school",
    "theatre",
    "university",
    "vineyard",
    "webmail",
    "yoga",
];

const INDENTS: [&str; 6] = ["    ", "    ", "    ", "    ", "\t", "  "];

/// A virtual host.
pub(super) struct Host {
    /// Its first name.
    pub(super) name: String,
    pub(super) number: u32,
    kind: Kind,
    rng: Rng,
}

/// The file of a host.
pub(super) struct HostFile {
    pub(super) text: String,
    /// What its servers are called, as `server_name` has it.
    pub(super) names: String,
}

/// What a host is there for.
#[derive(Clone, Copy)]
enum Kind {
    /// An application behind a proxy.
    Application,
    /// Scripts in PHP.
    Php,
    /// Files alone.
    Files,
    /// An interface for programs, with a web socket.
    Interface,
}

impl Host {
    /// The host of this number; all that is random about it comes from that alone.
    pub(super) fn numbered(number: u32) -> Self {
        let mut rng = Rng::with_seed(u64::from(number) + 1);
        let word = WORDS[rng.usize(..WORDS.len())];
        let parent = ["example.com", "example.net", "example.org"][rng.usize(..3)];
        let kind = match rng.u32(..100) {
            0..45 => Kind::Application,
            45..75 => Kind::Php,
            75..90 => Kind::Files,
            _ => Kind::Interface,
        };
        Self { name: format!("{word}-{number}.{parent}"), number, kind, rng }
    }

    /// Its file.
    pub(super) fn file(mut self, certificates: Certificates) -> HostFile {
        let mut text = Text::new(INDENTS[self.rng.usize(..INDENTS.len())]);
        let names = self.names();
        text.line(format_args!("# {}", self.name));
        text.line(format_args!("# customer {}, see the wiki", self.rng.u32(1000..99_999)));
        text.gap();
        if matches!(self.kind, Kind::Application | Kind::Interface) {
            self.upstream(&mut text);
        }
        text.block("server", |text| self.plain_server(text, &names));
        text.gap();
        text.block("server", |text| self.tls_server(text, &names, certificates));
        HostFile { text: text.finish(), names }
    }

    fn names(&mut self) -> String {
        let names = format!("{0} www.{0}", self.name);
        match self.rng.u32(..50) {
            0 => format!("{names} ~^(?<shop>[a-z]+)\\.{}\\.example\\.net$", self.number),
            1..=5 => format!("{names} *.{}", self.name),
            _ => names,
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn upstream(&mut self, text: &mut Text) {
        let head = format!("upstream backend_{}", self.number);
        text.block(head, |text| {
            if self.chance(40) {
                text.line("ip_hash;");
            }
            let port = self.rng.u32(4000..9000);
            for _ in 0..self.rng.u32(1..=3) {
                let [b, c, d] = [self.rng.u8(..), self.rng.u8(..), self.rng.u8(1..255)];
                text.line(format_args!("server 10.{b}.{c}.{d}:{port} max_fails=2;"));
            }
            text.line("keepalive 12;");
        });
        text.gap();
    }

    fn plain_server(&mut self, text: &mut Text, names: &str) {
        text.lines(&["listen 80;", "listen [::]:80;"]);
        text.line(format_args!("server_name {names};"));
        text.gap();
        if self.number % HOSTS_A_MISTAKE == HOSTS_A_MISTAKE / 2 {
            text.line("# nobody has to see these");
            text.block("location ~ /\\.", |text| text.lines(&["deny all;", "access_log off;"]));
            text.gap();
            text.block("location /.well-known/acme-challenge/", |text| {
                text.line("root www/tokens;");
            });
        } else {
            match self.rng.u32(..100) {
                0..40 => text.line("include snippets/challenge.conf;"),
                40..75 => text.block("location ^~ /.well-known/acme-challenge/", |text| {
                    text.lines(&["default_type \"text/plain\";", "root www/tokens;"]);
                }),
                75..85 => text.block("location ^~ /.well-known/acme-challenge/", |text| {
                    text.line("proxy_pass http://127.0.0.1:8888; # the client listens there");
                    text.line("proxy_set_header Host $host;");
                }),
                _ => return text.line("return 301 https://$host$request_uri;"),
            }
        }
        text.gap();
        let status = if self.chance(80) { 301 } else { 308 };
        text.block("location /", |text| {
            text.line(format_args!("return {status} https://$host$request_uri;"));
        });
    }

    fn tls_server(&mut self, text: &mut Text, names: &str, certificates: Certificates) {
        text.lines(&["listen 443 ssl;", "listen [::]:443 ssl;"]);
        text.line(format_args!("server_name {names};"));
        text.gap();
        let (certificate, key) = certificates.of(self);
        text.line(format_args!("ssl_certificate {certificate};"));
        text.line(format_args!("ssl_certificate_key {key};"));
        text.lines(&["include snippets/tls.conf;", "include snippets/headers.conf;"]);
        if self.chance(30) {
            text.line(format_args!(
                "add_header Content-Security-Policy \"default-src 'self'; frame-src 'none'; \
                 img-src 'self' https://media.{}\" always;",
                self.name
            ));
        }
        text.gap();
        let format = ["wide", "object", "wide if=$worth_logging"][self.rng.usize(..3)];
        text.line(format_args!("access_log log/access.log {format};"));
        text.line(format_args!("client_max_body_size {}m;", 1 << self.rng.u32(..8)));
        text.gap();
        match self.kind {
            Kind::Application => self.application(text),
            Kind::Php => self.php(text),
            Kind::Files => self.files(text),
            Kind::Interface => self.interface(text),
        }
        text.gap();
        text.block("location = /sorry.html", |text| text.lines(&["internal;", "root www/all;"]));
    }

    fn application(&mut self, text: &mut Text) {
        let backend = format!("proxy_pass http://backend_{};", self.number);
        self.root(text, "");
        text.line("error_page 500 502 503 504 /sorry.html;");
        text.gap();
        text.block("location /", |text| text.line("try_files $uri @backend;"));
        text.gap();
        text.block("location @backend", |text| {
            text.line("include snippets/to-backend.conf;");
            text.line(&backend);
            text.line(format_args!("proxy_read_timeout {};", 30 * self.rng.u32(1..=6)));
            if self.chance(35) {
                text.lines(&["proxy_cache answers;", "proxy_cache_valid 200 301 302 15m;"]);
                text.lines(&["proxy_cache_bypass $http_authorization $arg_fresh;"]);
                text.lines(&["proxy_no_cache $http_authorization $cookie_login;"]);
            }
        });
        text.gap();
        text.block("location = /login", |text| {
            text.lines(&["limit_req zone=forms burst=5 nodelay;"]);
            text.line("include snippets/to-backend.conf;");
            text.line(&backend);
        });
        if self.chance(60) {
            self.assets(text);
        }
    }

    fn php(&mut self, text: &mut Text) {
        self.root(text, "/htdocs");
        text.line("index index.php index.html;");
        text.gap();
        text.block("location /", |text| text.line("try_files $uri $uri/ /index.php?$args;"));
        text.gap();
        let pool = self.rng.u32(..PHP_POOLS);
        text.block("location ~ \\.php(?:/|$)", |text| {
            text.line("include snippets/php.conf;");
            text.line(format_args!("fastcgi_pass php_{pool};"));
            text.lines(&["fastcgi_index index.php;", "fastcgi_read_timeout 90s;"]);
            text.line("# fastcgi_buffers 32 8k;");
            text.line("fastcgi_param PHP_VALUE \"memory_limit=256M \\n max_execution_time=90\";");
        });
        text.gap();
        text.block("location ~ /\\.(?!well-known)", |text| {
            text.lines(&["deny all;", "access_log off;", "log_not_found off;"]);
        });
        self.assets(text);
        if self.chance(45) {
            text.gap();
            text.block("location ^~ /backstage/", |text| {
                text.lines(&["allow 198.51.100.0/24;    # the office", "allow 10.0.0.0/8;"]);
                text.lines(&["deny all;", "auth_basic \"Backstage; please knock\";"]);
                text.line("auth_basic_user_file run/passwords;");
            });
        }
    }

    fn files(&mut self, text: &mut Text) {
        self.root(text, "");
        text.lines(&["index index.html;", "error_page 404 /404.html;"]);
        text.gap();
        text.block("location /", |text| text.line("try_files $uri $uri/ $uri.html =404;"));
        text.gap();
        text.block("location ~ \"^/blog/(?<year>\\d{4})/(?<title>[^/]+)$\"", |text| {
            text.line("rewrite ^ /posts/$year-$title.html last;");
        });
        text.gap();
        text.line("# The calculator finds its own way");
        text.block("location /calculator/", |text| {
            text.line("try_files $uri /calculator/index.html;");
            text.line("add_header Cache-Control \"no-cache\";");
        });
        text.gap();
        text.block("location = /robots.txt", |text| {
            text.line("return 200 \"User-agent: *\\nDisallow: /drafts/\\n\";");
        });
        self.assets(text);
    }

    fn interface(&mut self, text: &mut Text) {
        text.lines(&["default_type application/json;", "error_page 404 = @nothing;"]);
        for version in 1..=self.rng.u32(2..=3) {
            text.gap();
            text.block(format_args!("location /v{version}/"), |text| {
                text.line("include snippets/to-backend.conf;");
                text.line(format_args!("proxy_pass http://backend_{}/{version}/;", self.number));
                text.lines(&["proxy_connect_timeout 3s;", "limit_conn each_host 200;"]);
            });
        }
        text.gap();
        text.block("location /events/", |text| {
            text.line("include snippets/to-backend.conf;");
            text.line(format_args!("proxy_pass http://backend_{};", self.number));
            text.lines(&["proxy_buffering off;", "proxy_read_timeout 2h;"]);
        });
        text.gap();
        text.block("location @nothing", |text| {
            text.line(format_args!(
                "return 404 '{{ \"problem\": \"not here\", \"see\": \"https://{}/\" }}';",
                self.name
            ));
        });
        text.gap();
        text.block("location = /alive", |text| text.lines(&["access_log off;", "return 204;"]));
    }

    fn root(&self, text: &mut Text, inner: impl Display) {
        text.line(format_args!("root www/{}{inner};", self.name));
    }

    fn assets(&mut self, text: &mut Text) {
        let days = self.rng.u32(7..90);
        text.gap();
        text.block("location ~* \\.(?:avif|css|gif|jpe?g|js|png|svg|webp|woff2?)$", |text| {
            text.line(format_args!("expires {days}d;"));
            text.lines(&["access_log off;", "add_header Cache-Control \"public, immutable\";"]);
        });
    }
}
