//! Random configurations that nginx accepts, and the machine they are for.
//!
//! Every block says its name: in the header `X-Block` of its answers, and in the variable `$seen`,
//! which the header `X-Seen` shows.

mod code;
mod maps;
mod random;
mod server;
mod settings;
mod site;
mod words;

pub use random::Random;
pub use site::machine;

use words::{ADDRESS_RULES, ERROR_PAGES, EXACTS, PREFIXES, REGEXES};

/// What belongs into the directory of nginx.conf: paths in it and texts.
pub type Texts = Vec<(String, String)>;

/// A configuration in the making.
struct Writer {
    random: Random,
    blocks: usize,
    texts: Texts,
    /// Whether `http` has a certificate for all servers.
    has_certificate: bool,
    /// The sockets so far, and those that have a `default_server`.
    sockets: Vec<&'static str>,
    defaults: Vec<&'static str>,
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

const STUB: &str = "server {
    listen 127.0.0.1:8080;
    set $seen \"\";
    set $flag \"\";
    if ($uri ~ \"^/(?<seg>never)$\") { break; }
    location / { add_header X-Stub yes always; return 200 stub; }
}
";

/// The files of the configuration of this seed.
pub fn configuration(seed: u64) -> Texts {
    let mut writer = Writer::of(seed);
    let mut http = String::new();
    writer.has_certificate = writer.random.percent(70);
    if writer.has_certificate {
        http.push_str(&server::certificate("a.test"));
    }
    if writer.random.percent(60) {
        http.push_str("root /srv/www;\n");
    }
    for (chance, pool) in [(8, ADDRESS_RULES), (10, ERROR_PAGES)] {
        if writer.random.percent(chance) {
            let line = writer.random.pick(pool);
            http.push_str(&statement(line));
        }
    }
    let variables = writer.variables();
    http.push_str(&variables);
    for number in 0..=writer.random.below(4) {
        let server = writer.server(number);
        http.push_str(&server);
    }
    let at_end = writer.random.percent(50);
    let http = if at_end { format!("{http}{STUB}") } else { format!("{STUB}{http}") };
    let user = writer.random.pick(&["root", "root", "www-data", "www-data staff"]);
    let main = format!("user {user};\nevents {{ }}\nhttp {{\n{http}}}\n");
    writer.texts.insert(0, ("nginx.conf".to_owned(), main));
    writer.texts
}

impl Writer {
    fn of(seed: u64) -> Self {
        Self {
            random: Random::of(seed),
            blocks: 0,
            texts: Vec::new(),
            has_certificate: true,
            sockets: Vec::new(),
            defaults: Vec::new(),
        }
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
