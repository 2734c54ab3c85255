//! Exit codes. The highest that applies is taken.

use std::fmt;

use crate::{
    arguments::FailOn,
    report::{FixState, Report, Written},
};

/// Nothing to report at the level asked for.
pub(crate) const FINE: u8 = 0;
/// Something to report.
pub(crate) const FOUND: u8 = 1;
/// Something was not read or not parsed whole.
pub(crate) const NOT_READ: u8 = 2;
/// Wrong usage.
pub(crate) const USAGE: u8 = 3;

/// Wrong usage, for this reason: nothing was looked at.
#[derive(Debug)]
pub(crate) struct Usage(pub String);

impl<E: fmt::Display> From<E> for Usage {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
/// What should have been written was not, or was put back.
pub(crate) const NOT_WRITTEN: u8 = 4;

/// The exit code for a report.
pub(crate) fn code(report: &Report<'_>, fail_on: FailOn) -> u8 {
    if matches!(report.written, Some(Written::PutBack { .. } | Written::Failed { .. })) {
        return NOT_WRITTEN;
    }
    if !report.is_whole() {
        return NOT_READ;
    }
    let Some(least) = fail_on.severity() else { return FINE };
    let is_unknown = fail_on == FailOn::Unknown && report.tally().not_judged > 0;
    let is_mended =
        |fix: &Option<FixState>| report.written.is_some() && *fix == Some(FixState::InPatch);
    let mut found =
        report.configurations.iter().flat_map(|one| one.diagnostics.iter().zip(&one.fixes));
    let is_found = found.any(|(one, fix)| one.severity >= least && !is_mended(fix));
    if is_unknown || is_found { FOUND } else { FINE }
}

#[cfg(test)]
mod tests {
    use acme::Tally;
    use rules::{Diagnostic, Place, Reach, Severity};

    use super::*;
    use crate::report::{Configuration, File, ShownPaths};

    fn report(severity: Option<Severity>) -> Report<'static> {
        let diagnostic = |severity| Diagnostic {
            rule: "challenge-blocked",
            severity,
            message: String::new(),
            place: Place::Path("/".into()),
            here: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            names: Vec::new(),
            way: Vec::new(),
            fix: None,
            refused_by_nginx: false,
            reach: Reach::default(),
        };
        let configuration = Configuration {
            files: vec![File::new("/etc/nginx/nginx.conf".into(), None, b"")],
            diagnostics: severity.map(diagnostic).into_iter().collect(),
            fixes: severity.map(|_| None).into_iter().collect(),
            ..Configuration::default()
        };
        Report {
            inputs: Vec::new(),
            is_default_input: false,
            root: None,
            settings: None,
            baseline: None,
            shown: ShownPaths::default(),
            dns: None,
            only_given: false,
            configurations: vec![configuration],
            patch: None,
            written: None,
        }
    }

    #[test]
    fn the_level_decides() {
        for (severity, codes) in [
            (Some(Severity::Error), [1, 1, 1, 0]),
            (Some(Severity::Warning), [0, 1, 1, 0]),
            (Some(Severity::Info), [0, 0, 0, 0]),
            (None, [0, 0, 0, 0]),
        ] {
            let levels = [FailOn::Error, FailOn::Warning, FailOn::Unknown, FailOn::Never];
            assert_eq!(levels.map(|level| code(&report(severity), level)), codes, "{severity:?}");
        }
    }

    #[test]
    fn a_name_that_is_not_judged_counts_if_asked_for() {
        let mut report = report(None);
        report.configurations[0].tally = Tally { not_judged: 1, ..Tally::default() };
        assert_eq!(code(&report, FailOn::Warning), FINE);
        assert_eq!(code(&report, FailOn::Unknown), FOUND);
    }

    #[test]
    fn a_file_that_is_not_whole_counts_always() {
        let mut report = report(Some(Severity::Error));
        report.configurations[0].files[0].is_whole = false;
        assert_eq!(code(&report, FailOn::Never), NOT_READ);
    }
}
