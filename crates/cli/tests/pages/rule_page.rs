//! The page of a rule: its comment, and what the program makes of the examples in it.

use rules::{FixAvailability, RULES, Rule};

use crate::{
    example::{Before, DNS, Example, Kind, Wanted},
    fences::{Block, Piece, fenced, pieces},
};

const MADE: &str =
    "<!-- Made from the comment in the rule's source; see docs/adding-a-rule.md. -->";

/// The comment as it is meant: each line of a doc comment has a blank in front.
pub(crate) fn comment(rule: &Rule) -> String {
    let lines = rule.docs.trim_end().lines();
    lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
}

/// What the tables and pages say about the patches of a rule.
pub(crate) fn patches(rule: &Rule) -> &'static str {
    match rule.fix {
        FixAvailability::None => "no",
        FixAvailability::Sometimes => "where one is known",
        FixAvailability::Always => "yes",
    }
}

/// The whole page.
pub(crate) fn of(rule: &Rule) -> Result<String, String> {
    let comment = comment(rule);
    let (summary, body) = comment.split_once('\n').unwrap_or((&comment, ""));
    let mut page = format!(
        "{MADE}\n\n# {id}\n\n{summary}\n\n\
         | severity | group | patch | since |\n|---|---|---|---|\n\
         | {severity} | {group} | {patch} | {since} |\n",
        id = rule.id,
        severity = rule.max_severity.word(),
        group = rule.group.name(),
        patch = patches(rule),
        since = rule.since,
    );
    // What certbot knows of a renewal, and what DNS says, stand before the example that they are for.
    let mut before = Before::default();
    for piece in pieces(body) {
        match piece {
            Piece::Line(line) => {
                page += &with_links(rule, line)?;
                page.push('\n');
            }
            Piece::Block(block) if before.take(&block) => {
                page += &fenced(block.info.split(',').next().unwrap_or_default(), &block.text);
            }
            Piece::Block(block) => page += &example(rule, &block, &before)?,
        }
    }
    Ok(page)
}

/// A code block of the comment, with what the program says if it is an example.
fn example(rule: &Rule, block: &Block, before: &Before) -> Result<String, String> {
    let Some(wanted) = Wanted::of(&block.info) else {
        return Ok(fenced(&block.info, &block.text));
    };
    let kind = wanted.kind;
    let option = if before.has_records() { DNS.to_owned() } else { wanted.option() };
    let example = Example::new(&block.text, before, wanted)?;
    let report = example.report()?;
    let mut text = fenced("nginx", &block.text);
    if kind == Kind::Good {
        if !report.is_silent() {
            return Err(format!("a good example is reported:\n{}\n{}", block.text, report.text));
        }
        return Ok(text);
    }
    if !report.text.contains(&format!("[{}]", rule.id)) {
        return Err(format!("a bad example is not reported:\n{}\n{}", block.text, report.text));
    }
    text += "\n**What it says**\n\n";
    if !option.is_empty() {
        text += &["With `", &*option, "`:\n\n"].concat();
    }
    text += &fenced("text", &report.text);
    text += "\n**The patch**\n\n";
    match example.patch()? {
        Some(patch) if patch.options.is_empty() && option.is_empty() => {
            text += &fenced("diff", &patch.text);
        }
        Some(patch) => {
            let options = [patch.options, &*option].join(" ");
            text += &["With `--fix ", options.trim_end(), "`:\n\n"].concat();
            text += &fenced("diff", &patch.text);
        }
        None => text += "There is none for this: what to do here is for a person to say.\n",
    }
    Ok(text)
}

/// A line with the rules it names as links to their pages. An item of a list that is in code and
/// comes first has to be a rule.
fn with_links(rule: &Rule, line: &str) -> Result<String, String> {
    let is_rule = |name: &str| RULES.iter().any(|rule| rule.id == name);
    let listed = line.strip_prefix("- `").and_then(|rest| rest.split('`').next());
    if let Some(name) = listed.filter(|name| !is_rule(name)) {
        return Err(format!("`{name}` is listed like a rule, and is none"));
    }
    let words = line.split('`').enumerate().map(|(number, text)| {
        let is_code = number % 2 == 1;
        match (is_code, text) {
            (true, id) if id != rule.id && is_rule(id) => format!("[`{id}`]({id}.md)"),
            (true, code) => format!("`{code}`"),
            (false, text) => text.to_owned(),
        }
    });
    Ok(words.collect())
}
