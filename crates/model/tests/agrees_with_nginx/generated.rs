//! Random configurations that nginx accepts, and requests that reach their corners.

use crate::{
    client::Ask,
    generated::words::{
        ADDRESS_RULES, ALIASES, ASKED, BODIES, CONDITIONS, ERROR_PAGES, EXACTS, HOSTS, LIMITED,
        METHODS, NAMES, PREFIXES, QUERIES, REGEXES, RETURNS, REWRITES, ROOTS, SETS, TARGETS, TRIED,
        TRY_LAST,
    },
    random::Random,
    site::Texts,
};
use model::Scheme;

mod words;

/// A configuration in the making.
struct Writer {
    random: Random,
    blocks: usize,
    texts: Texts,
}

/// What a block is, for what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Server,
    Prefix,
    Exact,
    Regex,
    Named,
}

/// The sockets of one server.
const LISTENS: &[(&str, &str)] = &[
    ("*:80", "80"),
    ("*:80", "*:80"),
    ("192.0.2.10:80", "192.0.2.10:80"),
    ("192.0.2.11:80", "192.0.2.11"),
    ("[::]:80", "[::]:80"),
    ("[2001:db8::10]:80", "[2001:db8::10]"),
    ("*:8081", "8081"),
    ("*:443", "443 ssl"),
    ("*:443", "443 ssl"),
    ("*:443", "443"),
    ("192.0.2.10:443", "192.0.2.10:443 ssl"),
    ("[::]:443", "[::]:443 ssl"),
];

const STUB: &str = "server {
    listen 127.0.0.1:8080;
    set $seen \"\";
    set $flag \"\";
    if ($uri ~ \"^/(?<seg>never)$\") { break; }
    location / { add_header X-Stub yes always; return 200 stub; }
}
";

/// The files of a configuration.
pub(crate) fn configuration(seed: u64) -> Texts {
    let mut writer = Writer { random: Random::of(seed), blocks: 0, texts: Vec::new() };
    let mut http = String::new();
    http.push_str("ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;\n");
    http.push_str("ssl_certificate_key /etc/letsencrypt/live/a.test/privkey.pem;\n");
    if writer.random.percent(60) {
        http.push_str("root /srv/www;\n");
    }
    for (chance, pool) in [(8, ADDRESS_RULES), (10, ERROR_PAGES)] {
        if writer.random.percent(chance) {
            let line = writer.random.pick(pool);
            http.push_str(&statement(line));
        }
    }
    let mut defaults = Vec::new();
    for number in 0..=writer.random.below(4) {
        let server = writer.server(number, &mut defaults);
        http.push_str(&server);
    }
    let at_end = writer.random.percent(50);
    let http = if at_end { format!("{http}{STUB}") } else { format!("{STUB}{http}") };
    let main = format!("user root;\nevents {{ }}\nhttp {{\n{http}}}\n");
    writer.texts.insert(0, ("nginx.conf".to_owned(), main));
    writer.texts
}

/// Requests that suit the vocabulary of the configurations.
pub(crate) fn requests(seed: u64, count: usize) -> Vec<Ask> {
    let mut random = Random::of(seed ^ 0x5eed);
    (0..count).map(|_| request(&mut random)).collect()
}

fn request(random: &mut Random) -> Ask {
    let (scheme, port) = match random.below(20) {
        0..=10 => (Scheme::Http, 80),
        11 => (Scheme::Http, 8081),
        12 => (Scheme::Http, 443),
        13 => (Scheme::Https, 80),
        _ => (Scheme::Https, 443),
    };
    let address = match random.below(10) {
        0..=6 => machine::ADDRESS_V4,
        7 => std::net::Ipv4Addr::new(192, 0, 2, 11).into(),
        _ => machine::ADDRESS_V6,
    };
    let target = format!("{}{}", random.pick(TARGETS), random.pick(QUERIES));
    Ask {
        scheme,
        address,
        port,
        host: random.pick(HOSTS).to_owned(),
        target,
        method: random.pick(METHODS),
        header: random.percent(15).then_some("1"),
    }
}

