use std::collections::{HashMap, HashSet};

use model::{Body, Directive, SourceFile, name};
use parser::{DirectiveId, FileId, Span, SyntaxError, SyntaxErrorKind};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity, facts::Facts,
    refusal::diagnostic,
};

rule! {
    /// nginx cannot make sense of the text.
    ///
    /// A brace or a quote is missing or one too many, a semicolon is missing, or a word is longer
    /// than nginx's buffer. The message is nginx's own; where nginx only notices at the end of the
    /// file, the place is the quote or block that is open.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root "/var/www/html;
    /// }
    /// ```
    ///
    /// What follows the mistake is looked at all the same, as far as one can guess what is meant.
    ///
    /// ## Fix safety
    ///
    /// The patch adds a semicolon where a directive ends without one. Whether the directive was
    /// meant to go on only the author knows.
    RULE {
        id: "syntax-error",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for (id, file) in facts.sources().files() {
        let errors = file.tree.errors();
        if errors.is_empty() {
            continue;
        }
        let cut = cut_short(file);
        for error in errors {
            let cut = cut.get(&error.at).copied();
            found.push(judge(facts, id, file, *error, cut));
        }
    }
    blocks_among_entries(facts, found);
}

/// The directives that end where an error is, by that place.
fn cut_short(file: &SourceFile) -> HashMap<u32, DirectiveId> {
    let errors: HashSet<u32> = file.tree.errors().iter().map(|error| error.at).collect();
    let directives = file.tree.directives().iter().zip((0..).map(DirectiveId));
    directives
        .filter(|(directive, _)| directive.block.is_none() && errors.contains(&directive.end))
        .map(|(directive, id)| (directive.end, id))
        .collect()
}

fn judge(
    facts: &Facts<'_>,
    id: FileId,
    file: &SourceFile,
    error: SyntaxError,
    cut: Option<DirectiveId>,
) -> Diagnostic {
    let span = Span::new(id, error.start, error.end);
    let mut diagnostic = diagnostic(RULE.id, span, error.message(&file.bytes));
    let here = match error.kind {
        SyntaxErrorKind::Unexpected(b';') => "no directive stands before it",
        SyntaxErrorKind::Unexpected(b'{') if cut.is_none() => "no block may open here",
        SyntaxErrorKind::Unexpected(b'{') => "a brace outside of quotes opens a block",
        SyntaxErrorKind::Unexpected(b'}') if cut.is_none() => "no block is open here",
        SyntaxErrorKind::Unexpected(b'}') => "no block may end here",
        SyntaxErrorKind::Unexpected(_) => "a blank or `;` must follow a closing quote",
        SyntaxErrorKind::EndInStatement if error.start == error.end => "the file ends here",
        SyntaxErrorKind::EndInStatement | SyntaxErrorKind::TooLongQuoted(_) => {
            "this quote is not closed"
        }
        SyntaxErrorKind::EndInBlock | SyntaxErrorKind::EndInLua => "this block is not closed",
        SyntaxErrorKind::TooLong => "longer than the 4095 bytes that nginx reads as one word",
        SyntaxErrorKind::TooLongLua | SyntaxErrorKind::OpenLongBracket => "it starts here",
        SyntaxErrorKind::ByteOrderMark => "save the file without it",
    };
    here.clone_into(&mut diagnostic.here);
    if error.kind == SyntaxErrorKind::Unexpected(b'{') && cut.is_some() {
        diagnostic.notes.push("put regular expressions with braces in quotes".to_owned());
    }
    if let Some(cut) = cut
        && matches!(error.kind, SyntaxErrorKind::Unexpected(b'}') | SyntaxErrorKind::EndInStatement)
        && file.tree.words(cut).iter().all(|word| word.closed)
        && error.start >= file.tree.directive(cut).end
        && let [name, .., last] | [name @ last] = file.tree.words(cut)
    {
        let text = "this directive has no `;`".to_owned();
        let span = Span::new(id, name.start, last.end);
        diagnostic.labels.push(Label { span, text });
        diagnostic.fix = Some(Fix {
            title: "end the directive with a semicolon".to_owned(),
            applicability: Applicability::Unsafe,
            edits: vec![Edit::insert_after(span, ";")],
            ..Fix::default()
        });
    }
    if error.kind == SyntaxErrorKind::ByteOrderMark && !is_refused_with_mark(facts, id) {
        diagnostic.severity = Severity::Warning;
        diagnostic.refused_by_nginx = false;
    }
    diagnostic
}

/// Whether nginx refuses a file because of its byte order mark: not where the first word may be
/// anything.
fn is_refused_with_mark(facts: &Facts<'_>, file: FileId) -> bool {
    let mut standings = facts.standings.iter().filter(|standing| standing.file() == file);
    standings.any(|standing| match standing.outer {
        Body::Directives(_) => true,
        Body::Entries => {
            let first = standing.directives().next();
            first.and_then(|(_, entry)| entry.parent()).map(Directive::name) == Some(name::GEO)
        }
        Body::Lua | Body::Unknown => false,
    })
}

/// A file with blocks that is included among entries: the parser does not know where it stands.
fn blocks_among_entries(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for standing in facts.standings.iter().filter(|standing| standing.outer == Body::Entries) {
        for (body, entry) in standing.directives() {
            let (Body::Entries, Some(inside), Some(around)) =
                (body, entry.block_span(), entry.parent())
            else {
                continue;
            };
            // Blocks of other modules may be read in another way.
            if !matches!(around.name(), name::TYPES | name::MAP | name::GEO) {
                continue;
            }
            let brace = Span { start: inside.start - 1, end: inside.start, ..inside };
            let mut diagnostic = diagnostic(RULE.id, brace, "unexpected \"{\"".to_owned());
            "no block may open here".clone_into(&mut diagnostic.here);
            let text = format!("the file is included into this `{}`", around.name().text());
            diagnostic.labels.push(Label { span: around.head_span(), text });
            found.push(diagnostic);
        }
    }
}
