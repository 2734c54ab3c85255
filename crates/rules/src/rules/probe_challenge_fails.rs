use probe::{End, Token};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    probed::{problem, together, without},
    served::first_few,
};

rule! {
    /// A token that was put in its place did not come back.
    ///
    /// With `--probe` a token is put where the ACME client would put it, and fetched. What answers
    /// here is nothing that files can tell: a program behind nginx, or a module that runs code.
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     location / {
    ///         proxy_pass http://127.0.0.1:3000;   # answers 404, whatever lies in the web root
    ///     }
    /// }
    /// ```
    ///
    /// nginx has to answer challenges by itself: with a location for them that has the web root, in
    /// front of what hands everything on.
    ///
    /// ## See also
    ///
    /// - `challenge-taken-by-prefix`
    /// - `ssl-server-without-challenge-location`
    RULE {
        id: "probe-challenge-fails",
        group: Group::Probe,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let Some(probed) = facts.settings.probed.as_deref() else { return };
    let failing = probed.ways().filter_map(|(name, way)| {
        let Token::In(directory) = &name.token else { return None };
        let is_failing = matches!(way.end, End::Fails | End::Stopped(_));
        // What the files tell, another rule says.
        if !is_failing || way.is_to_fail || way.difference().is_some() {
            return None;
        }
        let hop = way.hops.last()?;
        if hop.agrees == Some(true) {
            return None; // the same is not so for who comes from the Internet
        }
        let reply = without(&name.text, &hop.reply.words());
        Some(((hop.at.or(hop.listen), reply, directory.clone()), name.text.clone(), ()))
    });
    for ((at, reply, directory), names, ()) in together(failing) {
        let message = format!(
            "the token for {} is in {}, and what comes back is {reply}",
            first_few(&names),
            directory.display()
        );
        let mut diagnostic = problem(facts, (RULE.id, Severity::Error), at, message);
        diagnostic.here = "this answers".to_owned();
        diagnostic.names = names;
        found.push(diagnostic);
    }
}
