use acme::Cause;
use model::name;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// acme.sh answers challenges in a location that nginx never gets to.
    ///
    /// With `--nginx`, acme.sh looks for a line that begins with `server_name` and has the name, in a
    /// server with a `listen` without `ssl`. Behind that line it inserts a location with a regular
    /// expression that answers, as long as it orders. nginx does not get to it where the code of the
    /// server answers before any location is looked for:
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     return 301 https://$host$request_uri;
    /// }
    /// ```
    ///
    /// Nor does it where a prefix with `^~` takes the request, or another regular expression comes
    /// first. It does if the redirect stands in a location of its own:
    ///
    /// ```nginx
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location / {
    ///         return 301 https://$host$request_uri;
    ///     }
    /// }
    /// ```
    ///
    /// There is no patch: moving a redirect changes answers to other requests wherever the server has
    /// other locations. `--webroot` instead of `--nginx` does without edits of the configuration.
    RULE {
        id: "challenge-inserted-in-vain",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::InsertedInVain {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let is_found = matches!(
            case.cause.map(Cause::for_one_token),
            Some(Cause::InsertedInVain { is_found: true, .. })
        );
        let first = &failure.names[0];
        let (message, place, here) = match failure.deciders.first() {
            Some(decider) if is_found => {
                let here = if decider.name() == name::LOCATION {
                    "this location takes challenges before the inserted one can".to_owned()
                } else {
                    "this answers before any location is looked for".to_owned()
                };
                ("nginx never gets to the location that acme.sh inserts", *decider, here)
            }
            _ => {
                let names = server.level.all(name::SERVER_NAME).next();
                let place = names.unwrap_or(server.directive);
                let here = format!("{first} is not on a line that begins with `server_name`");
                ("acme.sh finds no place for its location", place, here)
            }
        };
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), span_to_show(place));
        diagnostic.here = here;
        diagnostic.notes.push(
            "in its mode for nginx, acme.sh answers in a regular expression behind the line with \
             `server_name` and the name, in a server that listens without TLS"
                .to_owned(),
        );
        diagnostic.notes.push(format!(
            "`acme.sh --issue --force -d {first} --webroot DIR` does without, with the directory that \
             nginx serves"
        ));
        found.push(diagnostic);
    }
}
