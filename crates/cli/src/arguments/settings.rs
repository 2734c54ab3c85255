//! What else is to be said of a run than where to read: the settings, and which rules are asked.

use std::{ffi::OsStr, path::PathBuf};

use clap::{
    Arg, Args, Command,
    builder::{PossibleValue, TypedValueParser},
};
use rules::{Selection, Selector};

use crate::{
    baseline::{Baseline, BaselineError},
    settings::{SettingsFile, cast_selector},
};

/// Where settings come from.
#[derive(Debug, Default, Args)]
pub(crate) struct SettingsChoice {
    /// The settings, instead of the nearest nginx-acme-lint.toml
    ///
    /// Without it: nginx-acme-lint.toml or .nginx-acme-lint.toml, beside PATH or in the nearest
    /// directory around it. What the command line says wins.
    #[arg(long = "settings", value_name = "FILE", conflicts_with = "no_settings")]
    pub file: Option<PathBuf>,

    /// Read no settings
    #[arg(long)]
    pub no_settings: bool,
}

/// Which rules are asked.
#[derive(Debug, Default, Args)]
pub(crate) struct RuleChoice {
    /// Ask only these rules or groups of rules (see nginx-acme-lint rules)
    ///
    /// Separated by commas, or given several times. Takes the place of what the settings select and
    /// ignore. The narrower name wins: --select challenge-rate-limited --ignore challenge.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = SelectorParser,
        hide_possible_values = true
    )]
    select: Option<Vec<Selector>>,

    /// Do not ask these rules or groups of rules, besides those that the settings ignore
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        value_parser = SelectorParser,
        hide_possible_values = true
    )]
    ignore: Vec<Selector>,
}

/// Reads the name of a rule or a group, and tells shells which there are.
#[derive(Clone, Copy, Debug)]
struct SelectorParser;

/// What is known already.
#[derive(Debug, Default, Args)]
pub(crate) struct Baselines {
    /// Do not tell again what this file has, as --write-baseline has written it
    ///
    /// What is known is counted in the last line, and what is gone is said.
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline")]
    baseline: Option<PathBuf>,

    /// Write all that is wrong now to a file, for --baseline
    #[arg(long, value_name = "FILE", conflicts_with = "fix")]
    pub write_baseline: Option<PathBuf>,
}

impl Baselines {
    /// The baseline to go by, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn read(&self, file: &SettingsFile) -> Result<Option<Baseline>, BaselineError> {
        let path = self.baseline.as_ref().or(file.baseline.as_ref());
        let path = path.filter(|_| self.write_baseline.is_none());
        path.map(|path| Baseline::read(path)).transpose()
    }
}

impl TypedValueParser for SelectorParser {
    type Value = Selector;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Selector, clap::Error> {
        cast_selector.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Selector::every().map(|one| PossibleValue::new(one.text()))))
    }
}

impl RuleChoice {
    /// The rules to ask, and how much what they find matters.
    pub(crate) fn selection(&self, file: &SettingsFile) -> Selection {
        let mut selection = Selection::default();
        selection.choose(file.select().as_deref(), &file.ignore());
        selection.choose(self.select.as_deref(), &self.ignore);
        let severities = file.severity.iter().map(|(selector, one)| (&selector.0, one.0));
        selection.set_severities(severities);
        selection
    }
}
