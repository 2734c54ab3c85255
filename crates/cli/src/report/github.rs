//! Workflow commands of GitHub Actions, which become annotations.

use std::io::{self, Write};

use rules::Severity;

use super::{
    finding::{Finding, Gap, Run},
    summary,
};

/// Writes a command for each finding, then what was looked at, which the log shows as it is.
pub(crate) fn write(out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    for finding in run.findings() {
        write_command(out, &finding)?;
    }
    // An older kind of command may begin anywhere in a line.
    writeln!(out, "{}", summary::looked_at(run.report).replace("##[", "## ["))
}

fn write_command(out: &mut dyn Write, finding: &Finding<'_>) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let path = finding.shown_path();
    write!(out, "::{command} title=nginx-acme-lint ({}),file={}", finding.rule, property(&path))?;
    let mut place = path.clone();
    if let Some(stretch) = finding.stretch {
        write!(out, ",line={},endLine={}", stretch.start.line, stretch.end.line)?;
        place = format!("{place}:{}", stretch.start.line);
        if let (Some(start), Some(end)) = (stretch.start.column, stretch.end.column) {
            place = format!("{place}:{start}");
            if stretch.start.line == stretch.end.line {
                write!(out, ",col={start},endColumn={end}")?;
            }
        }
    }
    // The log shows the message alone.
    let mut lines = finding.lines();
    let first = lines.next().unwrap_or_default();
    let first = match finding.rule {
        Gap::NOT_JUDGED => first.into_owned(),
        rule => format!("{place}: {rule}: {first}"),
    };
    let text = lines.fold(first, |text, line| text + "\n" + &line);
    writeln!(out, "::{}", data(&text))
}

/// Text behind the second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c%3A"), "a%2Cb%3Ac%253A");
    }
}
