use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    allow::{Malformed, Mistake},
    facts::Facts,
    tls_file::problem,
};

rule! {
    /// A comment that is meant to silence a rule is not understood.
    ///
    /// Such a comment names rules by their ids, and says why:
    /// `# nginx-acme-lint: allow(RULE, RULE) REASON`. A name that is no rule silences nothing, and neither
    /// does a comment without a reason.
    ///
    /// ```nginx,bad
    /// # nginx-acme-lint: allow(challenge-taken-by-regexp) validated over DNS
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// The comment is about its line if something stands in front of it, about the block or file if it
    /// is the first thing in there, and else about the next directive.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html; # nginx-acme-lint: allow(challenge-access-refused)
    /// }
    /// ```
    ///
    /// ## See also
    ///
    /// - `allow-without-effect`
    RULE {
        id: "allow-malformed",
        group: Group::Comments,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for Malformed { span, mistake } in &facts.allows.malformed {
        let (message, here) = match mistake {
            Mistake::Unreadable => (
                "this comment silences nothing: it is not understood".to_owned(),
                "it is written `allow(RULE) REASON`".to_owned(),
            ),
            Mistake::NoReason => (
                "this comment silences nothing: the reason is missing".to_owned(),
                "say why behind it".to_owned(),
            ),
            Mistake::UnknownRule(id, nearest) => (
                format!("no rule is called `{id}`"),
                nearest.map(|near| format!("did you mean `{near}`?")).unwrap_or_default(),
            ),
            Mistake::Group(group) => (
                format!("`{group}` is a group of rules"),
                "a comment names single rules".to_owned(),
            ),
            Mistake::AboutComments(id) => {
                (format!("no comment can silence `{id}`"), "mend the other comment".to_owned())
            }
        };
        let mut diagnostic = problem(RULE.id, Severity::Warning, *span, message);
        diagnostic.here = here;
        diagnostic.notes.extend(match mistake {
            Mistake::UnknownRule(_, None) => Some("`nginx-acme-lint rules` lists all rules".to_owned()),
            Mistake::Group(group) => Some(format!(
                "groups are left out for the whole run, by `ignore` in the settings or `--ignore {group}`"
            )),
            _ => None,
        });
        found.push(diagnostic);
    }
}
