//! The report for programs: one JSON document, described in docs/json.md.

use std::io::{self, Write};

use fixer::Change;
use parser::{Position, Span};
use rules::{Applicability, Edit, Fix, Hop, HopStep, Label, Place};

use super::{Configuration, FixState, Problem, Report, silenced, summary, visible_json, written};
use document as json;
pub(crate) use document::{Diagnostic, LookedAt, SCHEMA};

pub(crate) mod dns;
pub(super) mod document;

/// Writes the document and a line feed.
pub(crate) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    visible_json::write(out, &document(report))?;
    out.write_all(b"\n")
}

fn document<'r>(report: &'r Report<'r>) -> json::Document<'r> {
    let configurations = &report.configurations;
    json::Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        inputs: report.inputs.iter().map(|path| json::File::new(path)).collect(),
        is_default_input: report.is_default_input,
        root: report.root.as_deref().map(json::File::new),
        settings: report.settings.as_deref().map(json::File::new),
        summary: summary::looked_at(report),
        looked_at: looked_at(report),
        dns: report.dns.as_ref().map(dns::General::new),
        configurations: configurations.iter().map(configuration).collect(),
        not_read: configurations
            .iter()
            .flat_map(|one| one.problems.iter().map(|problem| not_read(one, problem)))
            .collect(),
        diagnostics: configurations
            .iter()
            .enumerate()
            .flat_map(|(index, one)| {
                (0..one.diagnostics.len()).map(move |number| diagnostic(report, index, number))
            })
            .collect(),
        silenced: silenced::documents(report),
        baseline: report.baseline.as_ref().map(silenced::BaselineDocument::new),
        patch: report.patch.as_deref().map(json::Patch::new),
        written: report.written.as_ref().map(|one| written::Document::new(report, one)),
    }
}

/// The totals.
pub(crate) fn looked_at(report: &Report<'_>) -> LookedAt {
    let configurations = &report.configurations;
    let mut probed = configurations.iter().filter_map(|one| one.probed.as_ref());
    LookedAt {
        configurations: configurations.len(),
        files: configurations.iter().map(|one| one.files.len()).sum(),
        servers: configurations.iter().map(|one| one.servers).sum(),
        names: json::Names::new(report.tally()),
        probed: probed.next().map(|probed| json::Probed::new(probed.tally())),
        left_out: report.only_given.then(|| configurations.iter().map(|one| one.left_out).sum()),
    }
}

fn configuration<'r>(configuration: &'r Configuration<'r>) -> json::Configuration<'r> {
    json::Configuration {
        files: configuration
            .files
            .iter()
            .map(|file| json::SourceFile {
                file: json::File::new(&file.path),
                target: file.target.as_deref().map(json::Target::new),
                is_whole: file.is_whole,
            })
            .collect(),
        is_fragment: configuration.is_fragment,
        servers: configuration.servers,
        acme_clients: configuration
            .clients
            .as_ref()
            .map(|clients| clients.iter().map(|client| client.name()).collect()),
        names: json::Names::new(configuration.tally.clone()),
    }
}

fn not_read<'r>(configuration: &'r Configuration<'r>, problem: &'r Problem) -> json::NotRead<'r> {
    json::NotRead {
        path: json::Named::new(&problem.path),
        reason: &problem.reason,
        is_unresolved: problem.is_unresolved.then_some(true),
        at: problem.at.map(|span| stretch(configuration, span)),
    }
}

/// A diagnostic of a configuration.
pub(crate) fn diagnostic<'r>(
    report: &'r Report<'r>,
    index: usize,
    number: usize,
) -> Diagnostic<'r> {
    let configuration = &report.configurations[index];
    let (diagnostic, state) = (&configuration.diagnostics[number], configuration.fixes[number]);
    let change = configuration.changes.get(&number);
    Diagnostic {
        rule: diagnostic.rule,
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        configuration: index,
        place: place(report, configuration, &diagnostic.place),
        here: &diagnostic.here,
        related: diagnostic.labels.iter().map(|label| related(configuration, label)).collect(),
        notes: &diagnostic.notes,
        names: &diagnostic.names,
        way: diagnostic.way.iter().map(|one| hop(configuration, one)).collect(),
        fix: diagnostic.fix.as_ref().map(|one| fix(report, index, one, state, change)),
        refused_by_nginx: diagnostic.refused_by_nginx,
    }
}

fn related<'r>(configuration: &'r Configuration<'r>, label: &'r Label) -> json::Related<'r> {
    json::Related { place: stretch(configuration, label.span), message: &label.text }
}

fn hop<'r>(configuration: &'r Configuration<'r>, hop: &'r Hop) -> json::Hop<'r> {
    let step = |step: &'r HopStep| json::Step {
        why: &step.why,
        place: step.span.map(|span| stretch(configuration, span)),
    };
    json::Hop { url: &hop.url, steps: hop.steps.iter().map(step).collect(), answer: &hop.answer }
}

fn fix<'r>(
    report: &'r Report<'r>,
    index: usize,
    fix: &'r Fix,
    state: Option<FixState>,
    change: Option<&'r Change>,
) -> json::Fix<'r> {
    let configuration = &report.configurations[index];
    let edit =
        |edit: &'r Edit| json::Edit::new(stretch(configuration, edit.span), &edit.replacement);
    json::Fix {
        title: &fix.title,
        applicability: match fix.applicability {
            Applicability::Display => "display",
            Applicability::Unsafe => "unsafe",
            Applicability::Safe => "safe",
        },
        state: state.map(|state| match state {
            FixState::InPatch => "in_patch",
            FixState::NeedsUnsafe => "needs_unsafe_fixes",
            FixState::NextRun => "next_run",
            FixState::ByHand => "by_hand",
        }),
        changes: change.map(|change| json::Change {
            method: &change.method,
            url: &change.url,
            family: if change.is_ipv6 { "ipv6" } else { "ipv4" },
            before: &change.before,
            after: &change.after,
        }),
        edits: fix.edits.iter().map(edit).collect(),
        new_files: fix
            .new_files()
            .into_iter()
            .map(|file| {
                let path = report.shown.path(&file.path);
                json::NewFile::new(path, &file.contents, file.is_executable)
            })
            .collect(),
    }
}

