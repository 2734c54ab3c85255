//! What can happen, and how the program is to say so.

/// Part of a table.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) situations: &'static [Situation],
}

/// Something that can happen.
pub(super) struct Situation {
    /// In the words of the table.
    pub(super) what: &'static str,
    /// Paths and contents, below a new directory in which the program is started; a path that ends
    /// in a slash is a directory.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// What it is called with; the streams may be redirected.
    pub(super) arguments: &'static str,
    /// Words of the line that the table shows; empty if nothing may be said.
    pub(super) says: &'static str,
    pub(super) code: i32,
}

const GOOD: (&str, &str) = (
    "nginx.conf",
    "events {}\nhttp { server { listen 80; server_name shop.example.com; location ^~ /.well-known/acme-challenge/ { root /srv; } } }\n",
);
const BAD: (&str, &str) = (
    "nginx.conf",
    "events {}\nhttp {\n    server {\n        listen 80;\n        server_name shop.example.com;\n        \
     location /.well-known/acme-challenge/ { root /srv; }\n        \
     location ~ /\\. { deny all; }\n    }\n}\n",
);
const UNKNOWN: (&str, &str) = (
    "nginx.conf",
    "events {}\nhttp { server { listen 80; server_name shop.example.com; \
     location /.well-known/acme-challenge/ { content_by_lua_file /srv/acme.lua; } } }\n",
);

/// What an authority said of the name.
const MESSAGE: (&str, &str) = (
    "letsencrypt.log",
    "Invalid response from http://shop.example.com/.well-known/acme-challenge/TOKEN: 403\n",
);

const SETTINGS: &str = "nginx-acme-lint.toml";

const fn situation(
    what: &'static str,
    files: &'static [(&'static str, &'static str)],
    arguments: &'static str,
    says: &'static str,
    code: i32,
) -> Situation {
    Situation { what, files, arguments, says, code }
}