impl Writer {
    fn server(&mut self, number: usize, defaults: &mut Vec<&'static str>) -> String {
        let mut text = format!("server {{ {}\n", self.label('s'));
        let mut sockets = Vec::new();
        for _ in 0..self.random.below(8) {
            let (socket, listen) = self.random.pick(LISTENS);
            if sockets.contains(&socket) {
                continue;
            }
            sockets.push(socket);
            let is_default = self.random.percent(15) && !defaults.contains(&socket);
            if is_default {
                defaults.push(socket);
            }
            let flag = if is_default { " default_server" } else { "" };
            text.push_str(&statement(&format!("listen {listen}{flag}")));
        }
        for _ in 0..self.random.below(3) {
            let names: Vec<_> =
                (0..=self.random.below(2)).map(|_| self.random.pick(NAMES)).collect();
            text.push_str(&statement(&format!("server_name {}", names.join(" "))));
        }
        if number > 0 && self.random.percent(4) {
            text.push_str("ssl_reject_handshake on;\n");
        }
        for line in ["merge_slashes off", "server_name_in_redirect on"] {
            if self.random.percent(6) {
                text.push_str(&statement(line));
            }
        }
        let code = if self.random.percent(35) { self.code(Kind::Server) } else { String::new() };
        let settings = self.settings(Kind::Server);
        let locations = self.locations("", Kind::Server, 3);
        for part in self.shuffled(vec![code, settings, locations]) {
            text.push_str(&part);
        }
        for name in ["@one", "@two"] {
            if self.random.percent(70) {
                let location = self.location(&format!("location {name}"), name, Kind::Named, 0);
                text.push_str(&location);
            }
        }
        text.push_str("}\n");
        text
    }

    /// Locations inside a block whose pattern is `parent`.
    fn locations(&mut self, parent: &str, kind: Kind, most: usize) -> String {
        let mut text = String::new();
        let (mut prefixes, mut exacts) = (Vec::new(), Vec::new());
        for _ in 0..=self.random.below(most + 1) {
            let choice = self.random.below(10);
            let location = if choice < 5 {
                let prefix = self.random.pick(PREFIXES);
                if prefixes.contains(&prefix) || !fits(prefix, parent, kind) {
                    continue;
                }
                prefixes.push(prefix);
                let modifier = if self.random.percent(25) { "^~ " } else { "" };
                let head = format!("location {modifier}{prefix}");
                self.location(&head, prefix, Kind::Prefix, most)
            } else if choice < 6 {
                let path = self.random.pick(EXACTS);
                if exacts.contains(&path) || !fits(path, parent, kind) {
                    continue;
                }
                exacts.push(path);
                self.location(&format!("location = {path}"), path, Kind::Exact, 0)
            } else {
                let (regex, modifier) =
                    (self.random.pick(REGEXES), if self.random.percent(20) { "~*" } else { "~" });
                let head = format!("location {modifier} \"{regex}\"");
                self.location(&head, regex, Kind::Regex, most)
            };
            text.push_str(&location);
        }
        if kind == Kind::Server && self.random.percent(15) {
            let path = format!("parts/{}.conf", self.texts.len());
            self.texts.push((path.clone(), text));
            return format!("include {path};\n");
        }
        text
    }

    fn location(&mut self, head: &str, pattern: &str, kind: Kind, depth: usize) -> String {
        let mut text = format!("{head} {{ {}\n", self.label('l'));
        let mut parts = vec![self.settings(kind)];
        if self.random.percent(40) {
            parts.push(self.code(kind));
        }
        if depth > 0 && self.random.percent(30) {
            parts.push(self.locations(pattern, kind, depth - 1));
        }
        for part in self.shuffled(parts) {
            text.push_str(&part);
        }
        text.push_str("}\n");
        text
    }

    /// What lets nginx say which block answers, and which blocks it came through.
    fn label(&mut self, kind: char) -> String {
        self.blocks += 1;
        let label = format!("{kind}{}", self.blocks);
        let (code, header) = (format!("set $seen \"$seen|{label}\";"), header(&label));
        format!("{code} {header}")
    }

