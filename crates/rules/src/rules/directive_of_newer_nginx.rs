use std::collections::{BTreeMap, HashSet};

use model::{Directive, Name, Standing, Version};

use crate::{
    Diagnostic, FixAvailability, Group, Severity, facts::Facts, places::also_at,
    refusal::diagnostic,
};

rule! {
    /// A directive came with a later nginx than the one at hand, which does not start with it.
    ///
    /// Guides are written for the current release, and distributions ship older ones. nginx calls the
    /// directive unknown, or not allowed here.
    ///
    /// ```nginx,bad,1.22.1
    /// server {
    ///     listen 443 ssl;
    ///     http2 on;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// This is reported only if the version of nginx is known: because it is the one that is
    /// installed, or by `--nginx-version`. Directives of modules that do not come with nginx are not
    /// judged.
    ///
    /// ## See also
    ///
    /// - `directive-unknown`
    RULE {
        id: "directive-of-newer-nginx",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut recent = facts.standings.iter().flat_map(Standing::recent).peekable();
    if recent.peek().is_none() {
        return;
    }
    let Some(nginx) = facts.versions().nginx else { return };
    let mut seen = HashSet::new();
    let mut newer: BTreeMap<(Name, Version), Vec<Directive<'_>>> = BTreeMap::new();
    for (directive, since) in recent.filter(|(_, since)| *since > nginx) {
        if seen.insert(directive.name_span()) {
            newer.entry((directive.name(), since)).or_default().push(directive);
        }
    }
    for ((name, since), directives) in newer {
        let Some((first, others)) = directives.split_first() else { continue };
        let message = format!("nginx {nginx} does not take `{}` here", name.text());
        let mut diagnostic = diagnostic(RULE.id, first.name_span(), message);
        diagnostic.here = format!("it came with nginx {since}");
        also_at(&mut diagnostic, others.iter().map(|other| other.name_span()));
        found.push(diagnostic);
    }
}
