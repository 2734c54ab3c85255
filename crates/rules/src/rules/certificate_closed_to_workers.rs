use std::collections::HashSet;

use evidence::Purpose;
use model::{Context, Directive, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    tls_file::{place, problem, shell_word, with_variables},
};

rule! {
    /// nginx's workers may not read the certificates that they have to open themselves.
    ///
    /// A certificate or key whose path has variables is opened at each handshake, by a worker, as the
    /// user that `user` names. Other paths are opened by the master process, which is root. certbot's
    /// `live` and `archive`, and every sensible key, are closed to other users: nginx starts, and
    /// every handshake fails with `Permission denied`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/$ssl_server_name.pem;
    ///     ssl_certificate_key /etc/ssl/$ssl_server_name.key;
    /// }
    /// ```
    ///
    /// There is no patch. Servers with paths of their own, without variables, need nothing opened.
    /// Otherwise let the client copy what it has issued, in a hook, into a directory that the
    /// workers' group may read. For `$ssl_server_name` the names of the server are tried; of other
    /// variables only the directories in front of them are looked at. Where `user` is not said, or
    /// nothing is in the way, nothing is said.
    RULE {
        id: "certificate-closed-to-workers",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for directive in with_variables(facts) {
        let Some(closed) = facts.evidence.closed(directive) else { continue };
        // Certificate and key mostly lie behind one door.
        if !seen.insert(&closed.by) {
            continue;
        }
        let what = if Purpose::of(directive.name()).is_some_and(|(it, _)| it == Purpose::Key) {
            "key"
        } else {
            "certificate"
        };
        let by = closed.by.display();
        let is_file = closed.by == closed.path;
        let message = if is_file {
            format!("nginx's workers may not read the {what} {by}")
        } else {
            format!("nginx's workers may not enter {by}, where the {what} lies")
        };
        let mut diagnostic = problem(RULE.id, Severity::Error, place(directive), message);
        diagnostic.refused_by_nginx = false;
        "a path with variables is opened at each handshake, by a worker"
            .clone_into(&mut diagnostic.here);
        diagnostic.notes.push("nginx starts all the same, and handshakes fail".to_owned());
        if let Some(group) = group(facts) {
            let (letter, by) = (if is_file { 'r' } else { 'x' }, shell_word(&closed.by));
            diagnostic.notes.push(format!(
                "`chgrp {group} {by} && chmod g+{letter} {by}` opens it to them, and what lies \
                 behind it may be closed, too; servers with paths of their own, without variables, \
                 need nothing opened"
            ));
        }
        found.push(diagnostic);
    }
}

/// The group of the workers.
fn group(facts: &Facts<'_>) -> Option<String> {
    let mut main = facts.config().roots_in(Context::Main);
    let user: Directive<'_> = main.find(|directive| directive.name() == name::USER)?;
    let group = user.arg(1).or_else(|| user.arg(0))?;
    String::from_utf8(group.into_owned()).ok()
}
