//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use clap_complete::Shell;

use crate::settings::SettingsFile;

pub(crate) use self::{
    diagnose::Diagnose,
    dns::{Dns, resolver},
    given::Given,
    machine::{
        Client, Machine, Mapped, Named, Programs, mapped, token_directory, version, web_root,
    },
    merge::Merge,
    names::Names,
    probe::Probe,
    reporting::{FailOn, Format, Reporting},
    settings::{Baselines, RuleChoice},
    trace::Trace,
    writing::{Restore, Writing, lies_in, state_directory},
};

mod diagnose;
mod dns;
mod given;
mod machine;
mod merge;
mod names;
mod now;
mod probe;
mod reporting;
mod settings;
mod trace;
mod writing;

/// Says whether every certificate will renew on this nginx, and prints the patch where one will
/// not.
///
/// Reads everything that nginx would read from PATH: the directory with nginx.conf, a
/// configuration file, parts of a configuration such as conf.d or one site's file, or a file with
/// the output of nginx -T. Without PATH: /etc/nginx, or where the installed nginx keeps its
/// configuration.
#[derive(Debug, Parser)]
#[command(
    name = "nginx-acme-lint",
    version,
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    override_usage = "nginx-acme-lint [OPTIONS] [PATH]...\n       nginx-acme-lint names [OPTIONS] [PATH]...\n       nginx-acme-lint diagnose [OPTIONS] [FILE|-] [PATH]...\n       nginx-acme-lint trace [OPTIONS] URL...\n       nginx-acme-lint restore [OPTIONS] [BACKUP]\n       nginx-acme-lint merge [OPTIONS] FILE...\n       nginx-acme-lint explain RULE|MESSAGE\n       nginx-acme-lint rules\n       nginx-acme-lint completions SHELL\n       nginx-acme-lint man [COMMAND]"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub lint: Lint,
}

/// What else there is to do than to lint.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what makes a shell complete commands, options and rules
    Completions {
        /// bash, zsh, fish, elvish or powershell
        #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
        shell: Shell,
    },
    /// Say what is behind an error message or a log
    #[command(long_about = diagnose::ABOUT)]
    Diagnose(Diagnose),
    /// Explain a rule or a message: what goes wrong, and the cure
    Explain {
        /// The rule or message, as reports name it
        #[arg(value_name = "RULE|MESSAGE", value_parser = ids(), hide_possible_values = true)]
        id: String,
    },
    /// Print the manual page of the program, or of one of these commands
    Man {
        /// The command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
    /// Make one report of the JSON reports of many hosts
    #[command(long_about = merge::ABOUT)]
    Merge(Merge),
    /// List every name and how its challenge ends
    #[command(long_about = names::ABOUT)]
    Names(Names),
    /// List what --write has changed, or put it back
    Restore(Restore),
    /// List all rules
    Rules,
    /// Show the way of a request: socket, server, location, answer, and why
    #[command(long_about = trace::ABOUT)]
    Trace(Trace),
}

/// How to lint.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// What to lint; `-` is the output of nginx -T on standard input (a path called like a command:
    /// write ./rules)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub given: Given,

    /// Print the patch that mends what can be mended safely
    ///
    /// The patch goes to standard output and the report to standard error; no file is touched.
    /// Safe means: with the patch the challenge passes, and test requests to the same servers get the
    /// answers they got before.
    #[arg(long)]
    pub fix: bool,

    /// With --fix: take in fixes that may change answers to other requests
    #[arg(long, requires = "fix")]
    pub unsafe_fixes: bool,

    #[command(flatten)]
    pub writing: Writing,

    #[command(flatten)]
    pub reporting: Reporting,

    #[command(flatten)]
    pub rules: RuleChoice,

    #[command(flatten)]
    pub baselines: Baselines,

    #[command(flatten)]
    pub machine: Machine,

    #[command(flatten)]
    pub programs: Programs,

    #[command(flatten)]
    pub client: Client,

    #[command(flatten)]
    pub probe: Probe,

    #[command(flatten)]
    pub dns: Dns,
}

impl Lint {
    /// Takes from the settings what the command line leaves open.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        self.reporting.fill(file);
        self.machine.fill(file);
        self.programs.fill(file);
        self.client.fill(file);
        self.dns.fill(file);
    }
}

/// What other commands than linting print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint                       lint the nginx of this machine
  nginx-acme-lint --fix > acme.patch    write a patch; read it, then:
  patch -p1 -d / < acme.patch           apply it
  nginx-acme-lint --fix --write         or apply it at once, and test it with nginx -t
  nginx-acme-lint --root image/         lint /etc/nginx inside a directory
  nginx-acme-lint conf.d/shop.conf      lint one file of a repository, with all around it
  nginx-acme-lint servers/*/            lint many configurations, each by itself
  nginx -T | nginx-acme-lint -          lint what nginx has read
  sudo nginx-acme-lint --probe          ask the nginx that runs, as well
  nginx-acme-lint --format json | jq    for programs
  nginx-acme-lint --format sarif --output acme.sarif
                                        for code scanning, and the text as ever

Exit codes, the highest that applies:
  0  nothing to report at the level of --fail-on
  1  at least one diagnostic at that level or above
  2  something was not read, or not understood whole, or --output was not written
  3  wrong usage
  4  --write: nothing was written, or everything was put back
With --fix they are about the configuration as it is, before the patch; with --write, about
what is left after it.";

fn ids() -> PossibleValuesParser {
    let rules = rules::RULES.iter().map(|rule| rule.id);
    let messages = acme::catalogue::messages().map(|message| message.id);
    rules.chain(messages).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{reporting::ReportingError, *};

    fn parse(words: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["nginx-acme-lint"], words].concat())
    }

    #[test]
    fn clap_finds_no_fault() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn nothing_given_lints_with_defaults() {
        let Arguments { command, lint } = parse(&[]).unwrap();
        assert!(command.is_none());
        assert_eq!(lint.reporting.format(), Format::Text);
        assert_eq!(lint.reporting.fail_on(), FailOn::Warning);
        assert!(lint.paths.is_empty());
    }

    #[test]
    fn subcommands_win_over_paths() {
        assert!(matches!(parse(&["rules"]).unwrap().command, Some(Command::Rules)));
        let arguments = parse(&["./rules", "help"]).unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.lint.paths, [PathBuf::from("./rules"), PathBuf::from("help")]);
    }

    #[test]
    fn there_is_one_format() {
        let both = parse(&["--format", "json", "--format", "sarif"]).unwrap().lint.reporting;
        let message = both.check().unwrap_err().to_string();
        assert!(message.contains("more than once (json, sarif)"), "{message}");
    }

    #[test]
    fn a_file_wants_a_format() {
        let check = |words: &[&str]| parse(words).unwrap().lint.reporting.check();
        assert_eq!(check(&["--output", "report.sarif"]), Err(ReportingError::NoFormat));
        assert_eq!(check(&["--output", "report.sarif", "--format", "sarif"]), Ok(()));
    }

    #[test]
    fn unsafe_fixes_want_fix() {
        assert!(parse(&["--unsafe-fixes"]).is_err());
        assert!(parse(&["--unsafe-fixes", "--fix", "x"]).is_ok());
    }

    #[test]
    fn a_rule_that_does_not_exist_is_wrong_usage() {
        let error = parse(&["explain", "no-such-rule"]).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::InvalidValue);
    }
}
