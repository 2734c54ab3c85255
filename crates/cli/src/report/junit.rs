//! The XML of `JUnit`: a suite for each file, and a test for each thing that can be wrong with it.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::Path,
};

use parser::FileId;
use rules::Severity;

use super::{
    finding::{Finding, Gap, Run},
    printable,
    xml::{self, Writer, allowed},
};
use crate::arguments::FailOn;

/// What was looked at in one file.
struct Suite<'r> {
    path: String,
    tests: Vec<Test<'r>>,
}

/// Something that went well or did not.
struct Test<'r> {
    name: String,
    outcome: Outcome<'r>,
}

enum Outcome<'r> {
    Passed,
    /// Worth knowing, and no reason to fail.
    Noted(&'r Finding<'r>),
    Failed(&'r Finding<'r>),
    /// The file was not read, or not to its end.
    Broken(String),
    /// Nobody can say.
    Skipped(String),
}

/// Writes a suite for each file, and one for the names.
pub(crate) fn write(out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let findings = run.findings();
    let suites = suites(run, &findings);
    xml::write(out, |writer| {
        let document = counted(writer, "testsuites", &suites.iter().collect::<Vec<_>>())
            .with_attribute(("name", "nginx-acme-lint"));
        let inside = document.write_inner_content(|writer| {
            suites.iter().try_for_each(|suite| write_suite(writer, suite))
        });
        inside.map(|_| ())
    })
}

fn suites<'r>(run: &Run<'r>, findings: &'r [Finding<'r>]) -> Vec<Suite<'r>> {
    let mut suites: Vec<Suite<'r>> = Vec::new();
    let mut numbers: HashMap<Box<Path>, usize> = HashMap::new();
    let mut number_of = |suites: &mut Vec<Suite<'r>>, path: &Path| {
        *numbers.entry(path.into()).or_insert_with(|| {
            let path = printable::words(&path.to_string_lossy()).into_owned();
            suites.push(Suite { path, tests: Vec::new() });
            suites.len() - 1
        })
    };
    for configuration in &run.report.configurations {
        for (index, file) in configuration.files.iter().enumerate() {
            let path = run.file(configuration, FileId(index as u32));
            let number = number_of(&mut suites, &path);
            if suites[number].tests.is_empty() {
                let outcome = if file.is_whole {
                    Outcome::Passed
                } else {
                    Outcome::Broken("nginx's reader does not take all of it".to_owned())
                };
                suites[number].tests.push(Test { name: "understood-whole".to_owned(), outcome });
            }
        }
    }
    let mut times = HashMap::new();
    for finding in findings.iter().filter(|finding| finding.rule != Gap::NOT_JUDGED) {
        let number = number_of(&mut suites, &finding.path);
        let times = times.entry((number, finding.rule)).or_insert(0);
        *times += 1;
        let name = match times {
            1 => finding.rule.to_owned(),
            times => format!("{} ({times})", finding.rule),
        };
        let least = if run.fail_on == FailOn::Error { Severity::Error } else { Severity::Warning };
        let outcome = match finding.severity {
            _ if [Gap::NOT_READ, Gap::NOT_WRITTEN].contains(&finding.rule) => {
                Outcome::Broken(finding.message.to_string())
            }
            severity if severity >= least => Outcome::Failed(finding),
            _ => Outcome::Noted(finding),
        };
        suites[number].tests.push(Test { name, outcome });
    }
    let gap = findings.iter().find(|finding| finding.rule == Gap::NOT_JUDGED);
    let outcome = match gap {
        None => Outcome::Passed,
        Some(gap) if run.fail_on == FailOn::Unknown => Outcome::Failed(gap),
        Some(gap) => Outcome::Skipped(gap.message.to_string()),
    };
    let test = Test { name: "all-judged".to_owned(), outcome };
    suites.push(Suite { path: "names".to_owned(), tests: vec![test] });
    suites
}

impl Suite<'_> {
    fn count(&self, is_meant: impl Fn(&Outcome<'_>) -> bool) -> usize {
        self.tests.iter().filter(|test| is_meant(&test.outcome)).count()
    }
}

/// An element with the totals of these suites.
fn counted<'e, 'w>(
    writer: &'e mut Writer<&'w mut dyn Write>,
    name: &'static str,
    suites: &[&Suite<'_>],
) -> xml::Element<'e, 'w> {
    let total = |is_meant: fn(&Outcome<'_>) -> bool| {
        suites.iter().map(|suite| suite.count(is_meant)).sum::<usize>().to_string()
    };
    writer
        .create_element(name)
        .with_attribute(("tests", &*total(|_| true)))
        .with_attribute(("failures", &*total(|one| matches!(one, Outcome::Failed(_)))))
        .with_attribute(("errors", &*total(|one| matches!(one, Outcome::Broken(_)))))
        .with_attribute(("skipped", &*total(|one| matches!(one, Outcome::Skipped(_)))))
}

fn write_suite(writer: &mut Writer<&mut dyn Write>, suite: &Suite<'_>) -> io::Result<()> {
    let path = allowed(&suite.path);
    let element = counted(writer, "testsuite", &[suite]).with_attribute(("name", &*path));
    let inside = element.write_inner_content(|writer| {
        suite.tests.iter().try_for_each(|test| write_test(writer, &path, test))
    });
    inside.map(|_| ())
}

fn write_test(writer: &mut Writer<&mut dyn Write>, path: &str, test: &Test<'_>) -> io::Result<()> {
    let case = writer
        .create_element("testcase")
        .with_attribute(("name", &*test.name))
        .with_attribute(("classname", path));
    let inside = match &test.outcome {
        Outcome::Passed => return case.write_empty().map(|_| ()),
        Outcome::Noted(finding) => case.write_inner_content(|writer| {
            xml::write_text(writer.create_element("system-out"), &text(path, finding))
        }),
        Outcome::Failed(finding) => case.write_inner_content(|writer| {
            let failure = writer
                .create_element("failure")
                .with_attribute(("message", &*allowed(&printable::words(&finding.message))))
                .with_attribute(("type", finding.severity.word()));
            xml::write_text(failure, &text(path, finding))
        }),
        Outcome::Broken(why) => case.write_inner_content(|writer| write_why(writer, "error", why)),
        Outcome::Skipped(why) => {
            case.write_inner_content(|writer| write_why(writer, "skipped", why))
        }
    };
    inside.map(|_| ())
}

fn write_why(writer: &mut Writer<&mut dyn Write>, name: &'static str, why: &str) -> io::Result<()> {
    let why = printable::words(why);
    let element = writer.create_element(name).with_attribute(("message", &*allowed(&why)));
    element.write_empty().map(|_| ())
}

/// The place of a finding, and all that there is to say of it.
fn text(path: &str, finding: &Finding<'_>) -> String {
    let place = match finding.stretch.map(|stretch| stretch.start) {
        None => path.to_owned(),
        Some(start) => match start.column {
            Some(column) => format!("{path}:{}:{column}", start.line),
            None => format!("{path}:{}", start.line),
        },
    };
    let severity = finding.severity.word();
    let heading = format!("{place}: {severity} {}: ", finding.rule);
    let lines: Vec<_> = finding.lines().collect();
    heading + &lines.join("\n")
}
