//! What command lines and scripts do that start at intervals: read, never run.

use std::path::Path;

use model::{FileSystem, Lookup};

use crate::{
    client::{
        Client,
        reload::{NGINX, is_assignment},
    },
    shell::{self, Word},
};

/// What a command line does, as far as it can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Does {
    /// It starts the client.
    pub(super) starts: bool,
    /// It has nginx reload.
    pub(super) reloads: bool,
    /// It calls something of the administrator's that cannot be read.
    pub(super) is_unread: bool,
}

/// A client, and where to look for scripts.
#[derive(Clone, Copy)]
pub(super) struct Reader<'r> {
    pub(super) client: Client,
    pub(super) file_system: &'r dyn FileSystem,
}

/// Whence commands are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A line of a crontab or of a unit.
    Line,
    /// A script that starts by itself.
    Script,
    /// A script that one of these calls.
    Called,
}

/// What neither starts what it names nor calls it.
const QUIET: [&str; 34] = [
    "[", "[[", "test", "command", "type", "which", "hash", "echo", "printf", "logger", "mail",
    "cd", "cat", "cp", "mv", "rm", "ls", "ln", "tar", "rsync", "find", "grep", "touch", "mkdir",
    "chmod", "chown", "sleep", "true", "pip", "pip3", "apt", "apt-get", "dnf", "yum",
];

/// What runs the words behind it.
const WRAPPERS: [&str; 25] = [
    "sh",
    "bash",
    "dash",
    "ash",
    "zsh",
    "ksh",
    "env",
    "nice",
    "ionice",
    "timeout",
    "flock",
    "chronic",
    "cronic",
    "sudo",
    "doas",
    "exec",
    "time",
    "python",
    "python3",
    "perl",
    "php",
    "nohup",
    "run-one",
    "systemd-cat",
    "su",
];

/// What stands in front of commands in a script.
const KEYWORDS: [&str; 11] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "(", "&&"];

/// Where what a system brings along lies, and what is no program.
const SYSTEM: [&str; 15] = [
    "/bin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/lib/",
    "/usr/libexec/",
    "/usr/share/",
    "/lib/",
    "/dev/",
    "/proc/",
    "/run/",
    "/var/log/",
    "/var/lock/",
    "/var/run/",
    "/tmp/",
];

/// The names that scripts for renewals have.
const HINTS: [&str; 5] = ["renew", "letsencrypt", "lets-encrypt", "certbot", "acme"];

/// What is longer is no script.
const LONGEST: u64 = 256 * 1024;

impl Reader<'_> {
    /// What a command of a crontab or a unit does.
    pub(super) fn of_line(self, line: &str) -> Does {
        self.of(line, Source::Line)
    }

    /// What a script does.
    pub(super) fn of_script(self, script: &[u8]) -> Does {
        self.of(&String::from_utf8_lossy(script), Source::Script)
    }

    fn of(self, text: &str, source: Source) -> Does {
        let mut does = Does { reloads: reloads(text), ..Does::default() };
        for words in shell::commands(text) {
            let is_in_front = |word: &Word| {
                word.as_deref().is_some_and(|word| KEYWORDS.contains(&word) || is_assignment(word))
            };
            let Some(start) = words.iter().position(|word| !is_in_front(word)) else { continue };
            let words = &words[start..];
            let head = words[0].as_deref().map_or("", base);
            if QUIET.contains(&head) {
                continue;
            }
            let known = words.iter().flatten().flat_map(|word| word.split_whitespace());
            does.starts |= known.clone().any(|word| self.is_program(word));
            let called = if WRAPPERS.contains(&head) { words.len() } else { 1 };
            for word in &words[..called] {
                match word {
                    Some(text) => {
                        text.split_whitespace()
                            .for_each(|word| self.follow(word, source, &mut does));
                    }
                    None => does.is_unread |= source == Source::Line,
                }
            }
            does.is_unread |= head == "run-parts"
                && known.clone().any(|word| {
                    word.starts_with('/')
                        && !word.starts_with("/etc/cron.")
                        && !word.starts_with("/etc/periodic/")
                });
        }
        does
    }

    /// Looks into a script that is called.
    fn follow(self, word: &str, source: Source, does: &mut Does) {
        let word = word.trim_start_matches(['(', '@', '-', '+', '!']).trim_end_matches(')');
        if !word.starts_with('/') {
            let name = base(word);
            let is_path = word.contains('/') && source == Source::Line;
            does.is_unread |=
                is_path || !self.is_program(word) && HINTS.iter().any(|hint| name.contains(hint));
            return;
        }
        if SYSTEM.iter().any(|system| word.starts_with(system)) {
            return;
        }
        let path = Path::new(word);
        let size = self.file_system.stat(path).found().map_or(0, |stat| stat.size);
        if size > LONGEST {
            return;
        }
        match self.file_system.read(path) {
            Lookup::Found(bytes) if bytes.contains(&0) => {}
            Lookup::Found(_) if source == Source::Called => does.is_unread = true,
            Lookup::Found(bytes) => {
                let called = self.of(&String::from_utf8_lossy(&bytes), Source::Called);
                does.starts |= called.starts;
                does.reloads |= called.reloads;
                does.is_unread |= called.is_unread;
            }
            Lookup::Absent | Lookup::Unknowable(_) => does.is_unread = true,
        }
    }

    /// Whether a word is the client, or an image of it.
    fn is_program(self, word: &str) -> bool {
        let names: &[&str] = match self.client {
            Client::Certbot => &["certbot", "letsencrypt"],
            Client::AcmeSh => &["acme.sh"],
            Client::Dehydrated => &["dehydrated"],
            Client::Lego => &["lego"],
            Client::NginxModule => &[],
        };
        let word = word.trim_start_matches(['(', '@', '-', '+', '!']).trim_end_matches(')');
        let is_own = |name: &str| {
            let is_called_so = |own: &&str| {
                let rest = name.strip_prefix(*own);
                rest.is_some_and(|rest| !rest.starts_with(|one: char| one.is_alphanumeric()))
            };
            names.iter().any(is_called_so)
        };
        let is_state = ["/etc/", "/var/"].iter().any(|place| word.starts_with(place));
        !is_state && is_own(base(word)) || word.starts_with("certbot/") && is_own("certbot")
    }
}

/// Whether a text has nginx read its files again.
pub(super) fn reloads(text: &str) -> bool {
    const VERBS: [&str; 3] = ["reload", "restart", "HUP"];
    let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let is_in =
        |words: &[&str]| code.clone().any(|line| words.iter().any(|word| line.contains(word)));
    is_in(&NGINX) && is_in(&VERBS)
}

/// The last part of a path.
fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
