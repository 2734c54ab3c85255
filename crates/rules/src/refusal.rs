//! What keeps nginx from loading a configuration.

use std::collections::HashSet;

use model::{Context, Directive, Name, Refusal, Sources, Standing, directive_table};
use parser::{FileId, Span};

use crate::{Applicability, Diagnostic, Edit, ExtraDirective, Fix, Place, Reach, Severity, extra};

/// A directive that nginx refuses before it asks the directive's module.
#[derive(Debug)]
pub(crate) struct Refused<'c> {
    pub(crate) directive: Directive<'c>,
    /// What it stands in.
    pub(crate) context: Context,
    pub(crate) why: Refusal,
    /// What the user says of it, if the table knows nothing.
    pub(crate) declared: Option<&'c ExtraDirective>,
}

/// Where the files have syntax errors: what ends there, or has an open quote, is cut short.
pub(crate) struct Errors(HashSet<(FileId, u32)>);

impl Errors {
    pub(crate) fn of(sources: &Sources) -> Self {
        let files = sources.files();
        Self(
            files
                .flat_map(|(id, file)| file.tree.errors().iter().map(move |one| (id, one.at)))
                .collect(),
        )
    }

    /// Whether the arguments of a directive are not those that are meant.
    pub(crate) fn cut_short(&self, directive: Directive<'_>) -> bool {
        let span = directive.span();
        !self.0.is_empty()
            && (self.0.contains(&(span.file, span.end))
                || directive.words().iter().any(|word| !word.closed))
    }
}

/// The directives of all files that nginx refuses so, each once for each reason.
pub(crate) fn refused<'c>(
    standings: &[Standing<'c>],
    errors: &Errors,
    extra: &'c [ExtraDirective],
) -> Vec<Refused<'c>> {
    let mut seen = HashSet::new();
    let mut refused = Vec::new();
    for (context, directive, why) in standings.iter().flat_map(Standing::refusals) {
        let is_unknown = why == Refusal::Unknown;
        let declared = extra::declared(extra, directive).filter(|_| is_unknown);
        let why = match declared {
            Some(declared) => match extra::refusal(declared, directive, context) {
                Some(why) => why,
                None => continue,
            },
            None => why,
        };
        let is_of_arguments =
            matches!(why, Refusal::WithoutBlock | Refusal::ArgumentCount | Refusal::NotAFlag);
        if is_of_arguments && errors.cut_short(directive) {
            continue; // the error says it all
        }
        let misplaced_in = (why == Refusal::Misplaced).then_some(context);
        if seen.insert((directive.name_span(), why, misplaced_in)) {
            refused.push(Refused { directive, context, why, declared });
        }
    }
    refused
}

/// Where a semicolon was most likely forgotten: before an argument that is the name of a directive
/// which may stand here, if both halves make sense. Its number, and the fix.
pub(crate) fn forgotten_semicolon(refused: &Refused<'_>) -> Option<(usize, Fix)> {
    let Refused { directive, context, .. } = *refused;
    let takes = |name: Name, has_block: bool, count: usize| {
        let mut records = directive_table::candidates(name, context);
        records.any(|record| record.block == has_block && record.arity.accepts(count))
    };
    let count = directive.arg_count();
    let at = (1..count).find(|&at| {
        let next = directive.arg(at).map_or(Name::UNKNOWN, |arg| Name::of(&arg));
        next != Name::UNKNOWN
            && takes(directive.name(), false, at)
            && takes(next, directive.has_block(), count - at - 1)
    })?;
    let fix = Fix {
        title: format!("end `{}` with a semicolon", shown(&directive.name_text())),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::insert_after(directive.arg_span(at - 1)?, ";")],
        ..Fix::default()
    };
    Some((at, fix))
}

/// A problem that keeps nginx from loading the configuration.
pub(crate) fn diagnostic(rule: &'static str, span: Span, message: String) -> Diagnostic {
    Diagnostic {
        rule,
        severity: Severity::Error,
        message,
        place: Place::Span(span),
        here: String::new(),
        names: Vec::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: true,
        reach: Reach::default(),
    }
}

/// The name of a directive for a message: as nginx reads it, odd bytes escaped.
pub(crate) fn shown(name: &[u8]) -> String {
    match str::from_utf8(name) {
        Ok(name) if !name.contains(char::is_control) => name.to_owned(),
        _ => name.escape_ascii().to_string(),
    }
}

/// Words with commas and a conjunction between: `a, b or c`.
pub(crate) fn list(words: &[String], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [rest @ .., last] => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}
