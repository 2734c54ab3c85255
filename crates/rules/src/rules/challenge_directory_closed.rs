use model::{Directive, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// nginx may not go where the tokens lie.
    ///
    /// The master process starts as root, but files are served by its workers, as the user that
    /// `user` names. They have to be allowed to search every directory on the way: home directories
    /// and `/root` mostly are closed to them. `disable_symlinks` closes directories that are links,
    /// such as a `current` that points to the last release.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     disable_symlinks on;
    ///
    ///     # /var/www/current is a link to the last release
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/current;
    ///     }
    /// }
    /// ```
    ///
    /// There is no patch: open the directory with `chmod o+x`, or serve challenges from one below
    /// `/var/www`, without links. `disable_symlinks on from=$document_root` minds only what is below
    /// the root. A directory that may be searched but not listed, mode 0711, is fine.
    RULE {
        id: "challenge-directory-closed",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::DirectoryClosed {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let trace = &case.at().trace;
        let is_link_rule = |at: &Directive<'_>| at.name() == name::DISABLE_SYMLINKS;
        let link_rule = trace.steps.iter().filter_map(|step| step.at).find(is_link_rule);
        let decided = link_rule.or(trace.decided_by);
        let place = decided.map_or(server.directive.name_span(), span_to_show);
        let message = match link_rule {
            Some(_) => "nginx does not follow a link on the way to the tokens",
            None => "nginx's workers may not enter the directory of the tokens",
        };
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        match (&trace.closed, link_rule) {
            (_, Some(rule)) => {
                let step = trace.steps.iter().find(|step| step.at == Some(rule));
                diagnostic.here = step.map(|step| step.why.clone()).unwrap_or_default();
            }
            (Some(directory), None) => {
                let directory = directory.display();
                diagnostic.here = format!("the way leads through `{directory}`");
                diagnostic.notes.push(format!(
                    "let nginx's user search it with `chmod o+x {directory}`, or serve challenges \
                     from another directory"
                ));
            }
            (None, None) => {}
        }
        found.push(diagnostic);
    }
}
