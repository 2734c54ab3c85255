//! What is set in a block, code apart.

use super::{
    Kind, Writer, maps, statement,
    words::{ADDRESS_RULES, ALIASES, ASKED, ERROR_PAGES, LIMITED, ROOTS, TRIED, TRY_LAST},
};

impl Writer {
    pub(super) fn settings(&mut self, kind: Kind) -> String {
        let mut lines = Vec::new();
        let is_location = kind != Kind::Server;
        match self.random.below(100) {
            0..=29 => lines.push(format!("root {}", self.pick_or(ROOTS, maps::ROOTS))),
            30..=44 if is_location && kind != Kind::Named => {
                lines.push(format!("alias {}", self.random.pick(ALIASES)));
            }
            _ => {}
        }
        if self.random.percent(if is_location { 20 } else { 10 }) {
            lines.push(self.try_files());
        }
        if is_location && self.random.percent(15) {
            // Only where the start of the path is known may another take its place.
            let may_replace = matches!(kind, Kind::Prefix | Kind::Exact);
            let path = if may_replace { self.random.pick(&["", "", "/", "/b/"]) } else { "" };
            lines.push(format!("proxy_pass http://127.0.0.1:8080{path}"));
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
        let rule = self.random.pick(&["on", "if_not_owner from=/srv", "off"]);
        let rule = &*format!("disable_symlinks {rule}");
        for (chance, line) in [
            (6, "auth_basic_user_file /etc/nginx/users"),
            (12, "satisfy any"),
            (4, "index none.html /b/index.html"),
            (4, "index page.html index.php index.html"),
            (4, "autoindex on"),
            (3, rule),
            (2, "mirror /a/b"),
            (2, "post_action /a/b"),
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
            words.push(self.pick_or(TRIED, maps::TRIED));
        }
        words.push(self.random.pick(TRY_LAST));
        words.join(" ")
    }
}
