//! The table of `docs/exit-codes.md`: each of its situations is made, and the program run in it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const START: &str = "<!-- situations: made by running the program in each -->\n";
const END: &str = "<!-- end of situations -->\n";

/// Part of a table.
struct Part {
    title: &'static str,
    situations: &'static [Situation],
}

/// Something that can happen.
struct Situation {
    /// In the words of the table.
    what: &'static str,
    /// Paths and contents, below a new directory in which the program is started; a path that ends
    /// in a slash is a directory.
    files: &'static [(&'static str, &'static str)],
    /// What it is called with; the streams may be redirected.
    arguments: &'static str,
    /// Words of the line that the table shows; empty if nothing may be said.
    says: &'static str,
    code: i32,
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

const PARTS: &[Part] = &[
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
            situation("a port is none", &[GOOD], "--http-port 70000 .", "error:", 3),
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
];

/// The page with its table as it should be.
pub(crate) fn in_page(page: &str) -> Result<String, String> {
    let missing = || format!("no table stands between\n{START}{END}");
    let (before, rest) = page.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let mut text = String::new();
    for Part { title, situations } in PARTS {
        text += &[
            "\n## ",
            title,
            "\n\n| situation | nginx-acme-lint … | says | code |\n|---|---|---|---|\n",
        ]
        .concat();
        for situation in *situations {
            text += &row(situation)?;
        }
    }
    Ok(format!("{before}{START}{text}\n{END}{after}"))
}

fn row(situation: &Situation) -> Result<String, String> {
    let Situation { what, arguments, says, code, .. } = situation;
    let directory = TempDir::new().map_err(|error| error.to_string())?;
    let output = situation.run(directory.path()).map_err(|error| format!("{what}: {error}"))?;
    let said = [&*output.stdout, &output.stderr].concat();
    // It is somewhere else each time.
    let said = String::from_utf8_lossy(&said)
        .replace(&directory.path().display().to_string(), "/srv/repository");
    if output.status.code() != Some(*code) {
        return Err(format!(
            "{what}: `{arguments}` ends with {}, not {code}:\n{said}",
            output.status
        ));
    }
    let line = match *says {
        "" if said.is_empty() => "nothing".to_owned(),
        "" => return Err(format!("{what}: `{arguments}` says:\n{said}")),
        says => {
            let line = said.lines().find(|line| line.contains(says));
            let line = line.ok_or_else(|| format!("{what}: `{says}` is not said:\n{said}"))?;
            format!("`` {} ``", line.trim().replace('|', "\\|"))
        }
    };
    Ok(format!("| {what} | `{}` | {line} | {code} |\n", arguments.replace('|', "\\|")))
}

impl Situation {
    fn run(&self, directory: &Path) -> io::Result<Output> {
        for (path, contents) in self.files {
            make(directory, path, contents)?;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
        command.current_dir(directory);
        if let Some((arguments, file)) = self.arguments.split_once(" > ") {
            let file = File::options().write(true).open(file)?;
            return command.args(arguments.split(' ')).stdout(file).output();
        }
        if let Some((arguments, _)) = self.arguments.split_once(" | ") {
            let (reader, writer) = io::pipe()?;
            drop(reader);
            return command.args(arguments.split(' ')).stdout(writer).output();
        }
        command.args(self.arguments.split(' ')).output()
    }
}

fn make(directory: &Path, path: &str, contents: &str) -> io::Result<()> {
    let whole = directory.join(path.trim_end_matches(['/', '|', '=']));
    if path.ends_with('/') {
        return fs::create_dir_all(whole);
    }
    if let Some(parent) = whole.parent() {
        fs::create_dir_all(parent)?;
    }
    if path.ends_with('|') {
        return Command::new("mkfifo").arg(whole).status().map(|_| ());
    }
    fs::write(&whole, contents)?;
    fs::set_permissions(&whole, fs::Permissions::from_mode(0o644))?;
    if path.ends_with('=') {
        fs::hard_link(&whole, directory.join("other"))?;
    }
    Ok(())
}
