//! The command line, as clap reads it.

use std::{
    ffi::{OsStr, OsString},
    net::IpAddr,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use acme::{TokenPlace, TokenPlaces};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser},
};
use model::{Disk, Ports};

/// Says whether every certificate will renew on this nginx, and prints the patch where one will
/// not.
///
/// Reads everything that nginx would read from PATH: the directory with nginx.conf, a
/// configuration file, or parts of a configuration such as conf.d or one site's file. Without
/// PATH: /etc/nginx, or where the installed nginx keeps its configuration.
#[derive(Debug, Parser)]
#[command(
    name = "nginx-acme-lint",
    version,
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    override_usage = "nginx-acme-lint [OPTIONS] [PATH]...\n       nginx-acme-lint trace [OPTIONS] URL...\n       nginx-acme-lint explain RULE\n       nginx-acme-lint rules"
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
    /// Explain a rule: what goes wrong, an example, and the cure
    Explain {
        /// The rule, as reports name it
        #[arg(value_name = "RULE", value_parser = rule_ids(), hide_possible_values = true)]
        rule: String,
    },
    /// List all rules
    Rules,
    /// Show the way of a request: socket, server, location, answer, and why
    Trace(Trace),
}

/// What to trace.
#[derive(Debug, Args)]
#[command(
    long_about = TRACE_ABOUT,
    max_term_width = 90,
    after_help = TRACE_IN_SHORT,
    after_long_help = TRACE_IN_FULL,
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
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TraceFormat::Text, hide_possible_values = true)]
    pub format: TraceFormat,

    #[command(flatten)]
    pub machine: Machine,
}

/// What a trace looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    Text,
    Json,
}

/// How to lint.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// What to lint (a path called like a command: write ./rules)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

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

    /// What the report looks like
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text, hide_possible_values = true, help = "The report's format: text, short (a line each) or json")]
    pub format: Format,

    /// When to exit with 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Warning, hide_possible_values = true, help = "When to exit with 1: error, warning, unknown (a name was not judged) or never")]
    pub fail_on: FailOn,

    #[command(flatten)]
    pub machine: Machine,

    #[command(flatten)]
    pub client: Client,
}

/// The ACME client of the machine.
#[derive(Debug, Args)]
pub(crate) struct Client {
    /// The web root of the ACME client, for all names or for one (NAME=DIR)
    ///
    /// The directory below which it puts .well-known/acme-challenge/TOKEN. A challenge that is
    /// served from elsewhere fails, and patches serve it from there. May be given several times.
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(|text| web_root(&text)))]
    webroot: Vec<Named>,

    /// The same for a client that puts its tokens right into DIR, as dehydrated does
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(|text| named(&text)))]
    token_dir: Vec<Named>,
}

/// A directory for one name, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    name: Option<Vec<u8>>,
    directory: PathBuf,
}

/// The machine that the configuration is for.
#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// A directory that stands for /, such as an unpacked image
    ///
    /// Every absolute path, given here or in the configuration, lies under DIR.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Where relative root, alias and log paths start, as nginx -p has it
    ///
    /// Without it: the installed nginx is asked if this is its configuration, else it is the
    /// directory of nginx.conf.
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,

    /// The port on which connections to the public port 80 arrive
    ///
    /// Another one than 80 where a container or a router maps ports.
    #[arg(long, value_name = "PORT", default_value_t = 80)]
    http_port: u16,

    /// The same for the public port 443
    #[arg(long, value_name = "PORT", default_value_t = 443)]
    https_port: u16,
}

impl Machine {
    /// Its disk, be it that of this machine or a directory that stands for it.
    pub(crate) fn disk(&self) -> Disk {
        self.root.clone().map_or_else(Disk::new, Disk::under)
    }

    /// Where connections to the public ports arrive.
    pub(crate) fn ports(&self) -> Ports {
        Ports { http: self.http_port, https: self.https_port }
    }

    /// `--prefix`, as the machine itself names it.
    pub(crate) fn prefix(&self) -> Option<PathBuf> {
        self.prefix.as_deref().map(|path| self.absolute(path))
    }

    /// A directory given on the command line; with `--root` it starts there, as in the
    /// configuration.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        match self.root {
            Some(_) => Path::new("/").join(path),
            None => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        }
    }
}

impl Client {
    /// Where it puts its tokens on a machine.
    pub(crate) fn token_places(&self, machine: &Machine) -> TokenPlaces {
        let mut places = TokenPlaces::default();
        let mut add = |all: &[Named], place: fn(Vec<u8>) -> TokenPlace| {
            for Named { name, directory } in all {
                let directory = OsString::from(machine.absolute(directory)).into_vec();
                places.add(name.as_deref(), place(directory));
            }
        };
        add(&self.webroot, TokenPlace::WebRoot);
        add(&self.token_dir, TokenPlace::Directory);
        places
    }
}

/// The web root that a person names, who may name the directory of the tokens as well.
fn web_root(text: &OsStr) -> Result<Named, &'static str> {
    let mut named = named(text)?;
    if named.directory.ends_with(".well-known/acme-challenge") {
        named.directory = named.directory.ancestors().nth(2).unwrap_or(Path::new("/")).to_owned();
    }
    Ok(named)
}

/// A directory, and the name in front of it if there is one.
fn named(text: &OsStr) -> Result<Named, &'static str> {
    let bytes = text.as_bytes();
    if bytes.contains(&b'$') {
        return Err("nginx would take the `$` for a variable");
    }
    let (name, directory) = match bytes.iter().position(|&byte| byte == b'=') {
        Some(at) if !bytes[..at].contains(&b'/') => (Some(&bytes[..at]), &bytes[at + 1..]),
        _ => (None, bytes),
    };
    if directory.is_empty() || name.is_some_and(<[u8]>::is_empty) {
        return Err("it is written DIR or NAME=DIR");
    }
    Ok(Named {
        name: name.map(<[u8]>::to_vec),
        directory: PathBuf::from(OsStr::from_bytes(directory)),
    })
}

/// What a report looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Short,
    Json,
}

/// From where on the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Unknown,
    Never,
}

const TRACE_ABOUT: &str = "\
Shows the way of a request through the configuration: the socket that takes it, the server, its
rewrites, the location, who may come in, and the answer, each with the directive that decides, where
it stands, and why.

nginx is not asked, and need not run: this is worked out from the files.";

const TRACE_IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint trace --help";

const TRACE_IN_FULL: &str = "\
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

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint                       lint the nginx of this machine
  nginx-acme-lint --fix > acme.patch    write a patch; read it, then:
  patch -p1 -d / < acme.patch           apply it
  nginx-acme-lint --root image/         lint /etc/nginx inside a directory
  nginx-acme-lint conf.d/shop.conf      lint one file of a repository
  nginx-acme-lint --format json | jq    for programs

Exit codes, the highest that applies:
  0  nothing to report at the level of --fail-on
  1  at least one diagnostic at that level or above
  2  something was not read, or not understood whole
  3  wrong usage
With --fix they are about the configuration as it is, before the patch.";

fn rule_ids() -> PossibleValuesParser {
    rules::RULES.iter().map(|rule| rule.id).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

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
        assert_eq!((lint.format, lint.fail_on), (Format::Text, FailOn::Warning));
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
