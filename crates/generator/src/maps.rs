//! Random `map`, `geo` and `split_clients`, and what uses their variables.

use super::{Writer, statement};

/// What may stand where the words of the other pools may, now and then.
pub(super) const CONDITIONS: &[&str] = &[
    "$map_a",
    "$map_a = 1",
    "$map_b ~ ^(.)(.*)",
    "$map_b !~ (d)ir",
    "$map_c = \"\"",
    "$map_c",
    "$geo_a",
    "$geo_b = a",
    "$geo_b ~ (b)",
    "$map_a = $1",
    "-f /srv/www$map_b",
    "$cookie_id = 7",
    "$arg_y",
    "$realpath_root = /srv/www",
    "$ssl_server_name = a.test",
    // Nobody knows these in advance.
    "$request_id ~ ^[0-7]",
    "$request_id ~ \"^(.)\"",
    "$split",
    "$split = a",
    "$chance",
];

pub(super) const STATEMENTS: &[&str] = &[
    "set $flag $map_a",
    "set $flag \"$map_b\"",
    "set $map_a 1",
    "set $map_c \"\"",
    "set $geo_a x",
    "set $arg_x /a",
    "set $http_x_test 5",
    "set $flag $split",
    "return 200 \"<$map_a> <$map_b> <$map_c>\"",
    "return 200 \"<$geo_a> <$geo_b>\"",
    "return 200 \"$1 $2 $map_b $1\"",
    "return 200 \"$map_a $1 $2 $seg\"",
    "return 200 \"$cookie_id $http_cookie $cookie_none $arg_ $arg_y\"",
    "return 200 \"$realpath_root $realip_remote_addr $binary_remote_addr\"",
    "return 200 \"$request $content_length $content_type $remote_user $server_protocol\"",
    "return 200 \"$ssl_server_name $ssl_client_verify $ssl_client_s_dn\"",
    "return 200 \"$http_x_test $request_body $request_completion $pipe $upstream_addr\"",
    "return 301 https://$host/$map_b",
    "return 302 /$map_a$1",
    "return 403 $split",
    "rewrite ^/(.*)$ /$map_c/$1 break",
    "rewrite ^/a(.*)$ /$map_b",
    "rewrite ^/(.*)$ /b?m=$map_a&n=$1",
    "rewrite ^/(.)(.*)$ https://$host/$map_b/$2?x=$1 redirect",
    "rewrite ^ /x$split",
];

pub(super) const ROOTS: &[&str] = &["/srv/www$map_a", "/srv$map_b", "/srv/$1$map_c"];

pub(super) const TRIED: &[&str] = &["$map_b", "/$map_a", "$uri$map_c", "$map_b/", "/$geo_a/"];

const SOURCES: &[&str] = &[
    "$arg_x",
    "$arg_x",
    "$arg_x",
    "$uri",
    "$uri",
    "$host",
    "$host",
    "$http_x_test",
    "$request_uri",
    "$args",
    "\"$scheme:$request_method\"",
    "\"${host}$uri\"",
    "\"$1\"",
    "$flag",
    "$seg",
    "$cookie_id",
    "constant",
    "$split",
];

const KEYS: &[&str] = &[
    "\"\"",
    "a.test",
    "A.TEST",
    "www.a.test",
    "b.test",
    "test",
    "0",
    "1",
    "7",
    "/a",
    "/a/b",
    "/DIR/",
    "/dir/page.html",
    "http:GET",
    "constant",
    "\\default",
    "\\~x",
    "\\.a.test",
    "x=1",
];

const HOSTS: &[&str] = &[
    ".a.test",
    "*.a.test",
    "*.test",
    ".test",
    "a.*",
    "www.a.*",
    ".b.test",
    "*.x.a.test",
    "www.*",
    "a.x.*",
];

const REGEXES: &[&str] = &[
    "~^/([^/]+)/(.*)$",
    "~^/(?<seg>[^/]+)",
    "~*HTML$",
    "~*^(A)\\.test",
    "~^(w+)(\\d*)\\.",
    "~/(a|dir)",
    "~.",
    "~(.)$",
    "~",
    "~*",
    "~^(?<flag>.)x?",
    "~^a\\.(x)?",
];

const RESULTS: &[&str] = &[
    "1",
    "1",
    "0",
    "\"\"",
    "/dir",
    "/a.txt",
    "/www",
    "\"$1\"",
    "\"$1-$2\"",
    "\"$uri\"",
    "\"x$flag\"",
    "\"${arg_x}y\"",
    "$seg",
    "@one",
];

const NETWORKS: &[&str] = &[
    "default",
    "203.0.113.0/24",
    "203.0.113.5",
    "203.0.113.5/30",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "255.255.255.255",
    "2001:db8::/32",
    "2001:db8::5",
    "::/0",
    "1.2.3.0/24",
    "delete 203.0.113.5",
    "delete 203.0.113.0/24",
    "delete 0.0.0.0/0",
    "proxy 10.0.0.0/8",
];

