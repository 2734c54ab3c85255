use std::{ffi::OsString, net::IpAddr, path::PathBuf};

use clap::Args;

use super::{Machine, TextOrJson};

/// What to trace.
#[derive(Debug, Args)]
#[command(
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    override_usage = "nginx-acme-lint trace [OPTIONS] URL..."
)]
pub(crate) struct Trace {
    /// What to ask for, such as `https://www.example.com/shop/?page=2`
    ///
    /// The path goes to nginx as it is written: `..`, `//` and `%2e` are not tidied up.
    #[arg(value_name = "URL", required_unless_present = "requests")]
    pub urls: Vec<OsString>,

    /// The configuration: the directory with nginx.conf, or a file [default: that of this machine]
    ///
    /// Without it: /etc/nginx, or where the installed nginx keeps its configuration.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,

    /// Follow redirects that come back to this configuration
    #[arg(long)]
    pub follow: bool,

    /// The method
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: OsString,

    /// A header field; may be given several times
    ///
    /// `Host` takes the place of the URL's host, which stays the name in the TLS handshake.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<OsString>,

    /// Come over IPv6
    #[arg(long)]
    pub ipv6: bool,

    /// The local address on which the request arrives
    ///
    /// Without it: the URL's host if that is an address, else one that is not known.
    #[arg(long, value_name = "IP")]
    pub address: Option<IpAddr>,

    /// Where the request comes from [default: anywhere on the Internet]
    ///
    /// Without it no rule is met that is for single addresses or small networks.
    #[arg(long, value_name = "IP")]
    pub client: Option<IpAddr>,

    /// Read further requests from a file with a JSON object on each line; - is standard input
    ///
    /// Each has a `url`, and may have `method`, `headers`, `address` and `client` in place of the
    /// options.
    #[arg(long, value_name = "FILE")]
    pub requests: Option<PathBuf>,

    /// For people (text) or for programs (json)
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextOrJson::Text, hide_possible_values = true)]
    pub format: TextOrJson,

    #[command(flatten)]
    pub machine: Machine,
}

/// What it is for.
pub(super) const ABOUT: &str = "\
Shows the way of a request through the configuration: the socket that takes it, the server, its
rewrites, the location, who may come in, and the answer, each with the directive that decides, where
it stands, and why.

nginx is not asked, and need not run: this is worked out from the files.";

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint trace --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint trace http://www.example.com/
  nginx-acme-lint trace --follow http://example.com/blog
  nginx-acme-lint trace --client 192.0.2.7 https://example.com/admin/
  nginx-acme-lint trace --header 'Host: example.com' http://127.0.0.1:8080/
  nginx-acme-lint trace --format json --requests requests.jsonl | jq

Exit codes, the highest that applies:
  0  every request was traced, whatever its answer
  2  something was not read, or not understood whole
  3  wrong usage";
