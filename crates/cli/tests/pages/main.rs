//! Pages that cannot lie: what they quote is what the program does.
//!
//! `docs/rules/` and the tables of rules are made from the rules' own comments, whose examples are
//! linted for it, and `docs/messages/` from the catalogue; below `<!-- printed by: COMMAND -->` stands what the command prints. The pages of
//! `docs/stories/` have machines of their own, which are patched on the way.
//! `UPDATE_EXPECT=1` rewrites what changed.

mod example;
mod exit_codes;
mod fences;
mod links;
mod live;
mod messages;
mod output;
mod pages;
mod rule_page;
mod story;
mod tables;

use std::fs;

use rules::{Group, RULES};

use crate::{
    example::{Before, Example, Wanted},
    pages::Pages,
};

/// How to get pages that are as they should be.
const UPDATE: &str = "UPDATE_EXPECT=1 cargo test -p nginx-acme-lint --test pages";

#[test]
fn every_rule_has_its_page() {
    let mut pages = Pages::default();
    for rule in RULES {
        let path = format!("docs/rules/{}.md", rule.id);
        match rule_page::of(rule) {
            Ok(text) => pages.hold(&path, &text),
            Err(problem) => pages.problem(format!("{}: {problem}", rule.id)),
        }
    }
    pages.hold("docs/rules/README.md", &tables::index());
    for name in pages::names_in("docs/rules") {
        let id = name.trim_end_matches(".md");
        if name != "README.md" && !RULES.iter().any(|rule| rule.id == id) {
            pages.stale(&format!("docs/rules/{name}"));
        }
    }
    pages.finish();
}

#[test]
fn every_message_has_its_page() {
    let mut pages = Pages::default();
    for message in acme::catalogue::messages() {
        match messages::of(message) {
            Ok(text) => pages.hold(&format!("docs/messages/{}.md", message.id), &text),
            Err(problem) => pages.problem(problem),
        }
    }
    pages.hold("docs/messages/README.md", &messages::index());
    for name in pages::names_in("docs/messages") {
        let id = name.trim_end_matches(".md");
        if name != "README.md" && acme::catalogue::message(id).is_none() {
            pages.stale(&format!("docs/messages/{name}"));
        }
    }
    pages.finish();
}

#[test]
fn pages_quote_what_the_program_prints() {
    let mut pages = Pages::default();
    for path in pages::by_hand() {
        let page = pages::read(&path);
        let text = match &*path {
            "README.md" => tables::in_readme(&page),
            "docs/exit-codes.md" => exit_codes::in_page(&page),
            _ => Ok(page),
        };
        match text.and_then(|text| output::with_outputs(&text)) {
            Ok(text) => pages.hold(&path, &text),
            Err(problem) => pages.problem(format!("{path}: {problem}")),
        }
    }
    pages.finish();
}

#[test]
fn the_settings_have_every_group() {
    let mut pages = Pages::default();
    let page = pages::read("docs/settings.md");
    let part = page.split("\n### ").find(|part| part.starts_with("`select`")).unwrap_or_default();
    for group in Group::ALL {
        if !part.contains(&format!("`{}`", group.name())) {
            pages.problem(format!("docs/settings.md: `select` lacks the group {}", group.name()));
        }
    }
    pages.finish();
}

#[test]
fn links_lead_somewhere() {
    let mut pages = Pages::default();
    for path in pages::all() {
        for problem in links::broken(&path, &pages::read(&path)) {
            pages.problem(problem);
        }
    }
    pages.finish();
}

#[test]
fn explain_prints_the_comment() {
    for rule in RULES {
        let printed = output::of(&["explain", rule.id]).expect("the program runs");
        assert_eq!(printed, format!("# {}\n\n{}", rule.id, rule_page::comment(rule)));
    }
    let message = acme::catalogue::messages().next().expect("there are messages");
    let printed = output::of(&["explain", message.id]).expect("the program runs");
    assert_eq!(printed, messages::explained(message));
}

/// The examples are configurations that nginx loads, unless that is what the rule is about; and
/// patches keep it that way.
#[test]
fn real_nginx_agrees_about_the_examples() {
    let mut pages = Pages::default();
    for rule in RULES {
        let mut before = Before::default();
        for block in fences::blocks(&rule_page::comment(rule)) {
            if before.take(&block) {
                continue;
            }
            let Some(wanted) = Wanted::of(&block.info) else { continue };
            let example = Example::new(&block.text, &before, wanted);
            let problem = example.and_then(|example| example.agrees());
            if let Err(problem) = problem {
                pages.problem(format!("{}: {problem}\n{}", rule.id, block.text));
            }
        }
    }
    pages.finish();
}

#[test]
fn the_licences_are_there() {
    let [mit, apache] = ["LICENSE-MIT", "LICENSE-APACHE"].map(|name| {
        fs::read_to_string(pages::repository().join(name)).expect("both licences are files")
    });
    assert!(mit.starts_with("MIT License\n"), "{mit}");
    assert!(apache.contains("Apache License\n                           Version 2.0"), "{apache}");
}
