//! One diagnostic as a result.

use base64::{Engine, engine::general_purpose::STANDARD};
use parser::{FileId, Span};
use rules::{Applicability, Diagnostic, Edit, Hop, RULES};

use super::{Artifacts, level, region, sarif};
use crate::report::{
    Configuration, FixState,
    finding::{Finding, Fingerprints, Run, Spot, Stretch},
    printable,
};

/// GitHub refuses a result with more locations.
const MOST_LOCATIONS: usize = 1_000;

/// GitHub shows so many locations of a way.
const MOST_STEPS: usize = 1_000;

/// The result of a diagnostic.
pub(super) fn of<'r>(
    run: &'r Run<'r>,
    artifacts: &Artifacts,
    configuration: &'r Configuration<'r>,
    number: usize,
    prints: &mut Fingerprints,
) -> sarif::Result<'r> {
    let diagnostic = &configuration.diagnostics[number];
    let mut finding = run.finding(configuration, number, prints);
    let place = Place { run, artifacts, configuration };
    let left_out = diagnostic.labels.len().saturating_sub(MOST_LOCATIONS);
    if left_out > 0 {
        finding.details.push(format!("and {left_out} more places"));
    }
    let main = || match &diagnostic.place {
        rules::Place::Span(at) => place.span(*at),
        _ => place.of(&finding),
    };
    let labels = diagnostic.labels.iter().take(MOST_LOCATIONS).enumerate();
    let related = |(index, label): (usize, &rules::Label)| sarif::Location {
        id: Some(index + 1),
        message: Some(message(&label.text)),
        ..place.span(label.span)
    };
    sarif::Result {
        rule_id: diagnostic.rule,
        rule_index: RULES.iter().position(|rule| rule.id == diagnostic.rule),
        level: level(diagnostic.severity),
        // The first sentence stands alone where there is little room.
        message: sarif::Message { text: linkless(&finding.sentences("\n")) },
        locations: [main()],
        related_locations: labels.map(related).collect(),
        code_flows: place.way(&diagnostic.way, main).into_iter().collect(),
        fixes: place.fix(diagnostic, configuration.fixes[number]).into_iter().collect(),
        partial_fingerprints: sarif::PartialFingerprints { line: finding.fingerprint },
    }
}

/// A stretch of a file as a location.
pub(super) fn span(
    run: &Run<'_>,
    artifacts: &Artifacts,
    configuration: &Configuration<'_>,
    span: Span,
) -> sarif::Location {
    Place { run, artifacts, configuration }.span(span)
}

/// What is needed to say where something is.
#[derive(Clone, Copy)]
struct Place<'p, 'r> {
    run: &'p Run<'r>,
    artifacts: &'p Artifacts,
    configuration: &'p Configuration<'r>,
}

impl Place<'_, '_> {
    fn span(self, span: Span) -> sarif::Location {
        let file = self.configuration.file(span.file);
        let Stretch { start, end } = Stretch::of(file, span);
        let region = sarif::Region {
            byte_offset: Some(span.start),
            byte_length: Some(span.end - span.start),
            ..region(start, Some(end))
        };
        let artifact_location = self.file(span.file);
        sarif::Location {
            id: None,
            physical: sarif::PhysicalLocation { artifact_location, region },
            message: None,
        }
    }

    /// What is no part of the configuration. GitHub wants a line even of a directory.
    fn of(self, finding: &Finding<'_>) -> sarif::Location {
        let first = Spot { line: 1, column: None };
        let start = finding.stretch.map_or(first, |stretch| stretch.start);
        let artifact_location = self.artifacts.artifact(&finding.path);
        sarif::Location {
            id: None,
            physical: sarif::PhysicalLocation { artifact_location, region: region(start, None) },
            message: None,
        }
    }

    fn file(self, id: FileId) -> sarif::ArtifactLocation {
        let file = self.configuration.file(id);
        let path = file.target.as_deref().unwrap_or(&file.path);
        self.artifacts.artifact(&self.run.on_disk(path))
    }

    /// The way of the request. What nginx's own rules decide is told at the next directive.
    fn way(self, way: &[Hop], otherwise: impl Fn() -> sarif::Location) -> Option<sarif::CodeFlow> {
        let first = way.first()?;
        let mut locations: Vec<sarif::Location> = Vec::new();
        for Hop { url, steps, answer } in way {
            let before = locations.len();
            let mut told = vec![format!("{url}:")];
            for step in steps {
                told.push(step.why.clone());
                let Some(span) = step.span else { continue };
                let message = Some(message(&told.join(" ")));
                locations.push(sarif::Location { message, ..self.span(span) });
                told.clear();
            }
            told.push(format!("→ {answer}"));
            if locations.len() == before {
                locations.push(sarif::Location { message: None, ..otherwise() });
            }
            let last = locations.last_mut().expect("one was just pushed if there was none");
            let said = last.message.take().map(|message| message.text).into_iter().chain(told);
            last.message = Some(message(&said.collect::<Vec<_>>().join(" ")));
        }
        let more = locations.len().saturating_sub(MOST_STEPS);
        locations.truncate(MOST_STEPS);
        let more = if more > 0 { format!(" ({more} more steps)") } else { String::new() };
        let locations =
            locations.into_iter().map(|location| sarif::ThreadFlowLocation { location });
        Some(sarif::CodeFlow {
            message: message(&format!("the way of {}{more}", first.url)),
            thread_flows: [sarif::ThreadFlow { locations: locations.collect() }],
        })
    }

    /// The fix, unless a person has to do it or it makes files, which a document cannot say.
    fn fix<'d>(
        self,
        diagnostic: &'d Diagnostic,
        state: Option<FixState>,
    ) -> Option<sarif::Fix<'d>> {
        let fix = diagnostic.fix.as_ref()?;
        let is_whole = fix.applicability > Applicability::Display && fix.new_files().is_empty();
        if !is_whole || fix.edits.is_empty() {
            return None;
        }
        let how = match state {
            Some(FixState::NeedsUnsafe) => " (may change other answers)",
            _ => "",
        };
        let mut edits: Vec<_> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| edit.span);
        let by_file = edits.chunk_by(|left, right| left.span.file == right.span.file);
        let change = |edits: &[&'d Edit]| sarif::ArtifactChange {
            artifact_location: self.file(edits[0].span.file),
            replacements: edits.iter().map(|edit| self.replacement(edit)).collect(),
        };
        Some(sarif::Fix {
            description: message(&format!("{}{how}", fix.title)),
            artifact_changes: by_file.map(change).collect(),
        })
    }

    fn replacement(self, edit: &Edit) -> sarif::Replacement<'_> {
        let Edit { span, replacement, .. } = edit;
        let is_text = replacement.is_ascii()
            || str::from_utf8(self.configuration.file(span.file).bytes).is_ok();
        let inserted = match str::from_utf8(replacement) {
            Ok(text) if is_text => sarif::Content::Text(text.into()),
            _ => sarif::Content::Binary(STANDARD.encode(replacement)),
        };
        sarif::Replacement {
            deleted_region: sarif::Region {
                start_line: None,
                start_column: None,
                end_line: None,
                end_column: None,
                byte_offset: Some(span.start),
                byte_length: Some(span.end - span.start),
            },
            inserted_content: (!replacement.is_empty()).then_some(inserted),
        }
    }
}

fn message(text: &str) -> sarif::Message {
    sarif::Message { text: linkless(&printable::words(text)) }
}

/// Text in which `[a-z](1)` is no link.
fn linkless(text: &str) -> String {
    text.replace("](", "] (")
}
