//! Random sites in several files, and requests for them.

use std::fmt::Write as _;

use serde_json::json;

/// A configuration and what belongs to it.
pub(crate) struct Site {
    /// Paths from the root of the machine, and texts.
    pub(crate) files: Vec<(String, String)>,
    /// Where the public ports 80 and 443 arrive.
    pub(crate) ports: (u16, u16),
    seed: u64,
}

/// One request for both sides.
pub(crate) struct Ask {
    /// For `--requests`.
    pub(crate) line: String,
    /// For curl: where the request arrives, and what it calls the host.
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) is_ipv6: bool,
}

/// A file in the making, whose lines are counted.
struct Writer<'r> {
    random: &'r mut Random,
    /// As traces name it.
    name: String,
    text: String,
    line_end: &'static str,
}

/// Random choices that a seed repeats (xorshift64*).
struct Random(u64);

const HOSTS: &[&str] = &["a.test", "b.test", "www.b.test", "other.test", "A.TEST."];

const PATHS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/x",
    "/a/b/x.php",
    "/b/file.txt",
    "/b//../b/%66ile.txt",
    "/b/none",
    "/c/x",
    "/d",
    "/d/x.png",
    "/x.php",
    "/x.png?a=b",
    "/file.txt",
    "/dir",
    "/../x",
    "/moved/x",
];

const LOCATIONS: &[&str] = &[
    "location /",
    "location /a/",
    "location ^~ /b/",
    "location = /c/x",
    "location /d/",
    "location ~ \\.php$",
    "location ~* \"\\.(png|gif)$\"",
    "location ~ /x",
];

const BODIES: &[&str] = &[
    "",
    "root /srv/www;",
    "return 200 \"$uri\";",
    "return 404;",
    "return 444;",
    "return 301 /to$request_uri;",
    "deny all;",
    "internal;",
    "try_files $uri /file.txt;",
    "try_files $uri $uri/ @named;",
    "try_files $uri =418;",
    "proxy_pass http://127.0.0.1:9000;",
    "error_page 404 = /file.txt;",
    "error_page 404 @named;",
    "rewrite ^ /a/x last;",
    "auth_basic closed; auth_basic_user_file users;",
];

impl Site {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::of(seed);
        let ports = if random.percent(50) { (80, 443) } else { (8080, 8443) };
        let mut files = vec![
            ("srv/www/file.txt".to_owned(), "a file".to_owned()),
            ("srv/www/b/file.txt".to_owned(), "another file".to_owned()),
            ("srv/www/dir/index.html".to_owned(), "an index".to_owned()),
            ("etc/nginx/users".to_owned(), String::new()),
        ];
        let mut main = Writer::new(&mut random, "nginx.conf");
        main.line("user root;");
        main.line("events { }");
        main.line("http {");
        main.line("root /srv/www;");
        main.line("ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;");
        main.line("ssl_certificate_key /etc/letsencrypt/live/a.test/privkey.pem;");
        main.line("server { listen 127.0.0.1:9000; add_header X-Stub yes always; set $seen \"\"; return 200; }");
        main.line("include conf.d/*.conf;");
        main.server("a.test", ports, &mut files);
        main.line("include /srv/shared/other.conf;");
        main.line("}");
        let text = main.text;
        files.push(("etc/nginx/nginx.conf".to_owned(), text));
        for (path, name) in [
            ("etc/nginx/conf.d/b.conf", "conf.d/b.conf"),
            ("srv/shared/other.conf", "/srv/shared/other.conf"),
        ] {
            let host = if name.starts_with('/') { "c.test" } else { "*.b.test b.test" };
            let mut file = Writer::new(&mut random, name);
            file.server(host, ports, &mut files);
            let text = file.text;
            files.push((path.to_owned(), text));
        }
        Self { files, ports, seed }
    }

    pub(crate) fn requests(&self, count: usize) -> Vec<Ask> {
        let mut random = Random::of(self.seed ^ 0xa5c);
        (0..count).map(|_| self.request(&mut random)).collect()
    }

    fn request(&self, random: &mut Random) -> Ask {
        let (scheme, port, arrival) = match random.below(10) {
            0 => ("http", 81, 81),
            1 => ("https", 80, self.ports.0),
            2 => ("http", 443, self.ports.1),
            3..=5 => ("https", 443, self.ports.1),
            _ => ("http", 80, self.ports.0),
        };
        let (host, path) = (random.pick(HOSTS), random.pick(PATHS));
        let is_ipv6 = random.percent(25);
        let (address, client) =
            if is_ipv6 { ("2001:db8::10", "2001:db8::10") } else { ("192.0.2.10", "192.0.2.10") };
        // Sometimes another name is in the URL, and so in the handshake, than in `Host`.
        let named = if random.percent(15) { random.pick(HOSTS) } else { host };
        let is_usual = matches!((scheme, port), ("http", 80) | ("https", 443));
        let field = if is_usual { host.to_owned() } else { format!("{host}:{port}") };
        let mut line = json!({
            "url": format!("{scheme}://{named}:{port}{path}"),
            "address": address,
            "client": client,
        });
        if named != host {
            let fields = if random.percent(50) {
                json!({ "Host": field })
            } else {
                json!([format!("Host: {field}")])
            };
            line["headers"] = fields;
        }
        let url = format!("{scheme}://{named}:{arrival}{path}");
        Ask { line: line.to_string(), url, host: field, is_ipv6 }
    }
}

