//! The table of `docs/exit-codes.md`: each of its situations is made, and the program run in it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use self::situations::{PARTS, Part, Situation};

mod situations;

const START: &str = "<!-- situations: made by running the program in each -->\n";
const END: &str = "<!-- end of situations -->\n";

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
