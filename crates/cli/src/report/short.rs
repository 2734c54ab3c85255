//! One line a diagnostic, for editors, `grep` and people who know.

use std::io::{self, Write};

use super::{Report, printable, silenced, summary, written};

/// Writes `file:line:column: severity rule: message` for each diagnostic, then what was looked at.
pub(crate) fn write(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    for problem in report.unread_inputs() {
        let path = printable::path(&problem.path);
        writeln!(out, "error: cannot read {path}: {}", printable::words(&problem.reason))?;
    }
    for (configuration, diagnostic) in report.diagnostics() {
        let place = configuration.place(&report.shown, &diagnostic.place);
        let (severity, rule) = (diagnostic.severity.word(), diagnostic.rule);
        writeln!(out, "{place}: {severity} {rule}: {}", printable::words(&diagnostic.message))?;
    }
    let lines = [silenced::lines(report), written::lines(report)].concat();
    let lines = summary::left_out(report).into_iter().chain(lines);
    for line in lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{}", summary::looked_at(report))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use rules::Place;

    use super::super::{File, Problem, example};
    use super::*;

    #[test]
    fn one_line_a_diagnostic() {
        let mut configuration = example::shop();
        configuration.diagnostics.push(example::diagnostic(Place::Path("/etc/letsencrypt".into())));
        configuration.fixes.push(None);
        let mut odd = example::diagnostic(configuration.diagnostics[0].place.clone());
        odd.message = "two\nlines".to_owned();
        configuration.diagnostics.push(odd);
        configuration.fixes.push(None);
        let bytes = configuration.files[1].bytes;
        configuration.files[1] = File::new("/etc/nginx/a b\n.conf".into(), None, bytes);
        configuration.problems.push(Problem {
            path: "/etc/ng".into(),
            reason: "no such file or directory".to_owned(),
            at: None,
            is_unresolved: false,
        });
        let mut out = Vec::new();
        write(&mut out, &example::report(configuration)).unwrap();
        expect![[r"
            error: cannot read /etc/ng: no such file or directory
            /etc/nginx/a b\n.conf:9:14: error challenge-taken-by-regex: challenge requests never reach this location
            /etc/letsencrypt: error challenge-taken-by-regex: challenge requests never reach this location
            /etc/nginx/a b\n.conf:9:14: error challenge-taken-by-regex: two\nlines
            looked at 2 files, 1 server, 1 not read; names: 1 fails
        "]].assert_eq(&String::from_utf8(out).unwrap());
    }
}
