//! What the program says of a failure.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// What it says, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    messages: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    id: String,
    words: String,
    today: Option<Today>,
}

#[derive(Debug, Deserialize)]
struct Today {
    stands: String,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    rule: String,
}

impl Told {
    /// What is said of a text, with the machine at `root`.
    pub(crate) fn of(text: &Path, root: &Path, options: &[String]) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
        command.arg("diagnose").arg(text).args(["--format", "json", "--root"]).arg(root);
        let output = command.args(options).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}{said}"))
    }

    /// The first message, whether it still is so, and the rules that say so.
    pub(crate) fn parts(&self) -> [String; 3] {
        let Some(first) = self.messages.first() else {
            return ["nothing", "unknown", ""].map(str::to_owned);
        };
        let today = first.today.as_ref();
        let stands = today.map_or("unknown", |today| &*today.stands);
        let diagnostics = today.iter().flat_map(|today| &today.diagnostics);
        let rules: BTreeSet<&str> = diagnostics.map(|one| &*one.rule).collect();
        let rules: Vec<&str> = rules.into_iter().collect();
        [first.id.clone(), stands.to_owned(), rules.join(" ")]
    }

    pub(crate) fn summary(&self) -> String {
        let [id, stands, rules] = self.parts();
        format!("{id}, {stands}, [{rules}]")
    }

    /// The words of the first message.
    pub(crate) fn words(&self) -> &str {
        self.messages.first().map_or("", |message| &message.words)
    }
}
