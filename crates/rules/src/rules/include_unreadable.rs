use std::{collections::HashMap, path::Path};

use model::{Body, FileKind, LoadProblem, LoadProblemKind, Reason, Standing, name};
use parser::Span;

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::diagnostic};

rule! {
    /// An `include` leads to a file that nginx cannot read.
    ///
    /// A name without `*`, `?` and `[` must exist; nginx does not start otherwise. Relative names
    /// start at the directory of nginx.conf, whatever file they stand in.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     include snippets/letsencrypt.conf;
    /// }
    /// ```
    ///
    /// A file that includes itself, be it over others, is read until nginx has no file descriptors or
    /// no memory left. Where only this user may not look, or where nobody knows where the name starts, a line
    /// of information says so.
    RULE {
        id: "include-unreadable",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let problems = facts.sources().problems();
    if problems.is_empty() {
        return;
    }
    let includes = followed_includes(facts);
    for problem in problems {
        let Some(span) = problem.at else { continue };
        let mut diagnostic = judge(problem, span);
        if !includes.get(&span).is_some_and(|is_followed| *is_followed)
            && diagnostic.severity == Severity::Error
        {
            // Whether nginx follows it is for a block to say that nobody knows.
            diagnostic.severity = Severity::Warning;
            diagnostic.refused_by_nginx = false;
        }
        found.push(diagnostic);
    }
}

/// The argument of each `include`, and whether nginx certainly follows it somewhere.
fn followed_includes(facts: &Facts<'_>) -> HashMap<Span, bool> {
    let mut includes = HashMap::new();
    for (body, include) in facts.standings.iter().flat_map(Standing::directives) {
        if include.name() != name::INCLUDE {
            continue;
        }
        let Some(span) = include.arg_span(0) else { continue };
        let around = include.parent().map(model::Directive::name);
        let is_followed = match body {
            Body::Directives(_) => true,
            Body::Entries => matches!(around, Some(name::TYPES | name::MAP | name::GEO)),
            Body::Lua | Body::Unknown => false,
        };
        *includes.entry(span).or_default() |= is_followed;
    }
    includes
}

fn judge(problem: &LoadProblem, span: Span) -> Diagnostic {
    let path = problem.path.display();
    let (severity, message, here) = match &problem.kind {
        LoadProblemKind::Missing => (
            Severity::Error,
            format!("open() \"{path}\" failed (2: No such file or directory)"),
            "no such file, or a symbolic link that leads nowhere",
        ),
        LoadProblemKind::Unreadable(Reason::WrongKind(FileKind::Directory)) => (
            Severity::Error,
            format!("pread() \"{path}\" failed (21: Is a directory)"),
            "this is a directory; `/*.conf` would include what is in it",
        ),
        LoadProblemKind::Unreadable(Reason::LinkLoop) => (
            Severity::Error,
            format!("open() \"{path}\" failed (40: Too many levels of symbolic links)"),
            "its symbolic links lead in a circle",
        ),
        LoadProblemKind::Unreadable(Reason::PermissionDenied) => (
            Severity::Info,
            format!("{path} was not read: permission denied"),
            "run as root to have it looked at",
        ),
        LoadProblemKind::Unreadable(reason) => {
            (Severity::Warning, format!("{path} was not read: {reason}"), "")
        }
        LoadProblemKind::Foreign(what) => {
            (Severity::Warning, format!("{path} was not read: {what}"), "")
        }
        LoadProblemKind::TooMuch => (
            Severity::Warning,
            format!("{path} was not read: with it the configuration would hardly come to an end"),
            "the files below include each other over and over",
        ),
        LoadProblemKind::Cycle => (
            Severity::Error,
            format!("{path} includes itself, and nginx reads it over and over"),
            "this leads back to a file that is being read",
        ),
        LoadProblemKind::Unresolved | LoadProblemKind::NothingFound => (
            Severity::Info,
            format!("{path} was not found; where it starts is not known without nginx.conf"),
            "",
        ),
    };
    let mut diagnostic = diagnostic(RULE.id, span, message);
    diagnostic.severity = severity;
    diagnostic.refused_by_nginx = severity == Severity::Error;
    here.clone_into(&mut diagnostic.here);
    if matches!(problem.kind, LoadProblemKind::Missing)
        && problem.path == Path::new("/etc/letsencrypt/options-ssl-nginx.conf")
    {
        diagnostic.notes.push(
            "certbot's nginx plugin made it on the machine where the certificates were issued: copy \
             it from there, with /etc/letsencrypt/ssl-dhparams.pem"
                .to_owned(),
        );
    }
    diagnostic
}
