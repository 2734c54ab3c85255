use acme::{PATH, WebRootOrigin};
use model::{LocationId, Modifier, Server, ServerId};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    failure::{Mistake, span_to_show},
    insertion::{NewLocation, insert_at_head, lifted_restrictions},
};

rule! {
    /// A regular expression takes challenges from the location that should serve them.
    ///
    /// nginx remembers the longest prefix that matches, then tries the regular expressions of the
    /// level in file order: the first that matches wins, unless the prefix has `^~`. A rule against
    /// dot files such as `location ~ /\.` therefore takes `/.well-known/acme-challenge/` as well,
    /// and the certificate authority gets 403.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    ///
    ///     location ~ /\. {
    ///         deny all;
    ///     }
    /// }
    /// ```
    ///
    /// Where the location is wider than challenges need, as `location /.well-known/` is, the patch
    /// adds one for challenges alone instead of opening all of it.
    ///
    /// ## See also
    ///
    /// - `ssl-server-without-challenge-location`
    RULE {
        id: "challenge-taken-by-regex",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::TakenByRegex {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let Some(regex) = case.location(facts.http) else { continue };
        let meant = case.meant;
        let message = match meant {
            Some(_) => "challenges never reach the location meant for them",
            None => "a regular expression takes challenges, and no location is meant for them",
        };
        let place = meant.map_or(regex.directive, |id| server.location(id).directive);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place.head_span());
        if let Some(id) = meant {
            diagnostic.here = why_it_yields(server.location(id).modifier).to_owned();
            let text = "this regular expression takes them".to_owned();
            diagnostic.labels.push(Label { span: regex.directive.head_span(), text });
        } else {
            diagnostic.here = "this regular expression matches `/.well-known/`".to_owned();
        }
        if let Some(directive) = failure.at().trace.decided_by
            && directive != regex.directive
        {
            let text = format!("and this gives them {}", failure.outcome());
            diagnostic.labels.push(Label { span: span_to_show(directive), text });
        }
        diagnostic.fix = failure.fix(|case| {
            let (id, server) = case.server(facts.http)?;
            fix(facts, id, server, case.meant)
        });
        found.push(diagnostic);
    }
}

fn why_it_yields(modifier: Modifier) -> &'static str {
    match modifier {
        Modifier::Prefix => "a prefix without `^~` yields to regular expressions",
        Modifier::Regex | Modifier::RegexCaseless => "another regular expression comes first",
        Modifier::FinalPrefix => "`^~` does not keep out the regular expressions inside of it",
        _ => "it is not the one that matches best",
    }
}

fn fix(
    facts: &Facts<'_>,
    id: ServerId,
    server: &Server<'_>,
    meant: Option<LocationId>,
) -> Option<Fix> {
    let location = meant.map(|id| server.location(id));
    if let Some(location) = location
        && location.modifier == Modifier::Prefix
        && location.parent.is_none()
        && location.pattern.starts_with(PATH.as_bytes())
    {
        let mut edits = vec![Edit::insert_before(location.pattern_span(), "^~ ")];
        // What kept everybody out behind the regular expression would do so now.
        let lines = meant.map(|id| lifted_restrictions(facts.http, server, id));
        if let Some(lines) = lines.filter(|lines| !lines.is_empty()) {
            edits.push(insert_at_head(facts.sources(), location.directive, &lines)?);
        }
        return Some(Fix {
            title: "make the prefix final with `^~`".to_owned(),
            applicability: Applicability::Safe,
            edits,
            ..Fix::default()
        });
    }
    let root = facts.web_roots.of(id);
    let is_declared = root.as_ref().is_some_and(|root| root.origin == WebRootOrigin::SameName);
    if location.is_some() && !is_declared {
        // What the location does is more than a web root, and cannot be written down again.
        return None;
    }
    let location = NewLocation::for_server(facts, id);
    let applicability = location.applicability;
    let edit = location.insert_into(facts, server)?;
    Some(Fix {
        title: "add a location for challenges that no regular expression can take".to_owned(),
        applicability,
        edits: vec![edit],
        ..Fix::default()
    })
}
