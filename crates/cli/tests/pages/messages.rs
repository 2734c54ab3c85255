//! The pages of messages, made from the catalogue.

use acme::catalogue::{Message, TABLES, message, page, shown};
use rules::RULES;

const MADE: &str = "<!-- Made from the catalogue in crates/acme/src/catalogue/. -->";

/// The page of a message.
pub(crate) fn of(message: &Message) -> Result<String, String> {
    let mut text = format!("{MADE}\n\n# {}\n\n", message.id);
    let mut is_code = false;
    for line in page(message).lines() {
        is_code ^= line.starts_with("```");
        let is_plain = is_code || line.starts_with("```");
        text += &if is_plain { line.to_owned() } else { with_links(line) };
        text.push('\n');
    }
    for rule in message.rules() {
        if !RULES.iter().any(|one| one.id == rule) {
            return Err(format!("{}: there is no rule `{rule}`", message.id));
        }
    }
    Ok(text)
}

/// What `explain` prints.
pub(crate) fn explained(message: &Message) -> String {
    format!("# {}\n\n{}", message.id, page(message))
}

/// `docs/messages/README.md`: a table for each group.
pub(crate) fn index() -> String {
    let mut text = format!(
        "{MADE}\n\n# Messages\n\n\
         What certificate authorities, ACME clients, nginx, OpenSSL and browsers say when a\n\
         certificate is not to be had. [`nginx-acme-lint diagnose`](../diagnose.md) finds them in any\n\
         text, and `nginx-acme-lint explain MESSAGE` prints a page of these.\n"
    );
    for (group, messages) in TABLES {
        text.extend(["\n## ", group, "\n\n| message | in its own words |\n|---|---|\n"]);
        for one in messages {
            let words = shown(one.patterns[0]).replace('|', "\\|");
            let (id, title) = (one.id, one.title);
            text.extend(["| [", id, "](", id, ".md): ", title, " | `` ", &*words, " `` |\n"]);
        }
    }
    text
}

/// A line with the rules and messages it names as links to their pages.
fn with_links(line: &str) -> String {
    let words = line.split('`').enumerate().map(|(number, text)| match (number % 2 == 1, text) {
        (true, id) if RULES.iter().any(|rule| rule.id == id) => {
            format!("[`{id}`](../rules/{id}.md)")
        }
        (true, id) if message(id).is_some() => format!("[`{id}`]({id}.md)"),
        (true, code) => format!("`{code}`"),
        (false, text) => text.to_owned(),
    });
    words.collect()
}
