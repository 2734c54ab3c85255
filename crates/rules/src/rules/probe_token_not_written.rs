use probe::Token;

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity,
    facts::Facts,
    probed::{problem, together},
    served::first_few,
};

rule! {
    /// No token could be put where the ACME client puts its tokens, so that nothing was proved.
    ///
    /// `--probe` writes a file of its own into the directory of the tokens, and fetches it. Here
    /// that was not possible: this user may not write there, the web root is not there, or a
    /// symbolic link below it leads elsewhere. Links below a web root are not followed, since
    /// whoever owns the web root could have a program that runs as root write anywhere.
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;   # belongs to root: `sudo nginx-acme-lint --probe`
    ///     }
    /// }
    /// ```
    ///
    /// If the ACME client runs as the same user, it will fail just so. The exit code is 2, as it is
    /// where a file could not be read.
    ///
    /// ## See also
    ///
    /// - `challenge-without-web-root`
    RULE {
        id: "probe-token-not-written",
        group: Group::Probe,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let not_written = probed.names.iter().filter_map(|name| {
        let Token::NotWritten { directory, because, is_for_root } = &name.token else {
            return None;
        };
        Some(((directory.clone(), because.clone(), *is_for_root), name.text.clone(), ()))
    });
    for ((directory, because, is_for_root), names, ()) in together(not_written) {
        let message = format!(
            "no token for {} could be put into {}: {because}",
            first_few(&names),
            directory.display()
        );
        let mut diagnostic = problem(facts, (RULE.id, Severity::Warning), None, message);
        diagnostic.place = Place::Path(directory);
        if is_for_root {
            let note = "root may do it: run the same with sudo".to_owned();
            diagnostic.notes.push(note);
        }
        diagnostic.names = names;
        found.push(diagnostic);
    }
    for (path, because) in &probed.left_now {
        let message = format!("a token could not be removed again: {because}");
        let mut diagnostic = problem(facts, (RULE.id, Severity::Warning), None, message);
        diagnostic.place = Place::Path(path.clone());
        found.push(diagnostic);
    }
}
