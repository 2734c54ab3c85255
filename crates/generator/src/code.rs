//! Code: `if`, `return`, `rewrite`, `set`, `break`.

use super::{
    Kind, Writer, header, maps, statement,
    words::{BODIES, CONDITIONS, ERROR_PAGES, REGEXES, RETURNS, REWRITES, ROOTS, SETS},
};

impl Writer {
    /// Statements of code.
    pub(super) fn code(&mut self, kind: Kind) -> String {
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
        let condition = self.pick_or(CONDITIONS, maps::CONDITIONS);
        let mut text = format!("if ({condition}) {{\n");
        for _ in 0..=self.random.below(2) {
            let statement = self.statement();
            text.push_str(&statement);
        }
        if kind != Kind::Server {
            if self.random.percent(25) {
                text.push_str(&statement(&format!("root {}", self.pick_or(ROOTS, maps::ROOTS))));
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
        let line = match self.random.below(12) {
            10..=11 => self.random.pick(maps::STATEMENTS).to_owned(),
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
}
