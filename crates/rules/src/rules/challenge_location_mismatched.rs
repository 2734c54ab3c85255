use acme::{
    Cause, PATH,
    misfit::{Misfit, of_location},
};
use model::{Location, Modifier, Sources};
use parser::Span;

use crate::{
    Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    cure::one_edit,
    facts::Facts,
    failure::{Mistake, span_to_show},
    refusal::list,
};

rule! {
    /// A location made for challenges does not match them.
    ///
    /// Three slips are common. `=` makes a location match one path, that of the directory, and no
    /// token in it. A regular expression with `[a-zA-Z0-9]+` leaves out `-` and `_`, which about half
    /// of all tokens have, so that renewals fail now and then. And the path is easily misspelt:
    /// `acme-challange`, or `/well-known/` without its dot.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location = /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    ///
    ///     location / {
    ///         return 404;
    ///     }
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// Beside a prefix that serves tokens, an exact location that hides the directory is fine, and so
    /// is a misspelt one that nobody needs: only challenges that fail are reported.
    RULE {
        id: "challenge-location-mismatched",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::LocationMismatched {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let Some(location) = case.meant.map(|id| server.location(id)) else { continue };
        let target = &case.at().request.target;
        let Some(misfit) = of_location(location, target) else { continue };
        let (message, here) = match misfit {
            Misfit::Exact => (
                "the location for challenges matches their directory, and no token in it"
                    .to_owned(),
                "`=` matches nothing but this path",
            ),
            Misfit::Tokens => match case.cause {
                Some(Cause::SomeTokens { like, .. }) => (
                    format!("the location for challenges leaves out {}", like.words()),
                    "this does not match them",
                ),
                _ => (
                    "the location for challenges leaves out tokens".to_owned(),
                    "this does not match them",
                ),
            },
            Misfit::Misspelt => (
                "the path of the location for challenges is misspelt".to_owned(),
                "challenges are asked for below `/.well-known/acme-challenge/`",
            ),
        };
        let place = location.directive.head_span();
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        here.clone_into(&mut diagnostic.here);
        if let Some(decided) = case.at().trace.decided_by {
            let text = "this takes them instead".to_owned();
            diagnostic.labels.push(Label { span: span_to_show(decided), text });
        }
        diagnostic.fix = failure.fix(|case| {
            let (_, server) = case.server(facts.http)?;
            fix(facts.sources(), server.location(case.meant?), misfit)
        });
        found.push(diagnostic);
    }
}

fn fix(sources: &Sources, location: &Location<'_>, misfit: Misfit) -> Option<Fix> {
    let directive = location.directive;
    match misfit {
        Misfit::Exact if directive.arg_count() == 2 => {
            let edit = Edit::replace(directive.arg_span(0)?, "^~");
            Some(one_edit("match everything below the path with `^~`", edit))
        }
        Misfit::Tokens => {
            let (edit, missing) = wider_class(sources, location)?;
            Some(one_edit(&format!("take {missing} as well"), edit))
        }
        Misfit::Misspelt => {
            let is_alone = location.modifier == Modifier::Prefix && directive.arg_count() == 1;
            let is_final = location.modifier == Modifier::FinalPrefix && directive.arg_count() == 2;
            let edit = Edit::replace(location.pattern_span(), PATH);
            (is_alone || is_final).then(|| one_edit("correct the spelling", edit))
        }
        Misfit::Exact => None,
    }
}

/// What the last class of characters of a regular expression lacks, put into it, and in words.
fn wider_class(sources: &Sources, location: &Location<'_>) -> Option<(Edit, String)> {
    let directive = location.directive;
    let span = directive.arg_span(directive.arg_count().checked_sub(1)?)?;
    let text = &sources.file(span.file).bytes[span.range()];
    let is_caseless = location.modifier == Modifier::RegexCaseless;
    let opens = text.iter().enumerate().rev().filter(|(_, byte)| **byte == b'[');
    let (at, missing) = opens.map(|(at, _)| at + 1).find_map(|start| {
        let class = &text[start..];
        let class = &class[..class.iter().position(|&byte| byte == b']')?];
        let missing = missing(class, is_caseless);
        // A hyphen in front stands for itself, and has to stay there.
        let at = start + usize::from(class.first() == Some(&b'-'));
        (class.first() != Some(&b'^') && !missing.is_empty()).then_some((at, missing))
    })?;
    let at = span.start + at as u32;
    let edit = Edit::insert_before(Span::new(span.file, at, at), missing.concat());
    let missing: Vec<_> = missing.into_iter().map(|one| format!("`{one}`")).collect();
    Some((edit, list(&missing, "and")))
}

/// What tokens may have and a class of characters lacks.
fn missing(class: &[u8], is_caseless: bool) -> Vec<&'static str> {
    let has = |range: &[u8]| class.windows(range.len()).any(|part| part == range);
    let has_hyphen = class.first() == Some(&b'-') || class.last() == Some(&b'-');
    let has_letters = is_caseless && (has(b"a-z") || has(b"A-Z"));
    // `\w` and `[:alnum:]` stand for several.
    let is_of_ranges = (has(b"a-z") || has(b"A-Z") || has(b"0-9")) && !has(b"\\") && !has(b"[");
    let lacks = |range: &[u8]| is_of_ranges && !has(range);
    let parts = [
        ("-", !has_hyphen),
        ("_", !has(b"_")),
        ("A-Z", lacks(b"A-Z") && !has_letters),
        ("a-z", lacks(b"a-z") && !has_letters),
        ("0-9", lacks(b"0-9")),
    ];
    parts.into_iter().filter(|(_, is_missing)| *is_missing).map(|(part, _)| part).collect()
}
