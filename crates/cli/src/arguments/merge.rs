use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};

use super::{FailOn, TextOrJson};

/// Which reports to put together.
#[derive(Debug, Args)]
#[command(
    max_term_width = 90,
    after_help = IN_SHORT,
    after_long_help = IN_FULL,
    override_usage = "nginx-acme-lint merge [OPTIONS] FILE..."
)]
pub(crate) struct Merge {
    /// The JSON report of a host, which has the file's name without .json, or NAME=FILE
    #[arg(value_name = "FILE", required_unless_present = "expected", value_parser = OsStringValueParser::new().try_map(|text| HostFile::new(&text)))]
    pub files: Vec<HostFile>,

    /// A host that has to have a report; may be given several times, or with commas between hosts
    ///
    /// One that has none is told, and makes the exit code 2.
    #[arg(long = "expect", value_name = "HOST", value_delimiter = ',')]
    pub expected: Vec<String>,

    /// For people (text) or for programs (json)
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextOrJson::Text, hide_possible_values = true)]
    pub format: TextOrJson,

    /// When to exit with 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Warning, hide_possible_values = true, help = "When to exit with 1: error, warning, unknown (a name was not judged) or never")]
    pub fail_on: FailOn,
}

/// The report of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostFile {
    /// What the host is called.
    pub host: String,
    /// Where its report lies.
    pub path: PathBuf,
}

impl HostFile {
    fn new(text: &OsStr) -> Result<Self, &'static str> {
        let bytes = text.as_bytes();
        // Before a `/` it is a name; behind one it is a part of a path.
        let named = bytes.iter().position(|&byte| byte == b'=');
        if let Some(at) = named.filter(|&at| !bytes[..at].contains(&b'/')) {
            let (host, path) = (&bytes[..at], &bytes[at + 1..]);
            if host.is_empty() || path.is_empty() {
                return Err("it is written FILE or NAME=FILE");
            }
            let host = String::from_utf8_lossy(host).into_owned();
            return Ok(Self { host, path: OsStr::from_bytes(path).into() });
        }
        let path = PathBuf::from(text);
        let name = path.file_name().ok_or("it names no file")?.to_string_lossy();
        let host = name.strip_suffix(".json").filter(|host| !host.is_empty()).unwrap_or(&name);
        Ok(Self { host: host.to_owned(), path })
    }
}

/// What it is for.
pub(super) const ABOUT: &str = "\
Puts the reports that `nginx-acme-lint --format json` made on many hosts into one: what is wrong, each
thing once with all hosts that have it, and a line for each host. A report that cannot be read is told
with its file, and the others are put together all the same.";

const IN_SHORT: &str = "\
Examples and exit codes: nginx-acme-lint merge --help";

const IN_FULL: &str = "\
Examples:
  nginx-acme-lint merge reports/*.json
  nginx-acme-lint merge --expect web1,web2,web3 reports/*.json
  nginx-acme-lint merge web1=a.json web2=b.json --format json | jq '.hosts[].summary'

Exit codes, the highest that applies:
  0  nothing to report at the level of --fail-on, on any host
  1  at least one diagnostic at that level or above
  2  a host has no report, or something was not read there, or not understood whole
  3  wrong usage
  4  --write: nothing was written on some host, or everything was put back";

#[cfg(test)]
mod tests {
    use super::*;

    fn host_file(text: &str) -> Option<(String, String)> {
        let file = HostFile::new(OsStr::new(text)).ok()?;
        Some((file.host, file.path.to_str()?.to_owned()))
    }

    #[test]
    fn hosts_are_called_like_their_files_or_as_somebody_says() {
        for (text, host, path) in [
            ("reports/web1.example.com.json", "web1.example.com", "reports/web1.example.com.json"),
            ("web1", "web1", "web1"),
            ("shop=reports/a.json", "shop", "reports/a.json"),
            ("reports/a=b.json", "a=b", "reports/a=b.json"),
            (".json", ".json", ".json"),
        ] {
            assert_eq!(host_file(text), Some((host.to_owned(), path.to_owned())), "{text}");
        }
        for text in ["", "=a.json", "web1=", "/"] {
            assert_eq!(host_file(text), None, "{text}");
        }
    }
}
