use std::path::PathBuf;

use clap::Args;

use super::{Client, Dns, Machine, TextOrJson};

/// What to diagnose.
#[derive(Debug, Args)]
#[command(
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    override_usage = "nginx-acme-lint diagnose [OPTIONS] [FILE|-] [PATH]..."
)]
pub(crate) struct Diagnose {
    /// The log, or what was said; - or nothing is standard input
    #[arg(value_name = "FILE")]
    pub said: Option<PathBuf>,

    /// The configuration to compare it with: as for linting
    ///
    /// Without it: /etc/nginx, or where the installed nginx keeps its configuration, if there is one.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// For people (text) or for programs (json)
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextOrJson::Text, hide_possible_values = true)]
    pub format: TextOrJson,

    #[command(flatten)]
    pub machine: Machine,

    #[command(flatten)]
    pub client: Client,

    #[command(flatten)]
    pub dns: Dns,
}

pub(super) const ABOUT: &str = "\
Says what an error message means and what is behind it: of certbot, acme.sh, dehydrated, lego and other
clients, of certificate authorities, of nginx -t and error.log, of OpenSSL, of browsers. A whole log
will do, in any language and with anything around the message.

With a configuration, its challenges are followed as the authority does, to say whether they still end
like this today: then the line and the fix are shown, else what else there may be.";

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint diagnose --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint diagnose /var/log/letsencrypt/letsencrypt.log
  certbot renew --dry-run 2>&1 | nginx-acme-lint diagnose
  nginx -t 2>&1 | nginx-acme-lint diagnose - /etc/nginx
  echo NET::ERR_CERT_DATE_INVALID www.example.com | nginx-acme-lint diagnose
  nginx-acme-lint explain challenge-answered-404

Exit codes, the highest that applies:
  0  with the configuration as it is now, none of it is so any more
  1  at least one message tells of something that is still so, or that files cannot tell
  2  nothing was said, or nothing that is known; or something was not read or not understood whole
  3  wrong usage";
