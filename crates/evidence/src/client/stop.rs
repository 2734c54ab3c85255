//! Clients that stop nginx before they renew.

use super::{
    Clients, Hook, Lineage, When,
    reload::{code, is_for_others},
};
use crate::shell::{self, Word};

impl Clients {
    /// Whether a client stops nginx while it renews this certificate, as far as a command tells.
    pub fn stops_nginx(&self, lineage: &Lineage) -> bool {
        const WORDS: [&str; 4] = ["stop", "kill", "quit", "down"];
        let mut hooks = self.hooks_before(lineage);
        hooks.any(|(_, code)| WORDS.iter().any(|word| code.contains(word)))
    }

    /// The hook that stops nginx before anything is ordered, if it is certain that nginx is not there
    /// to answer challenges.
    pub fn stopped_by<'s>(&'s self, lineage: &'s Lineage) -> Option<&'s Hook> {
        let mut stopped = None;
        for (hook, code) in self.hooks_before(lineage) {
            if stops(&code)? {
                stopped = Some(hook);
            }
        }
        stopped
    }

    /// The hooks that run before anything is ordered and may be for nginx, and their commands.
    fn hooks_before<'s>(
        &'s self,
        lineage: &'s Lineage,
    ) -> impl Iterator<Item = (&'s Hook, String)> {
        let hooks = self.hooks_of(lineage);
        let hooks = hooks.filter(|hook| hook.when == When::Before && hook.runs());
        hooks.map(|hook| (hook, code(&hook.text))).filter(|(_, code)| !is_for_others(code))
    }
}

/// Whether commands stop nginx; `None` if one of them is not known.
fn stops(code: &str) -> Option<bool> {
    const HARMLESS: [&str; 6] = ["set", "echo", "logger", "sleep", "true", ":"];
    let mut stops = false;
    for words in shell::commands(code) {
        let is_redirection = |word: &Word| word.as_deref().is_some_and(|word| word.contains('>'));
        let mut words = words.into_iter().filter(|word| !is_redirection(word)).peekable();
        while words.next_if(|word| word.as_deref() == Some("sudo")).is_some() {}
        let Some(program) = words.next() else { continue };
        let program = program?;
        if !HARMLESS.contains(&&*program) {
            let arguments: Vec<String> = words.collect::<Option<_>>()?;
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            if !is_stop(&program, &arguments) {
                return None;
            }
            stops = true;
        }
    }
    Some(stops)
}

/// Whether a command certainly stops nginx.
fn is_stop(program: &str, arguments: &[&str]) -> bool {
    match (program.rsplit('/').next().unwrap_or(program), arguments) {
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
        let is_certain = |text: &str| stops(&code(text.as_bytes())) == Some(true);
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
