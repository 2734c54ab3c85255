use std::path::PathBuf;

use clap::Args;

use super::{Client, Dns, Machine, Probe, TextOrJson};

/// Which names to list.
#[derive(Debug, Args)]
#[command(
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    override_usage = "nginx-acme-lint names [OPTIONS] [PATH]..."
)]
pub(crate) struct Names {
    /// What to read: as for linting
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Only names that fit a pattern such as `*.example.com`; may be given several times
    ///
    /// As in a shell: `*` stands for anything, `?` for a letter, `[a-z]` for one of these and
    /// `[!a-z]` for another one. An internationalised name fits in punycode and in Unicode.
    #[arg(long = "name", value_name = "PATTERN")]
    pub patterns: Vec<String>,

    /// Only names whose challenge fails
    #[arg(long)]
    pub failing: bool,

    /// Leave nothing out: every name, and every server
    #[arg(long)]
    pub all: bool,

    /// For people (text) or for programs (json)
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextOrJson::Text, hide_possible_values = true)]
    pub format: TextOrJson,

    #[command(flatten)]
    pub machine: Machine,

    #[command(flatten)]
    pub client: Client,

    #[command(flatten)]
    pub probe: Probe,

    #[command(flatten)]
    pub dns: Dns,
}

/// What it is for.
pub(super) const ABOUT: &str = "\
Lists every name that a server has, and how the HTTP-01 challenge for it ends over IPv4 and IPv6:
through which servers it goes, and from which file, text or program the answer comes. Names that
fail come first.

No certificate authority is asked: this is worked out from the files. With --dns a resolver is asked as
well, and with --probe the nginx that runs.";

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint names --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint names
  nginx-acme-lint names --failing --all
  sudo nginx-acme-lint names --probe
  nginx-acme-lint names --name '*.example.com' --name example.com
  nginx-acme-lint names --format json | jq -r '.names[] | select(.verdict == \"fails\").name'

Exit codes, the highest that applies; with --name they are about the names that fit:
  0  no challenge fails, as far as that can be known
  1  the challenge of at least one name fails
  2  something was not read, or not understood whole; or there is no such name
  3  wrong usage";
