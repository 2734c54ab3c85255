//! Checkstyle's XML, which many CI servers read.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::Path,
};

use super::{
    finding::{Finding, Run},
    xml::{self, Writer, allowed},
};

/// Writes an element for each file that has findings.
pub(crate) fn write(out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let findings = run.findings();
    let mut files: Vec<(&Path, Vec<&Finding<'_>>)> = Vec::new();
    let mut numbers = HashMap::new();
    for finding in &findings {
        let number = *numbers.entry(&*finding.path).or_insert(files.len());
        if number == files.len() {
            files.push((&finding.path, Vec::new()));
        }
        files[number].1.push(finding);
    }
    xml::write(out, |writer| {
        let document = writer.create_element("checkstyle").with_attribute(("version", "4.3"));
        if files.is_empty() {
            return document.write_empty().map(|_| ());
        }
        let inside = document.write_inner_content(|writer| {
            files.iter().try_for_each(|(_, findings)| write_file(writer, findings))
        });
        inside.map(|_| ())
    })
}

fn write_file(writer: &mut Writer<&mut dyn Write>, findings: &[&Finding<'_>]) -> io::Result<()> {
    let path = findings.first().map(|one| one.shown_path()).unwrap_or_default();
    let file = writer.create_element("file").with_attribute(("name", &*allowed(&path)));
    let inside = file.write_inner_content(|writer| {
        findings.iter().try_for_each(|finding| write_error(writer, finding))
    });
    inside.map(|_| ())
}

fn write_error(writer: &mut Writer<&mut dyn Write>, finding: &Finding<'_>) -> io::Result<()> {
    let start = finding.stretch.map(|stretch| stretch.start);
    let mut error = writer.create_element("error");
    if let Some(start) = start {
        error = error.with_attribute(("line", &*start.line.to_string()));
    }
    if let Some(column) = start.and_then(|start| start.column) {
        error = error.with_attribute(("column", &*column.to_string()));
    }
    let error = error
        .with_attribute(("severity", finding.severity.word()))
        .with_attribute(("message", &*allowed(&finding.sentences(" "))))
        .with_attribute(("source", &*format!("nginx-acme-lint.{}", finding.rule)));
    error.write_empty().map(|_| ())
}
