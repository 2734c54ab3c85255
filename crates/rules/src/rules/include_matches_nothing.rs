use std::collections::HashSet;

use model::{Directive, NearMiss, Standing, name};
use parser::Span;

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::diagnostic};

rule! {
    /// The pattern of an `include` matches nothing, though it was meant to bring something.
    ///
    /// nginx says nothing of a pattern that matches no file, and starts with what there is. It is told
    /// where no server is left: the links in `sites-enabled` are missing, or the configuration was
    /// copied without its sites. And it is told where a file beside fits but for the end of its name,
    /// as `acme.inc` does where `snippets/acme*.conf` is included.
    ///
    /// ```nginx,bad
    /// include /etc/nginx/sites-enabled/*;
    /// ```
    ///
    /// Otherwise a pattern without files is common and fine, as that of `modules-enabled` mostly is.
    ///
    /// ## See also
    ///
    /// - `include-unreadable`
    RULE {
        id: "include-matches-nothing",
        group: Group::Nginx,
        max_severity: Severity::Info,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for NearMiss { argument, path } in &facts.evidence.near_misses {
        let message = format!("this matches nothing, and {} just misses it", path.display());
        found.push(tell(
            *argument,
            &message,
            "nginx takes this without a word, and goes without the file",
        ));
    }
    if found.iter().any(|one| one.rule == RULE.id) {
        return;
    }
    if !facts.http.servers.is_empty() {
        return;
    }
    let sources = facts.sources();
    let is_known = |span: &Span| sources.problems().iter().any(|one| one.at == Some(*span));
    let empty: Vec<_> = sources.empty_includes().filter(|span| !is_known(span)).collect();
    if empty.is_empty() {
        return;
    }
    // The files are mostly a copy of those of a machine.
    let is_elsewhere =
        |span: &Span| !facts.settings.is_machine && sources.text(*span).starts_with(b"/");
    if let Some(span) = empty.iter().copied().find(is_elsewhere) {
        let message = "this matches nothing here, and no server was found";
        found.push(tell(
            span,
            message,
            "if these files are a copy of those of a machine, name the directory that stands for `/` \
             with `--root DIR`",
        ));
        return;
    }
    let for_sites = for_sites(facts);
    let Some(span) = empty.into_iter().find(|span| for_sites.contains(span)) else { return };
    let text = String::from_utf8_lossy(sources.text(span));
    let note = if text.contains("sites-enabled") {
        "a file of `sites-available` counts once a link in `sites-enabled` leads to it"
    } else {
        "nginx takes this without a word, and serves nothing"
    };
    found.push(tell(span, "this matches nothing, and no server was found", note));
}

fn tell(span: Span, message: &str, note: &str) -> Diagnostic {
    let mut diagnostic = diagnostic(RULE.id, span, message.to_owned());
    diagnostic.severity = Severity::Info;
    diagnostic.refused_by_nginx = false;
    diagnostic.notes.push(note.to_owned());
    diagnostic
}

/// The arguments of the includes where servers may stand.
fn for_sites(facts: &Facts<'_>) -> HashSet<Span> {
    let all = facts.standings.iter().flat_map(Standing::directives).map(|(_, directive)| directive);
    let includes = all.filter(|directive| directive.name() == name::INCLUDE);
    let is_for_sites = |include: &Directive<'_>| {
        include.parent().is_some_and(|parent| parent.name() == name::HTTP)
    };
    includes.filter(is_for_sites).filter_map(|include| include.arg_span(0)).collect()
}
