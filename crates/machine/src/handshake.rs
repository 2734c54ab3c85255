//! TLS handshakes with a running machine, by `openssl s_client`, and how they end.

use std::fmt;
use std::path::Path;
use std::process::{Command, Output};

use crate::error::{Error, Result};
use crate::namespace::ADDRESS_V4;

/// How a handshake ends for a client that checks certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The client is content.
    Verified,
    /// The client does not trust the certificate.
    Distrusted {
        /// OpenSSL's number for the reason.
        code: u32,
        /// The reason.
        reason: String,
    },
    /// Client and server do not come to agree.
    Failed {
        /// What OpenSSL says first.
        reason: String,
    },
    /// Nothing answers.
    Refused,
}

/// Completes a command that runs `openssl`.
pub(crate) fn ask(command: &mut Command, trusted: &Path, name: &str, time: Option<u64>) {
    command.env("OPENSSL_CONF", "/etc/ssl/openssl.cnf");
    command.args(["s_client", "-connect", &format!("{ADDRESS_V4}:443"), "-servername", name]);
    command.args(["-verify_hostname", name, "-verify_return_error", "-no-CApath", "-no-CAstore"]);
    command.arg("-CAfile").arg(trusted);
    if let Some(time) = time {
        command.args(["-attime", &time.to_string()]);
    }
}

/// What the output means.
pub(crate) fn understand(output: &Output) -> Result<Handshake> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if let Some((_, error)) = stderr.split_once("verify error:num=") {
        let line = error.lines().next().unwrap_or_default();
        let Some((code, reason)) = line.split_once(':') else {
            return Err(Error::new(format!("openssl says an odd thing: {line}")));
        };
        let code = code.parse().map_err(|_| Error::new(format!("no number: {line}")))?;
        return Ok(Handshake::Distrusted { code, reason: reason.to_owned() });
    }
    if stderr.contains("Connection refused") {
        return Ok(Handshake::Refused);
    }
    if output.status.success() && stdout.contains("Verify return code: 0 (ok)") {
        return Ok(Handshake::Verified);
    }
    // A line of OpenSSL's queue of errors: thread, `error`, number, library, function, reason.
    let of_queue = stderr.lines().find_map(|line| line.split_once(":error:")?.1.split(':').nth(3));
    match of_queue {
        Some(reason) => Ok(Handshake::Failed { reason: reason.to_owned() }),
        None => Err(Error::new(format!("openssl says an odd thing:\n{stdout}{stderr}"))),
    }
}

impl fmt::Display for Handshake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => formatter.write_str("ok"),
            Self::Distrusted { code, reason } => write!(formatter, "{code}: {reason}"),
            Self::Failed { reason } => write!(formatter, "no agreement: {reason}"),
            Self::Refused => formatter.write_str("nothing listens"),
        }
    }
}
