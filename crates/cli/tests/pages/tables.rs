//! The tables of all rules.

use rules::{Group, RULES, Rule};

use crate::rule_page::patches;

const START: &str = "<!-- rules: made from the rules themselves -->\n";
const END: &str = "<!-- end of rules -->\n";

const HEAD: &str = "| rule | what is wrong | severity | patch |\n|---|---|---|---|\n";

/// `docs/rules/README.md`: a table for each group.
pub(crate) fn index() -> String {
    let mut text = "<!-- Made from the rules themselves; see docs/adding-a-rule.md. -->\n\n\
        # Rules\n\n\
        `nginx-acme-lint explain RULE` prints the same without the reports. The severity is the\n\
        highest that a rule can have: it follows what happens to the certificate.\n"
        .to_owned();
    let mut groups: Vec<_> = RULES.iter().map(|rule| rule.group).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        text += &["\n## ", title(group), "\n\n", HEAD].concat();
        let rules = RULES.iter().filter(|rule| rule.group == group);
        text.extend(rules.map(|rule| row(rule, "")));
    }
    text
}

/// The README with its table of rules as it should be.
pub(crate) fn in_readme(readme: &str) -> Result<String, String> {
    let missing = || format!("no table stands between\n{START}{END}");
    let (before, rest) = readme.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let mut rules = RULES.to_vec();
    rules.sort_by_key(|rule| rule.group);
    let rows: String = rules.iter().map(|rule| row(rule, "docs/rules/")).collect();
    Ok(format!("{before}{START}\n{HEAD}{rows}\n{END}{after}"))
}

fn row(rule: &Rule, directory: &str) -> String {
    let Rule { id, max_severity, .. } = rule;
    let (summary, severity) = (rule.summary().trim_end_matches('.'), max_severity.word());
    format!("| [{id}]({directory}{id}.md) | {summary} | {severity} | {} |\n", patches(rule))
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Challenge => "The challenge",
        Group::Renewal => "The renewal",
        Group::Tls => "Certificates and TLS",
        Group::Dns => "What DNS says, with `--dns`",
        Group::Nginx => "What nginx refuses",
        Group::Comments => "Comments that silence rules",
        Group::Probe => "The nginx that runs, with `--probe`",
    }
}