    fn settings(&mut self, kind: Kind) -> String {
        let mut lines = Vec::new();
        let is_location = kind != Kind::Server;
        match self.random.below(100) {
            0..=29 => lines.push(format!("root {}", self.random.pick(ROOTS))),
            30..=44 if is_location && kind != Kind::Named => {
                lines.push(format!("alias {}", self.random.pick(ALIASES)));
            }
            _ => {}
        }
        if self.random.percent(if is_location { 20 } else { 10 }) {
            lines.push(self.try_files());
        }
        if is_location && self.random.percent(15) {
            lines.push("proxy_pass http://127.0.0.1:8080".to_owned());
        }
        for _ in 0..2 {
            if self.random.percent(10) {
                lines.push(self.random.pick(ADDRESS_RULES).to_owned());
            }
            if self.random.percent(10) {
                lines.push(self.random.pick(ERROR_PAGES).to_owned());
            }
        }
        if self.random.percent(8) {
            lines.push("auth_basic closed".to_owned());
        } else if self.random.percent(5) {
            lines.push("auth_basic off".to_owned());
        }
        for (chance, line) in [
            (6, "auth_basic_user_file /etc/nginx/users"),
            (12, "satisfy any"),
            (4, "index none.html /b/index.html"),
            (4, "index page.html index.php index.html"),
            (4, "autoindex on"),
            (3, "absolute_redirect off"),
            (3, "port_in_redirect off"),
            (3, "recursive_error_pages on"),
        ] {
            if self.random.percent(chance) {
                lines.push(line.to_owned());
            }
        }
        if self.random.percent(if is_location { 6 } else { 4 }) {
            lines.push(format!("auth_request {}", self.random.pick(ASKED)));
        }
        if is_location && self.random.percent(4) {
            lines.push("internal".to_owned());
        }
        if is_location && self.random.percent(2) {
            lines.push("empty_gif".to_owned());
        }
        let mut lines: Vec<_> = lines.iter().map(|line| statement(line)).collect();
        if is_location && self.random.percent(10) {
            lines.push(self.limit_except());
        }
        self.shuffled(lines).concat()
    }

    fn limit_except(&mut self) -> String {
        let mut text = format!("limit_except {} {{\n", self.random.pick(LIMITED));
        for _ in 0..self.random.below(3) {
            text.push_str(&statement(self.random.pick(ADDRESS_RULES)));
        }
        let realm = self.random.pick(&["auth_basic closed", "auth_basic off"]);
        for (chance, line) in [
            (20, realm),
            (20, "auth_basic_user_file /etc/nginx/users"),
            (15, "proxy_pass http://127.0.0.1:8080"),
        ] {
            if self.random.percent(chance) {
                text.push_str(&statement(line));
            }
        }
        text.push_str("}\n");
        text
    }

    fn try_files(&mut self) -> String {
        let mut words = vec!["try_files"];
        for _ in 0..=self.random.below(2) {
            words.push(self.random.pick(TRIED));
        }
        words.push(self.random.pick(TRY_LAST));
        words.join(" ")
    }

    /// Statements of code.
    fn code(&mut self, kind: Kind) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(2) {
            if self.random.percent(45) {
                text.push_str(&self.condition(kind));
            } else {
                text.push_str(&self.statement());
            }
        }
        text
    }

    fn condition(&mut self, kind: Kind) -> String {
        let condition = self.random.pick(CONDITIONS);
        let mut text = format!("if ({condition}) {{\n");
        for _ in 0..=self.random.below(2) {
            let statement = self.statement();
            text.push_str(&statement);
        }
        if kind != Kind::Server {
            if self.random.percent(25) {
                text.push_str(&statement(&format!("root {}", self.random.pick(ROOTS))));
            }
            if self.random.percent(15) {
                text.push_str("proxy_pass http://127.0.0.1:8080;\n");
            }
            if self.random.percent(15) {
                text.push_str(&statement(self.random.pick(ERROR_PAGES)));
            }
            // It keeps the name of the location around it.
            text.push_str(&header(&format!("l{}", self.blocks)));
        }
        text.push_str("}\n");
        text
    }

    fn statement(&mut self) -> String {
        let line = match self.random.below(10) {
            0..=2 => self.random.pick(RETURNS).to_owned(),
            3 => format!("return 200 \"{}\"", self.random.pick(BODIES)),
            4..=6 => {
                let flag =
                    self.random.pick(&["", "", " last", " break", " permanent", " redirect"]);
                let (regex, to) = (self.random.pick(REGEXES), self.random.pick(REWRITES));
                format!("rewrite \"{regex}\" \"{to}\"{flag}")
            }
            7 => "break".to_owned(),
            _ => self.random.pick(SETS).to_owned(),
        };
        format!("{line};\n")
    }

    fn shuffled(&mut self, mut all: Vec<String>) -> Vec<String> {
        for last in (1..all.len()).rev() {
            all.swap(last, self.random.below(last + 1));
        }
        all
    }
}

/// Whether nginx lets a location of this text stand inside another.
fn fits(text: &str, parent: &str, kind: Kind) -> bool {
    match kind {
        Kind::Server => true,
        _ => text.starts_with(parent),
    }
}

fn statement(words: &str) -> String {
    format!("{words};\n")
}

fn header(label: &str) -> String {
    format!("add_header X-Block {label} always; add_header X-Seen \"$seen\" always;\n")
}
