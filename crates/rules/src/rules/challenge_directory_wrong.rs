use std::{os::unix::ffi::OsStrExt, path::Path};

use acme::{Cause, PATH, is_meant_for_challenges};
use model::{Directive, Location, Sources, name};
use parser::Span;

use crate::{
    Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    cure::{end_of_word, location_at, one_edit},
    facts::Facts,
    failure::{Case, Failure, Mistake, abridge, is_doubled, is_glued, span_to_show},
    insertion::{insert_at_head, quoted},
};

rule! {
    /// nginx looks for tokens where no client puts them.
    ///
    /// `root` is put in front of the whole path, `alias` in the place of the part that the location
    /// names. So an `alias` wants a slash at its end where the location has one: without it nginx
    /// opens `/var/www/challengesTOKEN`. And in a regular expression an `alias` stands for the whole
    /// path: it needs a capture, or all tokens become the directory itself.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         alias /var/www/challenges;
    ///     }
    /// }
    /// ```
    ///
    /// In the same way a `root` that ends in `/.well-known/acme-challenge` has the path twice. And where
    /// `--webroot DIR` or `--token-dir DIR` says where the ACME client puts its tokens, a location that
    /// looks elsewhere is reported, too: `root` and `alias` exchanged is the most common reason.
    ///
    /// A location and an `alias` that both lack the slash fit together, and are not reported.
    RULE {
        id: "challenge-directory-wrong",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The title of the fixes that follow the client.
const ELSEWHERE: &str = "look for tokens where the ACME client puts them";

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::DirectoryWrong {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let location = case.location(facts.http);
        let directive = location.and_then(directive).or(case.at().trace.decided_by);
        let place = directive.map_or(server.directive.name_span(), span_to_show);
        let (message, here) = words(failure);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = here;
        if let Some(Cause::WebRootMismatch { placed, .. }) = case.cause {
            let placed = abridge(&placed.display().to_string());
            diagnostic.notes.push(format!("the client puts it at {placed}"));
        }
        if let Some(location) = location {
            let text = "in this location".to_owned();
            diagnostic.labels.push(Label { span: location.directive.head_span(), text });
        }
        diagnostic.fix = failure.fix(|case| fix(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

/// What is wrong with the directory, and what comes of it.
fn words(failure: &Failure<'_>) -> (&'static str, String) {
    let trace = &failure.at().trace;
    let message = if is_glued(trace) {
        "the directory and the token run together"
    } else if is_doubled(trace) {
        "the path of challenges is in the `root` already, and comes twice"
    } else if let Some(Cause::WebRootMismatch { served, .. }) = failure.first().cause {
        let served = abridge(&served.display().to_string());
        let message = "nginx looks for tokens elsewhere than the ACME client puts them";
        return (message, format!("nginx looks for `{served}`"));
    } else {
        let message =
            "all tokens become one path: the `alias` of a regular expression has no capture";
        return (message, "this is the path of each token".to_owned());
    };
    let path = trace.missing.as_ref().map(|path| abridge(&path.display().to_string()));
    (message, path.map(|path| format!("nginx looks for `{path}`")).unwrap_or_default())
}

/// What puts the path together.
fn directive<'c>(location: &Location<'c>) -> Option<Directive<'c>> {
    location.level.first(name::ALIAS).or_else(|| location.level.first(name::ROOT))
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let sources = facts.sources();
    let trace = &case.at().trace;
    let location = case.location(facts.http).filter(|location| is_meant_for_challenges(location));
    let own = location.and_then(directive);
    if let Some(Cause::WebRootMismatch { placed, .. }) = case.cause {
        let alone = location.filter(|one| one.pattern.starts_with(PATH.as_bytes()));
        return match (alone, own) {
            (Some(location), Some(own)) => move_to(sources, location, own, placed),
            (Some(location), None) if location.modifier.is_prefix() => {
                place_in(sources, location, placed)
            }
            _ => location_at(facts, case, ELSEWHERE),
        };
    }
    let (location, own) = (location?, own?);
    if is_doubled(trace) {
        let span = own.arg_span(0)?;
        let text = &sources.file(span.file).bytes[span.range()];
        let bare = PATH.trim_end_matches('/').as_bytes();
        let start = text.windows(bare.len()).rposition(|part| part == bare)? as u32;
        let end = end_of_word(sources, own, 0)?.end;
        let span = Span::new(span.file, span.start + start, end);
        return Some(one_edit("take the path out of the `root`", Edit::replace(span, "")));
    }
    let slash = || Some(Edit::insert_after(end_of_word(sources, own, 0)?, "/"));
    if location.modifier.is_prefix() {
        return Some(one_edit("end the `alias` with a slash", slash()?));
    }
    let head = location.directive;
    if head.arg_count() != 2 {
        return None;
    }
    let mut edits =
        vec![Edit::replace(head.arg_span(0)?, "^~"), Edit::replace(head.arg_span(1)?, PATH)];
    if !own.arg(0)?.ends_with(b"/") {
        edits.push(slash()?);
    }
    Some(Fix { edits, ..one_edit("make the location a prefix, for which `alias` works", slash()?) })
}

/// Lets a location for challenges alone look where the client puts its token.
fn move_to(
    sources: &Sources,
    location: &Location<'_>,
    own: Directive<'_>,
    placed: &Path,
) -> Option<Fix> {
    if !location.modifier.is_prefix() {
        return None;
    }
    let directory = placed.parent()?.as_os_str().as_bytes();
    let bare = PATH.trim_end_matches('/').as_bytes();
    let web_root = directory.strip_suffix(bare);
    let argument = own.arg(0)?;
    let named = argument.strip_suffix(b"/").unwrap_or(&argument);
    let is_alias = own.name() == name::ALIAS;
    let name = Edit::replace(own.name_span(), if is_alias { "root" } else { "alias" });
    if is_alias && web_root == Some(named) {
        return Some(one_edit("use `root`, which is put in front of the whole path", name));
    }
    if !is_alias && directory == named {
        let mut fix = one_edit("use `alias`, which takes the place of the path", name);
        if location.pattern.ends_with(b"/") && !argument.ends_with(b"/") {
            fix.edits.push(Edit::insert_after(end_of_word(sources, own, 0)?, "/"));
        }
        return Some(fix);
    }
    let wanted = match (is_alias, web_root) {
        (false, root) => root?.to_vec(),
        (true, _) if location.pattern.ends_with(b"/") => [directory, b"/"].concat(),
        (true, _) => directory.to_vec(),
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    let edit = Edit::replace(own.arg_span(0)?, wanted.clone());
    wanted.iter().all(is_plain).then(|| one_edit(ELSEWHERE, edit))
}

/// Gives a location for challenges alone, which inherits its `root`, one of its own.
fn place_in(sources: &Sources, location: &Location<'_>, placed: &Path) -> Option<Fix> {
    let directory = placed.parent()?.as_os_str().as_bytes();
    if directory.contains(&b'$') {
        return None;
    }
    let bare = PATH.trim_end_matches('/').as_bytes();
    let web_root = directory.strip_suffix(bare).filter(|root| !root.is_empty());
    let line = match web_root {
        Some(root) => [b"root ", &*quoted(root), b";"].concat(),
        None => [b"alias ", &*quoted(&[directory, b"/"].concat()), b";"].concat(),
    };
    let edit = insert_at_head(sources, location.directive, &[&line])?;
    Some(one_edit(ELSEWHERE, edit))
}
