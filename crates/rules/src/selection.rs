//! Which rules are asked, and how much what they find matters.

use std::collections::{BTreeMap, BTreeSet};

use model::directive_table::nearest_of;

use crate::{Group, RULES, Rule, Severity};

/// Rules, as a person names them; the wider ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// `all`.
    All,
    /// Those of a group.
    Group(Group),
    /// One, by its id.
    Rule(&'static str),
}

/// What is asked of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The rules that are not asked.
    ignored: BTreeSet<&'static str>,
    /// The rules whose diagnostics all have this severity.
    severities: BTreeMap<&'static str, Severity>,
}

impl Selector {
    /// The rules of this name; `None` if there are none.
    pub fn cast(text: &str) -> Option<Self> {
        Self::every().find(|one| one.text() == text)
    }

    /// The name that was probably meant.
    pub fn nearest(text: &str) -> Option<&'static str> {
        nearest_of(text.as_bytes(), Self::every().map(Self::text))
    }

    /// Every name that there is.
    pub fn every() -> impl Iterator<Item = Self> {
        let groups = Group::ALL.into_iter().map(Self::Group);
        let rules = RULES.iter().map(|rule| Self::Rule(rule.id));
        [Self::All].into_iter().chain(groups).chain(rules)
    }

    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Group(group) => group.name(),
            Self::Rule(id) => id,
        }
    }

    fn covers(self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == group,
            Self::Rule(id) => rule.id == id,
        }
    }

    /// How narrow it is.
    fn rank(self) -> usize {
        match self {
            Self::All => 0,
            Self::Group(_) => 1,
            Self::Rule(_) => 2,
        }
    }
}

impl Selection {
    /// Asks the rules in `select`, or if there is none those that were asked before; and of them not
    /// those in `ignore`. What names a rule wins over what names its group, and that over `all`; among
    /// equals `ignore` does.
    pub fn choose(&mut self, select: Option<&[Selector]>, ignore: &[Selector]) {
        if select.is_some() {
            self.ignored = RULES.iter().map(|rule| rule.id).collect();
        }
        for rank in 0..=2 {
            let of_rank = |one: &&Selector| one.rank() == rank;
            for selector in select.unwrap_or_default().iter().filter(of_rank) {
                self.ignored.retain(|id| !rule(id).is_some_and(|rule| selector.covers(rule)));
            }
            for selector in ignore.iter().filter(of_rank) {
                let covered = RULES.iter().filter(|rule| selector.covers(rule));
                self.ignored.extend(covered.map(|rule| rule.id));
            }
        }
    }

    /// Gives everything that these rules find this severity; what names a rule wins over what names
    /// its group.
    pub fn set_severities<'s>(&mut self, all: impl Iterator<Item = (&'s Selector, Severity)>) {
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(selector, _)| selector.rank());
        for (selector, severity) in all {
            let covered = RULES.iter().filter(|rule| selector.covers(rule));
            self.severities.extend(covered.map(|rule| (rule.id, severity)));
        }
    }

    /// Whether a rule is asked.
    pub fn has(&self, rule: &str) -> bool {
        !self.ignored.contains(rule)
    }

    /// The severity that a rule's diagnostics are to have, if somebody says so.
    pub(crate) fn severity(&self, rule: &str) -> Option<Severity> {
        self.severities.get(rule).copied()
    }
}

fn rule(id: &str) -> Option<&'static Rule> {
    let at = RULES.binary_search_by(|rule| rule.id.cmp(id)).ok()?;
    Some(RULES[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGEX: &str = "challenge-taken-by-regex";

    fn selectors(words: &[&str]) -> Vec<Selector> {
        words.iter().map(|word| Selector::cast(word).unwrap()).collect()
    }

    fn chosen(layers: &[(Option<&[&str]>, &[&str])]) -> Selection {
        let mut selection = Selection::default();
        for (select, ignore) in layers {
            selection.choose(select.map(selectors).as_deref(), &selectors(ignore));
        }
        selection
    }

    #[test]
    fn everything_is_asked_at_first() {
        assert!(RULES.iter().all(|rule| Selection::default().has(rule.id)));
    }

    #[test]
    fn the_narrower_name_wins_and_among_equals_the_one_to_ignore() {
        let has = |select: &[&str], ignore: &[&str]| {
            let one = chosen(&[(Some(select), ignore)]);
            (one.has(REGEX), one.has("challenge-taken-by-prefix"), one.has("syntax-error"))
        };
        assert_eq!(has(&["challenge"], &[]), (true, true, false));
        assert_eq!(has(&["challenge"], &[REGEX]), (false, true, false));
        assert_eq!(has(&[REGEX], &["challenge"]), (true, false, false));
        assert_eq!(has(&["all", REGEX], &["challenge"]), (true, false, true));
        assert_eq!(has(&[REGEX], &[REGEX]), (false, false, false));
        assert_eq!(has(&["challenge"], &["all"]), (true, true, false));
    }

    #[test]
    fn a_later_layer_selects_anew_or_ignores_more() {
        let settings: (Option<&[&str]>, &[&str]) = (Some(&["challenge"]), &[REGEX]);
        let more = chosen(&[settings, (None, &["challenge-taken-by-prefix"])]);
        assert!(!more.has(REGEX) && !more.has("challenge-taken-by-prefix"));
        assert!(more.has("challenge-rate-limited") && !more.has("syntax-error"));
        let anew = chosen(&[settings, (Some(&[REGEX]), &[])]);
        assert!(anew.has(REGEX) && !anew.has("challenge-rate-limited"));
    }

    #[test]
    fn the_severity_of_a_rule_wins_over_that_of_its_group() {
        let mut selection = Selection::default();
        let all = [(Selector::Rule(REGEX), Severity::Info), (Selector::All, Severity::Warning)];
        selection.set_severities(all.iter().map(|(selector, severity)| (selector, *severity)));
        assert_eq!(selection.severity(REGEX), Some(Severity::Info));
        assert_eq!(selection.severity("syntax-error"), Some(Severity::Warning));
    }

    #[test]
    fn names_are_suggested() {
        assert_eq!(Selector::nearest("challenges"), Some("challenge"));
        assert_eq!(Selector::nearest("challenge-taken-by-regexp"), Some(REGEX));
        assert_eq!(Selector::nearest("certificate-is-expired"), Some("certificate-expired"));
        assert_eq!(Selector::nearest("E501"), None);
    }
}
