//! The pages of the repository, and how they differ from what they should be.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use fixer::{FilePatch, Patch};

use crate::UPDATE;

/// Holds pages against what they should be, and tells all that is wrong at the end.
#[derive(Default)]
pub(crate) struct Pages {
    problems: Vec<String>,
    is_outdated: bool,
}

impl Pages {
    /// A page has to read like this; it is rewritten if that is asked for.
    pub(crate) fn hold(&mut self, path: &str, text: &str) {
        let file = repository().join(path);
        let committed = fs::read(&file).unwrap_or_default();
        if committed == text.as_bytes() {
            return;
        }
        if is_update() {
            fs::write(&file, text).expect("the repository can be written to");
            return;
        }
        self.is_outdated = true;
        self.problems.push(difference(path, committed, text));
    }

    /// A page that nothing stands behind; it is removed if that is asked for.
    pub(crate) fn stale(&mut self, path: &str) {
        if is_update() {
            fs::remove_file(repository().join(path)).expect("the repository can be written to");
            return;
        }
        self.is_outdated = true;
        self.problems.push(format!("{path}: there is no such rule or message"));
    }

    /// Something is wrong that cannot be rewritten.
    pub(crate) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Fails if anything is wrong.
    pub(crate) fn finish(self) {
        let hint = if self.is_outdated {
            format!("\n\nThis rewrites what is out of date; read the diff then:\n  {UPDATE}\n")
        } else {
            String::new()
        };
        assert!(self.problems.is_empty(), "\n{}{hint}", self.problems.join("\n\n"));
    }
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A page; empty if it is missing.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_default()
}

/// The names of the pages in a directory, in order.
pub(crate) fn names_in(directory: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(repository().join(directory))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"))
        .collect();
    names.sort();
    names
}

/// The pages that people write.
pub(crate) fn by_hand() -> Vec<String> {
    let top = names_in("");
    let below =
        |directory| names_in(directory).into_iter().map(move |name| format!("{directory}/{name}"));
    let stories = ["docs/stories", "docs/stories/ja", "docs/stories/zh-tw"];
    top.into_iter().chain(below("docs")).chain(stories.into_iter().flat_map(below)).collect()
}

/// All pages.
pub(crate) fn all() -> Vec<String> {
    let rules = names_in("docs/rules").into_iter().map(|name| format!("docs/rules/{name}"));
    let messages = names_in("docs/messages");
    let messages = messages.into_iter().map(|name| format!("docs/messages/{name}"));
    by_hand().into_iter().chain(rules).chain(messages).collect()
}

fn is_update() -> bool {
    env::var_os("UPDATE_EXPECT").is_some()
}

/// What would have to change, written as the program itself writes patches.
fn difference(path: &str, before: Vec<u8>, after: &str) -> String {
    let root = Path::new("/");
    let page = FilePatch {
        path: root.join(path),
        before: Some(before),
        after: after.into(),
        is_executable: false,
    };
    let mut bytes = Vec::new();
    let written = Patch { files: vec![page] }.write_to(root, &mut bytes);
    written.expect("memory takes all that is written to it");
    String::from_utf8_lossy(&bytes).into_owned()
}