pub(super) fn place<'r>(
    report: &'r Report<'r>,
    configuration: &'r Configuration<'r>,
    place: &'r Place,
) -> json::Stretch<'r> {
    match place {
        Place::Span(span) => stretch(configuration, *span),
        Place::Path(path) => json::Stretch::whole(report.shown.path(path)),
        Place::Line(path, line) => json::Stretch::line(report.shown.path(path), *line),
    }
}

pub(super) fn stretch<'r>(configuration: &'r Configuration<'r>, span: Span) -> json::Stretch<'r> {
    let file = configuration.file(span.file);
    let position = |offset| {
        let Position { line, column } = file.lines().position(offset);
        json::Position { line, column }
    };
    json::Stretch::part(&file.path, position(span.start), position(span.end), span.range())
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

    use serde_json::Value;

    use super::super::{File, Problem, example};
    use super::*;

    fn text(report: &Report<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn written(report: &Report<'_>) -> Value {
        serde_json::from_str(&text(report)).unwrap()
    }

    fn told_in_full() -> Report<'static> {
        let mut configuration = example::shop();
        let at = Some(example::span(&configuration, 0, "sites-enabled/*"));
        configuration.problems.push(Problem {
            path: "/etc/nginx/sites-enabled/old".into(),
            reason: "permission denied".to_owned(),
            at,
            is_unresolved: false,
        });
        example::report(configuration)
    }

    #[test]
    fn the_page_shows_what_is_written() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
        let page = std::fs::read_to_string(page).unwrap();
        let example = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let mut example: Value = serde_json::from_str(example).unwrap();
        example["version"] = env!("CARGO_PKG_VERSION").into();
        let text = text(&told_in_full());
        let written: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(example, written, "docs/json.md should show:\n{text}");
    }

    #[test]
    fn the_page_describes_every_field() {
        fn fields(value: &Value, names: &mut Vec<String>) {
            match value {
                Value::Object(object) => {
                    for (name, value) in object {
                        names.push(name.clone());
                        fields(value, names);
                    }
                }
                Value::Array(array) => array.iter().for_each(|value| fields(value, names)),
                _ => {}
            }
        }
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut names = Vec::new();
        let mut report = told_in_full();
        report.configurations[0].changes.insert(0, change());
        fields(&written(&report), &mut names);
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "docs/json.md does not describe {name}");
        }
    }

    fn change() -> Change {
        Change {
            method: "GET".to_owned(),
            url: "http://shop.example.com/.env".to_owned(),
            is_ipv6: false,
            before: "403".to_owned(),
            after: "the file /srv/shop/.env".to_owned(),
        }
    }

    #[test]
    fn a_fix_that_is_not_safe_comes_with_the_request_that_says_so() {
        let mut report = example::report(example::shop());
        report.configurations[0].changes.insert(0, change());
        let expected = serde_json::json!({
            "method": "GET",
            "url": "http://shop.example.com/.env",
            "family": "ipv4",
            "before": "403",
            "after": "the file /srv/shop/.env",
        });
        assert_eq!(written(&report)["diagnostics"][0]["fix"]["changes"], expected);
    }

    #[test]
    fn bytes_that_are_not_utf8_come_in_base64() {
        let mut configuration = example::shop();
        let bytes = configuration.files[1].bytes;
        let path = Path::new(OsStr::from_bytes(b"/etc/nginx/caf\xe9"));
        configuration.files[1] = File::new(path.to_owned(), Some(path.to_owned()), bytes);
        let fix = configuration.diagnostics[0].fix.as_mut().unwrap();
        fix.edits[0].replacement = b"# \x90\xdd\n".to_vec();
        let mut report = example::report(configuration);
        report.patch = Some(b"+\xff\n".to_vec());
        let document = written(&report);
        let found = &document["diagnostics"][0];
        assert_eq!(found["file"], "/etc/nginx/caf\u{fffd}");
        assert_eq!(found["file_base64"], "L2V0Yy9uZ2lueC9jYWbp");
        assert_eq!(found["fix"]["edits"][0]["replacement_base64"], "IyCQ3Qo=");
        assert_eq!(
            document["configurations"][0]["files"][1]["target_base64"],
            found["file_base64"]
        );
        assert_eq!(document["patch_base64"], "K/8K");
    }

    #[test]
    fn a_patch_that_is_text_is_text() {
        let mut report = example::report(example::shop());
        assert_eq!(written(&report).get("patch"), None);
        report.patch = Some(Vec::new());
        assert_eq!(written(&report)["patch"], "");
        assert_eq!(written(&report).get("patch_base64"), None);
    }

    #[test]
    fn a_path_as_a_whole_has_no_line() {
        let mut report = example::places(b"", []);
        let diagnostic = example::diagnostic(Place::Path("/etc/letsencrypt".into()));
        report.configurations[0].diagnostics.push(diagnostic);
        report.configurations[0].fixes.push(None);
        let document = written(&report);
        assert_eq!(document["diagnostics"][0]["file"], "/etc/letsencrypt");
        assert_eq!(document["diagnostics"][0].get("line"), None);
    }
}
