//! Who tells nginx to read a certificate that was renewed.

use super::{Client, Clients, Hook, Lineage, Method, Schedule, ScheduleKind, When};
use crate::shell::{self, Word};

/// Who tells nginx to read a renewed certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The client itself, or nginx's own module.
    Client,
    /// A hook: it names nginx.
    Hook,
    /// A crontab or a timer, whatever was renewed.
    AtTimes,
    /// Perhaps a hook, which does not name nginx, nor only what is nothing to nginx.
    OtherHook,
    /// Perhaps what starts the renewals, which cannot be read.
    Unread,
    /// Nobody.
    Nobody,
}

impl Clients {
    /// Who tells nginx to read a certificate once it is renewed.
    pub fn reload(&self, lineage: &Lineage) -> Reload {
        let by_itself = lineage.installer.as_deref().is_some_and(|plugin| plugin.contains("nginx"))
            || lineage.method == Some(Method::Module);
        let comes_later = |hook: &&Hook| hook.when != When::Before && hook.runs();
        let hooks = self.hooks_of(lineage).filter(comes_later).map(|hook| effect(&hook.text));
        let of_hooks = hooks.max().unwrap_or(Effect::Nothing);
        if by_itself {
            Reload::Client
        } else if of_hooks == Effect::Reload {
            Reload::Hook
        } else if self.reload_at_times {
            Reload::AtTimes
        } else if of_hooks == Effect::Unknown {
            Reload::OtherHook
        } else if self.is_started_unread(lineage.client) {
            Reload::Unread
        } else {
            Reload::Nobody
        }
    }

    /// Whether all that may start the renewals of a client is what cannot be read.
    fn is_started_unread(&self, client: Client) -> bool {
        let own = || self.schedules.iter().filter(|schedule| schedule.client == client);
        let is_unread = |schedule: &Schedule| schedule.kind == ScheduleKind::Unread;
        own().any(is_unread) && !own().any(|schedule| schedule.kind.runs())
    }
}

/// What a hook does to nginx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Nothing,
    Unknown,
    Reload,
}

/// Other names of nginx.
pub(super) const NGINX: [&str; 4] = ["nginx", "openresty", "angie", "tengine"];

/// What may do anything to anything.
const ANYTHING: [&str; 3] = ["docker", "podman", "kill"];

/// What is no nginx.
const OTHERS: [&str; 14] = [
    "apache2",
    "httpd",
    "postfix",
    "dovecot",
    "exim",
    "haproxy",
    "coturn",
    "prosody",
    "ejabberd",
    "proftpd",
    "vsftpd",
    "mosquitto",
    "murmur",
    "slapd",
];

/// What a hook does that may be a command or a script.
fn effect(text: &[u8]) -> Effect {
    let code = code(text);
    if does_nothing(&code) || is_for_others(&code) {
        Effect::Nothing
    } else if has_any(&code, &NGINX) {
        Effect::Reload
    } else {
        Effect::Unknown
    }
}

/// A command or a script without the lines that are comments.
pub(super) fn code(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let is_code = |line: &&str| !line.trim_start().starts_with('#');
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

fn has_any(code: &str, words: &[&str]) -> bool {
    words.iter().any(|word| code.contains(word))
}

/// Whether commands certainly do nothing to nginx: they name what else they are for.
pub(super) fn is_for_others(code: &str) -> bool {
    has_any(code, &OTHERS) && !has_any(code, &NGINX) && !has_any(code, &ANYTHING)
}

/// Whether there are no commands but such as tell somebody, or copy something.
fn does_nothing(code: &str) -> bool {
    const HARMLESS: [&str; 22] = [
        ":", "cat", "chgrp", "chmod", "chown", "cp", "curl", "date", "echo", "exit", "install",
        "logger", "mail", "mailx", "mkdir", "printf", "sendmail", "set", "sleep", "true", "umask",
        "wget",
    ];
    // A service that is asked may reload nginx.
    const ASKED: [&str; 8] =
        ["hook", "reload", "restart", "localhost", "127.", "::1", "socket", "$"];
    let asks = code.contains("curl") || code.contains("wget");
    let may_ask = asks && ASKED.iter().any(|word| code.contains(word));
    // What another process waits for, and what only a shell knows.
    let may_tell = code.contains("$(") || code.contains('`') || code.contains("<(");
    let writes = code.replace(">/dev/null", "").replace("> /dev/null", "").replace(">&", "");
    if may_ask || may_tell || writes.replace(">>", "").contains('>') {
        return false;
    }
    shell::commands(code).iter().all(|words| {
        let is_set = |word: &&Word| word.as_deref().is_some_and(is_assignment);
        words.iter().find(|word| !is_set(word)).is_none_or(|word| {
            let name = word.as_deref().map(|word| word.rsplit('/').next().unwrap_or(word));
            name.is_some_and(|name| HARMLESS.contains(&name))
        })
    })
}

/// Whether a word sets a variable.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_that_only_tells_or_copies_does_nothing() {
        for text in [
            "echo done | mail root",
            "echo nginx will see it >/dev/null 2>&1",
            "cp $RENEWED_LINEAGE/fullchain.pem /srv/mail/",
            "curl -fsS https://monitor.example.com/ping",
            "#!/bin/sh\n# systemctl reload nginx\n",
            "#!/bin/sh\nset -e\nDIR=/srv/mail\ncp \"$RENEWED_LINEAGE/privkey.pem\" $DIR\n",
            "systemctl reload postfix",
        ] {
            assert_eq!(effect(text.as_bytes()), Effect::Nothing, "{text}");
        }
    }

    #[test]
    fn a_hook_that_may_do_anything_may_reload_nginx() {
        for text in [
            "/usr/local/sbin/deploy",
            "echo $(/usr/local/sbin/deploy)",
            "echo renewed | /usr/local/sbin/deploy",
            "echo renewed > /run/deploy.fifo",
            "curl -X POST http://localhost:9000/x",
            "$DEPLOY",
            "docker kill -s HUP web",
            "import os\nos.system('x')",
        ] {
            assert_eq!(effect(text.as_bytes()), Effect::Unknown, "{text}");
        }
        assert_eq!(effect(b"echo done; nginx -s reload"), Effect::Reload);
    }
}
