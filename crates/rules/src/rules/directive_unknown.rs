use std::collections::HashMap;

use model::{Context, Directive, Name, Refusal, directive_table, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    facts::Facts,
    refusal::{diagnostic, shown},
};

rule! {
    /// nginx and its known modules have no directive of this name.
    ///
    /// nginx does not start with it, and a running nginx keeps its old configuration: renewed
    /// certificates are not loaded either.
    ///
    /// ```nginx,bad
    /// server {
    ///     lisen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// Names of widely used modules are known, and so are those that nginx had once or has only
    /// lately. Where the configuration loads a module that is not known, this is a warning.
    ///
    /// ## Fix safety
    ///
    /// The patch writes the name that was probably meant, if that may stand here with these
    /// arguments. Whether it was meant only the author knows.
    RULE {
        id: "directive-unknown",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// For how many different names a suggestion is looked for; a file that is no configuration at all
/// has more.
const MOST_SUGGESTIONS: usize = 1000;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let unknown_module = unknown_module(facts);
    let mut suggestions = HashMap::new();
    for refused in &facts.refused {
        if refused.why != Refusal::Unknown {
            continue;
        }
        let directive = refused.directive;
        let name = directive.name_text();
        let message = format!("unknown directive \"{}\"", shown(&name));
        let mut diagnostic = diagnostic(RULE.id, directive.name_span(), message);
        if let Some(module) = unknown_module {
            diagnostic.severity = Severity::Warning;
            diagnostic.refused_by_nginx = false;
            let text = "unless this module has it".to_owned();
            diagnostic.labels.push(Label { span: module.head_span(), text });
        }
        if let Some(parent) = opened_by_quantifier(directive) {
            "this is the rest of a regular expression".clone_into(&mut diagnostic.here);
            let text = "a brace outside of quotes opens a block".to_owned();
            diagnostic.labels.push(Label { span: parent.head_span(), text });
            let note = "put regular expressions with braces in quotes";
            diagnostic.notes.push(note.to_owned());
        } else if let Some(fix) = blank_after_if(directive, refused.context) {
            "`if` needs a blank before its condition".clone_into(&mut diagnostic.here);
            diagnostic.fix = Some(fix);
        } else if let Some(near) = suggestion(&mut suggestions, &name)
            && directive_table::candidates(Name::of(near.as_bytes()), refused.context)
                .next()
                .is_some()
        {
            diagnostic.here = format!("did you mean `{near}`?");
            diagnostic.fix = rename(directive, refused.context, near);
        }
        found.push(diagnostic);
    }
}

/// A `load_module` of something that the table does not know.
fn unknown_module<'c>(facts: &Facts<'c>) -> Option<Directive<'c>> {
    let main = facts.config().roots_in(Context::Main);
    main.filter(|directive| directive.name() == name::LOAD_MODULE).find(|directive| {
        let path = directive.arg(0).unwrap_or_default();
        let file = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let stem = file.strip_suffix(b".so").unwrap_or(file);
        !directive_table::knows_module(stem)
    })
}

/// The block around, if it was opened by a `{` of a regular expression such as `^/[0-9]{3}$`, of
/// which the name is the rest.
fn opened_by_quantifier(directive: Directive<'_>) -> Option<Directive<'_>> {
    let parent = directive.parent()?;
    let inside = parent.block_span()?;
    let name = directive.name_text();
    let is_rest = inside.start == directive.name_span().start
        && inside.file == directive.file_id()
        && parent.head_span().end + 1 == inside.start
        && name.first().is_some_and(u8::is_ascii_digit)
        && name.contains(&b'}');
    is_rest.then_some(parent)
}

fn blank_after_if(directive: Directive<'_>, context: Context) -> Option<Fix> {
    directive.name_text().strip_prefix(b"if(")?;
    directive_table::candidates(name::IF, context).next()?;
    let span = directive.name_span();
    let after_if = parser::Span { start: span.start + 2, ..span };
    Some(Fix {
        title: "put a blank between `if` and its condition".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::insert_before(after_if, " ")],
        ..Fix::default()
    })
}

fn suggestion(
    known: &mut HashMap<Vec<u8>, Option<&'static str>>,
    name: &[u8],
) -> Option<&'static str> {
    if let Some(near) = known.get(name) {
        return *near;
    }
    if known.len() >= MOST_SUGGESTIONS {
        return None;
    }
    let near = directive_table::nearest(name);
    known.insert(name.to_vec(), near);
    near
}

/// The fix, if the directive of the near name takes what is written here.
fn rename(directive: Directive<'_>, context: Context, near: &str) -> Option<Fix> {
    let (has_block, count) = (directive.has_block(), directive.arg_count());
    directive_table::candidates(Name::of(near.as_bytes()), context)
        .find(|record| record.block == has_block && record.arity.accepts(count))?;
    Some(Fix {
        title: format!("write `{near}`"),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::replace(directive.name_span(), near)],
        ..Fix::default()
    })
}
