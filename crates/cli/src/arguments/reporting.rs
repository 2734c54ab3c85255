//! What a report looks like, and where it goes.

use std::{fmt, path::PathBuf};

use clap::{Args, ValueEnum, builder::PossibleValue};
use rules::Severity;

use crate::settings::SettingsFile;

/// How to report.
#[derive(Debug, Args)]
pub(crate) struct Reporting {
    /// What the report looks like
    ///
    /// For people: text, or short with a line for each diagnostic. For programs: json, sarif, github
    /// (annotations of GitHub Actions), gitlab (GitLab's code quality), checkstyle and junit.
    #[arg(
        long = "format",
        value_enum,
        value_name = "FORMAT",
        hide_possible_values = true,
        help = "The report's format: text (default), short, json, sarif, github, gitlab, checkstyle or junit"
    )]
    formats: Vec<Format>,

    /// Write the report of --format to FILE, and the text to the terminal as ever
    ///
    /// FILE has all of the report or is left as it was.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// When to exit with 1
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        help = "When to exit with 1: error, warning, unknown (a name was not judged) or never [default: warning]"
    )]
    fail_on: Option<FailOn>,

    /// Print nothing if the exit code is 0 and no patch was asked for or needed
    ///
    /// For timers and cron jobs. Whatever was not read or not understood whole is always told.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What a report looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Short,
    Json,
    Sarif,
    Github,
    Gitlab,
    Checkstyle,
    Junit,
}

/// From where on the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Unknown,
    Never,
}

impl FailOn {
    /// The least severity that counts; `None` if none does.
    pub(crate) fn severity(self) -> Option<Severity> {
        match self {
            Self::Never => None,
            Self::Error => Some(Severity::Error),
            Self::Warning | Self::Unknown => Some(Severity::Warning),
        }
    }
}

/// What cannot be asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReportingError {
    /// More formats than one.
    Formats(Vec<Format>),
    /// A file, and nothing says what to write to it.
    NoFormat,
}

impl Reporting {
    /// Takes from the settings what the command line leaves open.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        if self.formats.is_empty() {
            self.formats.extend(file.format.as_ref().map(|word| word.0));
        }
        self.fail_on = self.fail_on.or(file.fail_on.as_ref().map(|word| word.0));
    }

    /// Looks whether all of it goes together.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub(crate) fn check(&self) -> Result<(), ReportingError> {
        match self.formats[..] {
            [] if self.output.is_some() => Err(ReportingError::NoFormat),
            [] | [_] => Ok(()),
            _ => Err(ReportingError::Formats(self.formats.clone())),
        }
    }

    /// What the report looks like.
    pub(crate) fn format(&self) -> Format {
        self.formats.first().copied().unwrap_or(Format::Text)
    }

    /// When to exit with 1.
    pub(crate) fn fail_on(&self) -> FailOn {
        self.fail_on.unwrap_or(FailOn::Warning)
    }
}

impl fmt::Display for ReportingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Formats(formats) = self else {
            return out.write_str("--output needs --format: say what to write to the file");
        };
        let names: Vec<_> = formats.iter().filter_map(ValueEnum::to_possible_value).collect();
        let names: Vec<_> = names.iter().map(PossibleValue::get_name).collect();
        write!(
            out,
            "--format is given more than once ({}): a run writes one report; to have the text beside \
             it, use --output FILE",
            names.join(", ")
        )
    }
}
