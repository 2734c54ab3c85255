use std::os::unix::ffi::OsStrExt;

use acme::{KeyAuthorization, meant_for_challenges};
use model::{Http, LocationId, Server, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    insertion::insert_at_head,
    passing::{Found, find, warning},
};

rule! {
    /// The location for challenges has no `root`, and the one beside it does not count for it.
    ///
    /// `root` in `location /` holds for that location alone. A location beside it that has none, in a
    /// server that has none, looks into the directory that nginx was built with: `html` below its
    /// prefix, such as `/usr/share/nginx/html`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location / {
    ///         root /var/www/html;
    ///     }
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         default_type text/plain;
    ///     }
    /// }
    /// ```
    ///
    /// It is a warning, because a client may put its tokens just there. The patch gives the location the
    /// `root` of its neighbour; better still is one `root` for the whole server.
    ///
    /// ## Fix safety
    ///
    /// A client that puts its tokens into the directory built in would no longer get through.
    RULE {
        id: "challenge-location-without-root",
        group: Group::Challenge,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let built_in = [http.prefix.path.as_os_str().as_bytes(), b"/html/"].concat();
    let is_below = |authorization: &KeyAuthorization<'_>| match authorization {
        KeyAuthorization::File { path, .. } => path.as_os_str().as_bytes().starts_with(&built_in),
        _ => false,
    };
    let pairs = find(facts, is_below, |server| without_root(http, server));
    for Found { what: Pair { location, neighbour }, server, names } in pairs {
        let message = "the location for challenges has no `root`, and looks into the one built in";
        let mut diagnostic = warning(RULE.id, message, location, &names);
        "nginx's own `html` directory counts here".clone_into(&mut diagnostic.here);
        let text = "this holds for its own location alone".to_owned();
        diagnostic.labels.push(Label { span: neighbour, text });
        diagnostic.fix = fix(facts, http.server(server), location, neighbour);
        found.push(diagnostic);
    }
}

/// A location for challenges without a root, and the `root` of one beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    location: Span,
    neighbour: Span,
}

fn without_root(http: &Http<'_>, server: &Server<'_>) -> Option<Pair> {
    if http.effective(server, name::ROOT).is_some() {
        return None;
    }
    let has_place = |id: &LocationId| {
        let chain = std::iter::successors(Some(*id), |&id| server.location(id).parent);
        let places = [name::ROOT, name::ALIAS, name::PROXY_PASS];
        let mut levels = chain.map(|id| &server.location(id).level);
        levels.any(|level| places.into_iter().any(|name| level.first(name).is_some()))
    };
    let (_, location) = meant_for_challenges(server)
        .find(|(id, location)| !has_place(id) && location.level.code().next().is_none())?;
    let mut outer = server.outer_locations.iter().map(|&id| server.location(id));
    let neighbour = outer.find_map(|other| other.level.first(name::ROOT))?;
    Some(Pair { location: location.directive.head_span(), neighbour: neighbour.head_span() })
}

fn fix(facts: &Facts<'_>, server: &Server<'_>, location: Span, neighbour: Span) -> Option<Fix> {
    let sources = facts.sources();
    let root = sources.file(neighbour.file).bytes[neighbour.range()].to_vec();
    let location = server.locations.iter().find(|one| one.directive.head_span() == location)?;
    let line = [root.trim_ascii_end().strip_suffix(b";").unwrap_or(&root), b";"].concat();
    Some(Fix {
        title: "give the location the `root` of its neighbour".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![insert_at_head(sources, location.directive, &[&line])?],
        ..Fix::default()
    })
}
