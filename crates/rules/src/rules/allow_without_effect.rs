use model::LoadProblemKind;

use crate::{
    Diagnostic, FixAvailability, Group, RULES, Severity,
    allow::{Allow, removal},
    facts::Facts,
    tls_file::problem,
};

rule! {
    /// A comment silences a rule that has nothing to report there.
    ///
    /// The mistake was mended, or the comment stands in another place than the one that is reported. It
    /// would hide the next mistake of this kind.
    ///
    /// ```nginx,bad
    /// server {
    ///     # nginx-acme-lint: allow(challenge-access-refused) only the office may see this site
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// The patch removes the comment, or what is too much in it. Nothing is said of a rule that was not
    /// asked, and of one that cannot report anything as things are: without the machine's files, or where
    /// a file was not read.
    ///
    /// ## See also
    ///
    /// - `allow-malformed`
    RULE {
        id: "allow-without-effect",
        group: Group::Comments,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// Rules besides those about renewal and TLS that need the machine's files, its clients or the
/// versions of its programs.
const OF_MACHINES: [&str; 7] = [
    "challenge-directory-closed",
    "challenge-directory-wrong",
    "challenge-inserted-in-vain",
    "challenge-proxied-to-other-port",
    "directive-of-newer-nginx",
    "listen-http2-deprecated",
    "standalone-port-taken",
];

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (allow, unused) in facts.allows.unused() {
        let unused: Vec<usize> = unused
            .into_iter()
            .filter(|&at| could_report(facts, allow, allow.rules[at].0))
            .collect();
        let [first, ..] = unused[..] else { continue };
        let is_whole = unused.len() == allow.rules.len();
        let names: Vec<_> = unused.iter().map(|&at| format!("`{}`", allow.rules[at].0)).collect();
        let (place, message) = if is_whole {
            (allow.span, "this comment silences nothing".to_owned())
        } else {
            let report = if names.len() == 1 { "reports" } else { "report" };
            let names = crate::refusal::list(&names, "and");
            (allow.rules[first].1, format!("{names} {report} nothing here"))
        };
        let mut diagnostic = problem(RULE.id, Severity::Warning, place, message);
        diagnostic.refused_by_nginx = false;
        diagnostic.here = match allow.stretch() {
            None => "nothing comes after it".to_owned(),
            Some(_) if !is_whole => "there is nothing to silence".to_owned(),
            Some(_) if names.len() == 1 => format!("{} reports nothing there", names[0]),
            Some(_) => "these rules report nothing there".to_owned(),
        };
        diagnostic.fix = removal(facts.sources(), &facts.allows, allow, &unused);
        found.push(diagnostic);
    }
}

/// Whether a rule would report its mistake at a comment, if it was there.
fn could_report(facts: &Facts<'_>, allow: &Allow, id: &str) -> bool {
    let (sources, settings) = (facts.sources(), facts.settings);
    let Some(rule) = RULES.iter().find(|rule| rule.id == id) else { return false };
    let is_shared = || {
        let is_root = sources.roots().iter().any(|root| root.file == allow.span.file);
        !settings.is_alone && !is_root
    };
    let is_of_machine =
        matches!(rule.group, Group::Renewal | Group::Tls) || OF_MACHINES.contains(&id);
    let is_asked = match rule.group {
        Group::Dns => facts.verdicts.dns.is_some(),
        Group::Probe => settings.probed.is_some(),
        _ => true,
    };
    if !is_asked || !settings.selection.has(id) {
        return false;
    }
    if is_of_machine && !settings.is_machine || is_shared() {
        return false;
    }
    let is_fragment = sources.roots().iter().any(|root| root.is_fragment);
    let mut problems = sources.problems().iter();
    let is_unread = problems.any(|problem| problem.kind != LoadProblemKind::Unresolved);
    rule.group == Group::Nginx || !is_fragment && !is_unread
}
