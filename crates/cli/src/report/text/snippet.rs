//! Source with marks under it, drawn by miette.
//!
//! miette gets only the lines shown, as clean text: it would misplace marks after bytes that are
//! not UTF-8, and would read the whole file again for each diagnostic.

use std::{fmt, ops::Range};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use rules::Severity;

use crate::report::{File, Look, printable, text::line};

/// A stretch of a file with words under it.
#[derive(Clone, Debug)]
pub(super) struct Mark<'m> {
    /// The stretch, in bytes of the file.
    pub range: Range<u32>,
    /// What to see there; may be empty.
    pub text: &'m str,
    /// Whether this is where the problem is, rather than what explains it.
    pub is_primary: bool,
}

/// Lines of context before and after a marked line.
const CONTEXT: u32 = 1;

/// Draws the marked lines of a file, each under a heading that names the place.
pub(super) fn draw(look: Look, severity: Severity, file: &File<'_>, marks: &[Mark<'_>]) -> String {
    let mut marks: Vec<_> = marks.iter().map(|mark| PlacedMark::new(file, mark)).collect();
    marks.sort_by_key(|mark| (mark.line, mark.columns.start));
    // Lines that are one apart are shown together: the heading would take more room than the gap.
    marks
        .chunk_by(|left, right| right.line - left.line <= 2 * CONTEXT + 2)
        .map(|marks| Window::new(look, file, marks).draw(look, severity))
        .collect()
}

/// A mark with its line; of a stretch over several lines, the part on the first.
struct PlacedMark<'m> {
    mark: &'m Mark<'m>,
    line: u32,
    columns: Range<usize>,
}

impl<'m> PlacedMark<'m> {
    fn new(file: &File<'_>, mark: &'m Mark<'m>) -> Self {
        let place = file.lines().position(mark.range.start);
        let length = file.line(place.line).len();
        let start = (place.column as usize - 1).min(length);
        let end = (start + mark.range.len()).min(length);
        Self { mark, line: place.line, columns: start..end }
    }
}

/// Lines that follow one another, as miette gets them.
#[derive(Debug)]
struct Window {
    name: String,
    first_line: u32,
    /// The place in the heading, counted from 1.
    line: u32,
    column: usize,
    text: String,
    labels: Vec<LabeledSpan>,
    /// For each label, whether it is where the problem is.
    is_primary: Vec<bool>,
}

impl Window {
    fn new(look: Look, file: &File<'_>, marks: &[PlacedMark<'_>]) -> Self {
        let (first_mark, last_mark) = (marks[0].line, marks[marks.len() - 1].line);
        let is_blank = |line: u32| file.line(line).trim_ascii().is_empty();
        let first_line = first_mark.saturating_sub(CONTEXT).max(1);
        let first_line = (first_line..first_mark).find(|line| !is_blank(*line));
        let first_line = first_line.unwrap_or(first_mark);
        let last_line = (last_mark + CONTEXT).min(file.lines().count());
        let last_line = (last_mark + 1..=last_line).rev().find(|line| !is_blank(*line));
        let last_line = last_line.unwrap_or(last_mark);
        let heading = marks.iter().find(|mark| mark.mark.is_primary).unwrap_or(&marks[0]);
        let mut window = Self {
            name: printable::path(&file.path),
            first_line,
            line: heading.line,
            column: heading.columns.start + 1,
            text: String::new(),
            labels: Vec::new(),
            is_primary: Vec::new(),
        };
        let gutter = last_line.to_string().len() + 4;
        for number in first_line..=last_line {
            let mut on_line: Vec<_> = marks.iter().filter(|mark| mark.line == number).collect();
            // The line is cut around its first mark.
            on_line.sort_by_key(|mark| !mark.mark.is_primary);
            window.add_line(look, file.line(number), &on_line, gutter);
        }
        window
    }

    fn add_line(&mut self, look: Look, line: &[u8], marks: &[&PlacedMark<'_>], gutter: usize) {
        let columns: Vec<_> = marks.iter().map(|mark| mark.columns.clone()).collect();
        let shown = line::show(look, line, &columns, look.source_width - gutter);
        let start = self.text.len();
        let mut labels: Vec<_> = marks.iter().zip(shown.marks).collect();
        labels.sort_by_key(|(_, range)| range.start);
        for (placed, range) in labels {
            let column = textwrap::core::display_width(&shown.text[..range.start])
                + textwrap::core::display_width(&shown.text[range.clone()]) / 2;
            let text = label_text(placed.mark.text, look.width.saturating_sub(gutter + column + 5));
            let at = (start + range.start, range.len());
            self.labels.push(if placed.mark.is_primary {
                LabeledSpan::new_primary_with_span(text, at)
            } else {
                LabeledSpan::new_with_span(text, at)
            });
            self.is_primary.push(placed.mark.is_primary);
        }
        self.text.push_str(&shown.text);
        self.text.push('\n');
    }

    fn draw(self, look: Look, severity: Severity) -> String {
        let mut theme = match (look.unicode, look.colour) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        let styles = &mut theme.styles;
        let primary = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        let is_primary = self.is_primary.iter();
        styles.highlights = is_primary
            .map(|primary_one| if *primary_one { primary } else { styles.help })
            .collect();
        let mut drawn = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_context_lines(CONTEXT as usize)
            .with_width(look.width);
        let result = handler.render_report(&mut drawn, &self);
        debug_assert!(result.is_ok(), "every label lies in the window");
        // The first line is for the message, which stands above all snippets.
        drawn.lines().skip(1).flat_map(|line| [line.trim_end(), "\n"]).collect()
    }
}

/// The words of a label, on as many lines as the room at its right takes.
fn label_text(text: &str, room: usize) -> Option<String> {
    const NARROWEST: usize = 20;
    if text.is_empty() {
        return None;
    }
    let options = super::wrap_options(room.max(NARROWEST));
    Some(textwrap::wrap(&printable::words(text), options).join("\n"))
}

impl SourceCode for Window {
    /// Without context: the place for the heading. With it: all there is.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        context_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (line, column) =
            if context_before == 0 { (self.line, self.column) } else { (self.first_line, 1) };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            line as usize - 1,
            column - 1,
            self.text.lines().count(),
        )))
    }
}

impl miette::Diagnostic for Window {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl std::error::Error for Window {}

impl fmt::Display for Window {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