pub(super) const PARTS: &[Part] = &[
    Part {
        title: "What was found",
        situations: &[
            situation("every name passes", &[GOOD], ".", "looked at", 0),
            situation("an error or a warning", &[BAD], ".", "found", 1),
            situation("the same", &[BAD], "--fail-on never .", "found", 0),
            situation("a name is not judged", &[UNKNOWN], ".", "not judged", 0),
            situation("the same", &[UNKNOWN], "--fail-on unknown .", "not judged", 1),
            situation("there is a patch", &[BAD], "--fix --fail-on never .", "the patch mends", 0),
            situation("the same", &[BAD], "--fix --check --fail-on never .", "the patch mends", 1),
            situation("a rule is not asked", &[BAD], "--ignore challenge .", "1 fails", 0),
            situation(
                "what is wrong becomes known",
                &[BAD],
                "--write-baseline known.json .",
                "known from the baseline",
                0,
            ),
            situation("a challenge fails", &[BAD], "names .", "names: 1 fails", 1),
        ],
    },
    Part {
        title: "What was not read or not understood",
        situations: &[
            situation("a path is not there", &[GOOD], "no-such-path", "cannot read", 2),
            situation(
                "there is no configuration in a directory",
                &[("empty/", "")],
                "empty",
                "cannot read",
                2,
            ),
            situation("standard input is empty", &[], "-", "error:", 2),
            situation("a path is no file", &[("fifo|", "")], "fifo", "cannot read", 2),
            situation(
                "a file that is included is not there",
                &[("nginx.conf", "events {}\nhttp { include gone.conf; }\n")],
                "--format short .",
                "include-unreadable",
                2,
            ),
            situation(
                "no resolver answers",
                &[GOOD],
                "--dns --resolver 127.0.0.1:9 .",
                "error:",
                2,
            ),
            situation(
                "a directory is included",
                &[("nginx.conf", "events {}\nhttp { include conf.d; }\n"), ("conf.d/", "")],
                "--format short .",
                "include-unreadable",
                2,
            ),
            situation(
                "a file includes itself",
                &[("nginx.conf", "events {}\nhttp { include nginx.conf; }\n")],
                "--format short .",
                "include-unreadable",
                2,
            ),
            situation(
                "a pattern matches nothing, and there is no server",
                &[("nginx.conf", "events {}\nhttp { include sites-enabled/*; }\n")],
                "--format short .",
                "include-matches-nothing",
                0,
            ),
            situation(
                "a file ends too early",
                &[("nginx.conf", "events {}\nhttp {\n")],
                "--format short .",
                "error",
                2,
            ),
            situation("there is nothing in nginx.conf", &[("nginx.conf", "")], ".", "looked at", 2),
            situation(
                "there is no server",
                &[("nginx.conf", "events {}\nhttp {}\n")],
                ".",
                "looked at",
                0,
            ),
            situation(
                "a name that is asked for is not there",
                &[GOOD],
                "names --name gone.example.com .",
                "error:",
                2,
            ),
        ],
    },
    Part {
        title: "Wrong usage",
        situations: &[
            situation("an option is unknown", &[GOOD], "--formt json .", "error:", 3),
            situation(
                "an option lacks the one it belongs to",
                &[GOOD],
                "--unsafe-fixes .",
                "error:",
                3,
            ),
            situation("a rule is unknown", &[], "explain challenge-taken-by-regx", "error:", 3),
            situation("a rule or a group is unknown", &[GOOD], "--ignore chalenge .", "error:", 3),
            situation(
                "a setting is unknown",
                &[GOOD, (SETTINGS, "ignroe = [\"tls\"]\n")],
                ".",
                "error:",
                3,
            ),
            situation(
                "a setting names an unknown rule",
                &[GOOD, (SETTINGS, "ignore = [\"tsl\"]\n")],
                ".",
                "error:",
                3,
            ),
            situation("settings are not there", &[GOOD], "--settings gone.toml .", "error:", 3),
            situation(
                "a baseline is something else",
                &[GOOD, ("known.json", "[]")],
                "--baseline known.json .",
                "error:",
                3,
            ),
            situation("a mapped directory is not there", &[], "--map no=/etc/nginx", "error:", 3),
            situation("a format is unknown", &[GOOD], "--format sarf .", "error:", 3),
            situation(
                "a format is asked for twice",
                &[GOOD],
                "--format json --format sarif .",
                "error:",
                3,
            ),
            situation("a file without a format", &[GOOD], "--output report.json .", "error:", 3),
            situation(
                "a report without a file",
                &[GOOD],
                "--format json --output - .",
                "error:",
                3,
            ),
            situation(
                "nginx would read the report",
                &[GOOD],
                "--format json --output nginx.conf .",
                "error:",
                3,
            ),
            situation(
                "the directory of `--root` is none",
                &[GOOD],
                "--root no-such-directory",
                "error:",
                3,
            ),
            situation(
                "there is no nginx below `--root`",
                &[("image/", "")],
                "--root image",
                "error:",
                3,
            ),
            situation(
                "a path lies outside of `--root`",
                &[("image/", ""), GOOD],
                "--root image nginx.conf",
                "error:",
                3,
            ),
            situation(
                "a command comes after an option",
                &[("image/", ""), GOOD],
                "--root image names",
                "error:",
                3,
            ),
            situation(
                "`--root` names a machine that is not asked",
                &[("image/etc/nginx/nginx.conf", GOOD.1)],
                "--probe --root image",
                "error:",
                3,
            ),
            situation(
                "there are several to ask",
                &[("one/nginx.conf", GOOD.1), ("two/nginx.conf", GOOD.1)],
                "--probe one two",
                "error:",
                3,
            ),
            situation(
                "there is no address to ask",
                &[GOOD],
                "--probe --connect localhost .",
                "error:",
                3,
            ),
            situation("a port is none", &[GOOD], "--http-port 70000 .", "error:", 3),
            situation("a resolver is none", &[GOOD], "--dns --resolver dns.example .", "error:", 3),
            situation("a resolver without DNS", &[GOOD], "--resolver 192.0.2.53 .", "error:", 3),
            situation("a URL is none", &[GOOD], "trace example .", "error:", 3),
        ],
    },
    Part {
        title: "Where reports go",
        situations: &[
            situation(
                "the report cannot be written",
                &[GOOD],
                "--format json --output no/such/directory/report.json .",
                "error:",
                2,
            ),
            situation("the disk is full", &[GOOD], ". > /dev/full", "error:", 2),
            situation("nobody reads the report", &[BAD], ". | true", "", 1),
        ],
    },
    Part {
        title: "`--write`",
        situations: &[
            situation(
                "there is nothing to patch",
                &[("root/etc/nginx/nginx.conf", GOOD.1)],
                "--root root --fix --write --no-verify --backup-dir backups",
                "nothing to write",
                0,
            ),
            situation("standard input has no file", &[], "--fix --write -", "error:", 3),
            situation("nothing would test the result", &[BAD], "--fix --write .", "error:", 3),
            situation(
                "backups would lie where nginx reads",
                &[BAD],
                "--fix --write --no-verify --backup-dir backups .",
                "error:",
                3,
            ),
            situation(
                "the patch is applied",
                &[("root/etc/nginx/nginx.conf", BAD.1)],
                "--root root --fix --write --no-verify --backup-dir backups",
                "wrote 1 file",
                0,
            ),
            situation(
                "the test fails with the patch",
                &[("root/etc/nginx/nginx.conf", BAD.1)],
                "--root root --fix --write --verify false --backup-dir backups",
                "error:",
                4,
            ),
            situation(
                "a file has other hard links",
                &[("root/etc/nginx/nginx.conf=", BAD.1)],
                "--root root --fix --write --no-verify --backup-dir backups",
                "error:",
                4,
            ),
            situation(
                "a backup is not there",
                &[],
                "restore --backup-dir backups yesterday",
                "error:",
                4,
            ),
        ],
    },
    Part {
        title: "`diagnose` and `merge`",
        situations: &[
            situation(
                "nginx still answers so",
                &[BAD, MESSAGE],
                "diagnose letsencrypt.log .",
                "still so",
                1,
            ),
            situation(
                "nginx answers differently today",
                &[GOOD, MESSAGE],
                "diagnose letsencrypt.log .",
                "understood",
                0,
            ),
            situation(
                "no message is known",
                &[GOOD, ("hello.txt", "Hello\n")],
                "diagnose hello.txt .",
                "no message",
                2,
            ),
            situation(
                "there is nothing to diagnose",
                &[GOOD, ("empty.txt", "")],
                "diagnose empty.txt .",
                "error:",
                2,
            ),
            situation(
                "a log is compressed",
                &[GOOD, ("letsencrypt.log.bz2", "BZh9")],
                "diagnose letsencrypt.log.bz2 .",
                "error:",
                2,
            ),
            situation("a log is not there", &[GOOD], "diagnose gone.log .", "error:", 2),
            situation("a host has no report", &[], "merge web1.json", "no report of", 2),
        ],
    },
];
