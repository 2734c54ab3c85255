//! Servers, and the sockets that they share.

use super::{Kind, Writer, statement, words::NAMES};

/// Ways to `listen`, and the sockets that they make.
const LISTENS: &[(&[&str], &str)] = &[
    (&["*:80"], "80"),
    (&["*:80"], "80"),
    (&["*:80"], "*:80"),
    (&["*:80"], "*"),
    (&["*:80"], "0.0.0.0:80"),
    (&["192.0.2.10:80"], "192.0.2.10:80"),
    (&["192.0.2.11:80"], "192.0.2.11"),
    (&["127.0.0.1:80"], "localhost"),
    (&["[::]:80"], "[::]:80"),
    (&["[::]:80"], "[::]"),
    (&["[2001:db8::10]:80"], "[2001:db8::10]"),
    (&["unix:/run/a.sock"], "unix:/run/a.sock"),
    (&["*:8081"], "8081"),
    (&["*:8081", "*:8082", "*:8083"], "8081-8083"),
    (&["192.0.2.10:8082", "192.0.2.10:8083"], "192.0.2.10:8082-8083"),
    (&["*:8083"], "*:8083"),
    (&["[::]:8084"], "[::]:8084"),
    (&["*:443"], "443 ssl"),
    (&["*:443"], "443 ssl"),
    (&["*:443"], "443 ssl"),
    (&["*:443"], "443"),
    (&["192.0.2.10:443"], "192.0.2.10:443 ssl"),
    (&["[::]:443"], "[::]:443 ssl"),
];

impl Writer {
    pub(super) fn server(&mut self, number: usize) -> String {
        let mut text = format!("server {{ {}\n", self.label('s'));
        let mut own = Vec::new();
        // The default server of a TLS socket needs a certificate, whatever that of the others.
        let mut needs_certificate = false;
        for _ in 0..self.random.below(8) {
            let (sockets, listen) = self.random.pick(LISTENS);
            if sockets.iter().any(|socket| own.contains(socket)) {
                continue;
            }
            own.extend(sockets);
            let is_taken = sockets.iter().any(|socket| self.defaults.contains(socket));
            let is_default = !is_taken && self.random.percent(15);
            if is_default {
                self.defaults.extend(sockets);
            }
            let is_first = sockets.iter().any(|socket| !self.sockets.contains(socket));
            needs_certificate |= (is_default || is_first) && sockets[0].ends_with(":443");
            self.sockets.extend(sockets);
            let flag = if is_default { " default_server" } else { "" };
            text.push_str(&statement(&format!("listen {listen}{flag}")));
        }
        if needs_certificate && !self.has_certificate || self.random.percent(30) {
            text.push_str(&certificate(self.random.pick(&["b.test", "c.test"])));
        }
        for _ in 0..self.random.below(3) {
            let names: Vec<_> =
                (0..=self.random.below(2)).map(|_| self.random.pick(NAMES)).collect();
            text.push_str(&statement(&format!("server_name {}", names.join(" "))));
        }
        if number > 0 && self.has_certificate && self.random.percent(6) {
            text.push_str("ssl_reject_handshake on;\n");
        }
        if self.random.percent(6) {
            let mode = self.random.pick(&["on", "optional"]);
            text.push_str(&statement(&format!("ssl_verify_client {mode}")));
            text.push_str("ssl_client_certificate /etc/letsencrypt/live/a.test/fullchain.pem;\n");
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
}

pub(super) fn certificate(name: &str) -> String {
    format!(
        "ssl_certificate /etc/letsencrypt/live/{name}/fullchain.pem;
ssl_certificate_key /etc/letsencrypt/live/{name}/privkey.pem;\n"
    )
}
