//! The scripts that make failures.

use std::fs;
use std::path::Path;

/// A failure, and what the program has to say of it.
///
/// The first line of the comment at its top says what it is; the others are:
///
/// - `message`: the id of the message that has to be found first;
/// - `today`: `stands`, `otherwise`, `gone` or `unknown`;
/// - `rules`: those that have to be among the diagnostics, in alphabetical order;
/// - `options`: what the program is told beside.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The directory, which is who says it, and the file, which is the fact.
    pub(crate) name: String,
    pub(crate) script: String,
    pub(crate) options: Vec<String>,
    message: String,
    today: String,
    rules: String,
}

/// Every script in the directories.
pub(crate) fn read_all(directory: &Path) -> Result<Vec<Failure>, String> {
    let mut failures = Vec::new();
    for who in ["certbot", "dehydrated", "lego", "nginx", "openssl"] {
        let entries = fs::read_dir(directory.join(who)).map_err(|error| error.to_string())?;
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let Some(fact) = file.strip_suffix(".sh") else { continue };
            let script = fs::read_to_string(entry.path()).map_err(|error| error.to_string())?;
            failures.push(Failure::of(format!("{who}/{fact}"), script)?);
        }
    }
    failures.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(failures)
}

impl Failure {
    fn of(name: String, script: String) -> Result<Self, String> {
        let mut failure = Self {
            name,
            script: String::new(),
            options: Vec::new(),
            message: String::new(),
            today: "unknown".to_owned(),
            rules: String::new(),
        };
        for line in script.lines().map_while(|line| line.strip_prefix("# ")).skip(1) {
            let (key, value) = line.split_once(": ").unwrap_or((line, ""));
            match key {
                "message" => value.clone_into(&mut failure.message),
                "today" => value.clone_into(&mut failure.today),
                "rules" => value.clone_into(&mut failure.rules),
                "options" => {
                    failure.options = value.split_whitespace().map(str::to_owned).collect();
                }
                _ => return Err(format!("{}: what is `{key}`?", failure.name)),
            }
        }
        failure.script = script;
        Ok(failure)
    }

    /// What has to be said.
    pub(crate) fn expected(&self) -> String {
        format!("{}, {}, [{}]", self.message, self.today, self.rules)
    }
}
