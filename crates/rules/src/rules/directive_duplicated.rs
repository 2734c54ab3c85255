use std::collections::{HashMap, HashSet};

use model::{Children, Context, Directive, Name, Standing, directive_table, name};
use parser::Span;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity, facts::Facts, refusal::diagnostic,
};

rule! {
    /// A directive stands twice on a level that takes it once.
    ///
    /// Files that are included count as part of the level, so the two may lie in different files.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     root /srv/www;
    /// }
    /// ```
    ///
    /// Directives that make a list, such as `add_header` and `ssl_certificate`, may stand as often
    /// as one likes, and any directive may stand again on an inner level.
    RULE {
        id: "directive-duplicated",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for (context, children) in facts.standings.iter().flat_map(Standing::levels) {
        if !children.clone().may_be_duplicated() {
            continue;
        }
        for (first, second) in duplicates(context, children) {
            let place = Repetition::of(first, second);
            if seen.insert(place.span) {
                found.push(place.diagnostic(first, second));
            }
        }
    }
}

/// The directives of a level that repeat another one, with that one.
fn duplicates<'c>(context: Context, children: Children<'c>) -> Vec<(Directive<'c>, Directive<'c>)> {
    let mut firsts: HashMap<Name, Directive<'c>> = HashMap::new();
    let mut duplicates = Vec::new();
    for directive in children {
        let mut records = directive_table::candidates(directive.name(), context).peekable();
        if records.peek().is_none()
            || !records.all(|record| record.once)
            || directive.refusal(context).is_some()
        {
            continue;
        }
        // They share a slot.
        let slot = if directive.name() == name::ALIAS { name::ROOT } else { directive.name() };
        match firsts.get(&slot) {
            Some(first) => duplicates.push((*first, directive)),
            None => {
                firsts.insert(slot, directive);
            }
        }
    }
    duplicates
}

/// Where to show that something is repeated.
struct Repetition {
    span: Span,
    labels: Vec<Label>,
    here: &'static str,
}

impl Repetition {
    fn of(first: Directive<'_>, second: Directive<'_>) -> Self {
        let label = |span, text: &str| Label { span, text: text.to_owned() };
        if first.span() != second.span() {
            let labels = vec![label(first.head_span(), "first set here")];
            return Self { span: second.head_span(), labels, here: "" };
        }
        // One directive of a file that is included twice: the includes differ.
        let includes = first.included_by().zip(second.included_by());
        let differing = includes.filter(|(first, second)| first != second).last();
        let Some((one, other)) = differing else {
            return Self { span: second.head_span(), labels: Vec::new(), here: "" };
        };
        let mut labels = vec![label(second.head_span(), "set here")];
        if one.span() == other.span() {
            return Self { span: other.head_span(), labels, here: "this leads to one file twice" };
        }
        labels.push(label(one.head_span(), "included here first"));
        Self { span: other.head_span(), labels, here: "this includes it again" }
    }

    fn diagnostic(self, first: Directive<'_>, second: Directive<'_>) -> Diagnostic {
        let (earlier, later) = (first.name().text(), second.name().text());
        let message = if earlier == later {
            format!("\"{later}\" directive is duplicate")
        } else {
            let specified = format!("\"{earlier}\" directive was specified earlier");
            format!("\"{later}\" directive is duplicate, {specified}")
        };
        let mut diagnostic = diagnostic(RULE.id, self.span, message);
        self.here.clone_into(&mut diagnostic.here);
        diagnostic.labels = self.labels;
        diagnostic
    }
}