impl<'r> Writer<'r> {
    fn new(random: &'r mut Random, name: &str) -> Self {
        let line_end = if random.percent(40) { "\r\n" } else { "\n" };
        let mut writer = Self { random, name: name.to_owned(), text: String::new(), line_end };
        writer.gap();
        writer
    }

    fn line(&mut self, text: &str) {
        self.text += text;
        self.text += self.line_end;
    }

    /// Now and then what moves the lines that follow.
    fn gap(&mut self) {
        for _ in 0..self.random.below(4) {
            let line = self.random.pick(&["", "# a comment { with \" in it", "\t"]);
            self.line(line);
        }
    }

    /// The head of a block on the line where it is now, and behind its brace what names it.
    fn open(&mut self, head: &str) {
        let at = self.text.matches('\n').count() + 1;
        let label = format!("{}:{at}", self.name);
        self.text += head;
        for _ in 0..self.random.below(3) {
            self.text += self.line_end;
        }
        self.text += " { ";
        let _ = write!(
            self.text,
            "set $seen \"$seen|{label}\"; add_header X-Seen \"$seen\" always; \
             add_header X-Block \"{label}\" always;"
        );
        if self.random.percent(70) {
            self.text += self.line_end;
        }
    }

    fn close(&mut self) {
        self.text += " }";
        // The next block may start on this line.
        if self.random.percent(80) {
            self.text += self.line_end;
        }
    }

    fn server(&mut self, names: &str, ports: (u16, u16), files: &mut Vec<(String, String)>) {
        self.gap();
        self.open("server");
        let (http, https) = ports;
        self.line(&format!("listen {http}; listen {https} ssl; server_name {names};"));
        if self.random.percent(60) {
            self.line(&format!("listen [::]:{http}; listen [::]:{https} ssl;"));
        }
        if names != "a.test" && self.random.percent(20) {
            self.line("ssl_reject_handshake on;");
        }
        if self.random.percent(40) {
            self.line("rewrite ^/moved/(.*)$ /a/$1;");
        }
        if self.random.percent(10) {
            self.line("return 302 https://a.test$request_uri;");
        }
        let included = self.random.percent(40).then(|| format!("parts/{}.conf", files.len()));
        if let Some(name) = &included {
            self.line(&format!("include {name};"));
        }
        for head in LOCATIONS {
            if self.random.percent(55) {
                self.location(head);
            }
        }
        if self.random.percent(80) {
            self.open("location @named");
            self.line("return 200 named;");
            self.close();
        }
        self.close();
        if let Some(name) = included {
            let mut part = Writer::new(self.random, &name);
            part.location("location /b/none");
            part.location("location ~ ^/dir$");
            let text = part.text;
            files.push((format!("etc/nginx/{name}"), text));
        }
    }

    fn location(&mut self, head: &str) {
        self.gap();
        self.open(head);
        let body = self.random.pick(BODIES);
        self.line(body);
        if head == "location /a/" && self.random.percent(60) {
            self.location("location /a/b/");
            self.location("location ~ \\.php$");
        }
        self.close();
    }
}

impl Random {
    fn of(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
