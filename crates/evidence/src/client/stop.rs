//! Clients that stop nginx before they renew.

use std::path::Path;

use super::{Clients, Hook, Lineage, When, reload::is_for_others};

impl Clients {
    /// Whether a client stops nginx while it renews this certificate, as far as a command tells.
    pub fn stops_nginx(&self, lineage: &Lineage) -> bool {
        const WORDS: [&[u8]; 4] = [b"stop", b"kill", b"quit", b"down"];
        self.hooks_before(lineage)
            .filter(|hook| !is_for_others(hook))
            .any(|hook| WORDS.iter().any(|word| memchr::memmem::find(&hook.text, word).is_some()))
    }

    /// The hook that stops nginx before anything is ordered, if it is certain that nginx is not there
    /// to answer challenges.
    pub fn stopped_by<'s>(&'s self, lineage: &'s Lineage) -> Option<&'s Hook> {
        let mut stops = None;
        for hook in self.hooks_before(lineage).filter(|hook| !is_for_others(hook)) {
            if effect(&hook.text)? == Effect::Stops {
                stops = Some(hook);
            }
        }
        stops
    }

    fn hooks_before<'s>(&'s self, lineage: &'s Lineage) -> impl Iterator<Item = &'s Hook> {
        self.hooks_of(lineage).filter(|hook| hook.when == When::Before && hook.runs())
    }
}

/// What commands do to nginx.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Stops,
}

/// What commands do to nginx; `None` if one of them is not known.
fn effect(text: &[u8]) -> Option<Effect> {
    // That is no end of a command.
    let text = std::str::from_utf8(text).ok()?.replace(">&", ">");
    let mut effect = Effect::Nothing;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let commands = lines.flat_map(|line| line.split([';', '&', '|']));
    for command in commands {
        let words = command.split_whitespace().skip_while(|word| *word == "sudo");
        let words: Vec<_> = words.filter(|word| !word.contains('>')).collect();
        let Some((program, arguments)) = words.split_first() else { continue };
        let name = Path::new(program).file_name()?.to_str()?;
        match (name, arguments) {
            ("set" | "echo" | "logger" | "sleep" | "true" | ":", _) => {}
            _ if stops(program, name, arguments) => effect = Effect::Stops,
            _ => return None,
        }
    }
    Some(effect)
}

fn stops(program: &str, name: &str, arguments: &[&str]) -> bool {
    match (name, arguments) {
        ("systemctl", ["stop", units @ ..]) => {
            units.iter().any(|unit| matches!(*unit, "nginx" | "nginx.service"))
        }
        ("service" | "rc-service", ["nginx", "stop"])
        | ("nginx", ["-s", "stop" | "quit"])
        | ("killall" | "pkill", ["nginx"]) => true,
        ("nginx", ["stop"]) => program.contains("/init.d/") || program.contains("/rc.d/"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_are_known_stop_nginx_for_certain() {
        let is_certain = |text: &str| effect(text.as_bytes()) == Some(Effect::Stops);
        for text in [
            "systemctl stop nginx",
            "/usr/bin/systemctl stop haproxy nginx.service >/dev/null 2>&1 || true",
            "sudo service nginx stop; sleep 1",
            "nginx -s quit",
            "/etc/init.d/nginx stop",
            "#!/bin/sh\nset -e\n# nginx is in the way\nnginx -s stop\n",
        ] {
            assert!(is_certain(text), "{text}");
        }
        for text in [
            "systemctl stop nginx && systemctl start nginx",
            "systemctl reload nginx",
            "systemctl stop apache2",
            "pkill -HUP nginx",
            "pgrep nginx && nginx -s stop",
            "/usr/local/bin/stop-nginx",
            "docker stop nginx",
            "nginx stop",
        ] {
            assert!(!is_certain(text), "{text}");
        }
    }
}