/// From large to small, because nginx refuses a range around an earlier one.
const RANGES: &[&str] = &[
    "1.0.0.0-5.255.255.255",
    "203.0.0.0-203.0.255.255",
    "203.0.113.0-203.0.113.255",
    "203.0.113.0-203.0.113.7",
    "203.0.113.4-203.0.113.7",
    "203.0.113.5-203.0.113.5",
];

impl Writer {
    /// The blocks that define all variables of this module.
    pub(super) fn variables(&mut self) -> String {
        let mut blocks = vec![
            self.map(
                "$map_a",
                &["$map_b", "\"$map_b$map_c\"", "$geo_a"],
                &["$map_c", "\"$map_b$1\""],
            ),
            self.map("$map_b", &["$map_c", "$geo_b"], &["\"$map_c\"", "\"$1$map_c\""]),
            self.map("$map_c", &["$geo_b"], &["$geo_a"]),
            self.geo("$geo_a"),
            self.geo("$geo_b"),
            self.split(),
        ];
        blocks.push("map $request_id $chance { ~^[0-9] 1; default \"\"; }\n".to_owned());
        self.shuffled(blocks).concat()
    }

    /// A word of the usual ones, or now and then one of these.
    pub(super) fn pick_or(
        &mut self,
        usual: &[&'static str],
        computed: &[&'static str],
    ) -> &'static str {
        let pool = if self.random.percent(20) { computed } else { usual };
        self.random.pick(pool)
    }

    fn map(
        &mut self,
        variable: &str,
        sources: &[&'static str],
        results: &[&'static str],
    ) -> String {
        let source = if self.random.percent(25) {
            self.random.pick(sources)
        } else {
            self.random.pick(SOURCES)
        };
        let mut text = format!("map {source} {variable} {{\n");
        let mut is_host = false;
        let mut taken: Vec<String> = Vec::new();
        let mut has_default = false;
        for _ in 0..self.random.below(8) {
            let result = if self.random.percent(15) {
                self.random.pick(results)
            } else {
                self.random.pick(RESULTS)
            };
            let key = match self.random.below(12) {
                0 if !is_host => {
                    is_host = true;
                    text.push_str("hostnames;\n");
                    continue;
                }
                1 if !has_default => {
                    has_default = true;
                    "default"
                }
                2 if self.random.percent(50) => {
                    text.push_str("volatile;\n");
                    continue;
                }
                3..=5 => self.random.pick(REGEXES),
                6..=8 => self.random.pick(HOSTS),
                _ => self.random.pick(KEYS),
            };
            let names = if key == "default" || key.starts_with('~') {
                Vec::new()
            } else {
                names(key, is_host)
            };
            if names.iter().any(|name| taken.contains(name)) {
                continue;
            }
            taken.extend(names);
            let quoted = if key.starts_with('~') { format!("\"{key}\"") } else { key.to_owned() };
            text.push_str(&statement(&format!("{quoted} {result}")));
        }
        text.push_str("}\n");
        text
    }

    fn geo(&mut self, variable: &str) -> String {
        let source = if self.random.percent(40) { "$arg_x " } else { "" };
        let mut text = format!("geo {source}{variable} {{\n");
        if self.random.percent(35) {
            text.push_str("ranges;\n");
            for &range in RANGES {
                if self.random.percent(50) {
                    let value = self.random.pick(&["a", "b", "1", "\"\"", "$uri"]);
                    text.push_str(&statement(&format!("{range} {value}")));
                }
                if self.random.percent(10) {
                    let range = self.random.pick(RANGES);
                    text.push_str(&statement(&format!("delete {range}")));
                }
            }
            if self.random.percent(50) {
                text.push_str("default c;\n");
            }
        } else {
            for _ in 0..self.random.below(6) {
                let network = self.random.pick(NETWORKS);
                let value = match network.split_once(' ') {
                    Some(_) => "",
                    None => self.random.pick(&[" a", " b", " 1", " \"\"", " $uri"]),
                };
                text.push_str(&statement(&format!("{network}{value}")));
            }
        }
        text.push_str("}\n");
        text
    }

    fn split(&mut self) -> String {
        let source = self.random.pick(&["$arg_x", "$request_id", "\"${uri}x\""]);
        let parts = self.random.pick(&[
            "50% a; * \"\";",
            "50% 1;",
            "* a;",
            "100% a;",
            "30% a; 70% b;",
            "20% a; * a;",
        ]);
        format!("split_clients {source} $split {{ {parts} }}\n")
    }
}

/// What nginx keeps of a key, to refuse a second one (`ngx_hash_add_key`).
fn names(key: &str, is_host: bool) -> Vec<String> {
    let key = key.strip_prefix('\\').unwrap_or(key).trim_matches('"').to_ascii_lowercase();
    if !is_host {
        return vec![key];
    }
    if let Some(name) = key.strip_prefix('.') {
        vec![name.to_owned(), format!("head {name}")]
    } else if let Some(name) = key.strip_prefix("*.") {
        vec![format!("head {name}")]
    } else if let Some(name) = key.strip_suffix(".*") {
        vec![format!("tail {name}")]
    } else {
        vec![key]
    }
}
