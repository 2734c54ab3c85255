//! The programs the tests need, and how to get each.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};

/// A program that has to be installed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    name: &'static str,
    package: &'static str,
}

pub(crate) const CURL: Tool = Tool { name: "curl", package: "curl" };
pub(crate) const DIG: Tool = Tool { name: "dig", package: "bind9-dnsutils" };
pub(crate) const DNSSEC_KEYGEN: Tool = Tool { name: "dnssec-keygen", package: "bind9-utils" };
pub(crate) const DNSSEC_SIGNZONE: Tool = Tool { name: "dnssec-signzone", package: "bind9-utils" };
pub(crate) const IP: Tool = Tool { name: "ip", package: "iproute2" };
pub(crate) const MKFIFO: Tool = Tool { name: "mkfifo", package: "coreutils" };
pub(crate) const MOUNT: Tool = Tool { name: "mount", package: "mount" };
pub(crate) const NAMED: Tool = Tool { name: "named", package: "bind9" };
pub(crate) const NSENTER: Tool = Tool { name: "nsenter", package: "util-linux" };
pub(crate) const OPENSSL: Tool = Tool { name: "openssl", package: "openssl" };
pub(crate) const PATCH: Tool = Tool { name: "patch", package: "patch" };
pub(crate) const UNBOUND: Tool = Tool { name: "unbound", package: "unbound" };
pub(crate) const UNSHARE: Tool = Tool { name: "unshare", package: "util-linux" };

/// Where programs are looked for besides `PATH`, which often lacks what only root uses.
const SYSTEM_DIRECTORIES: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Tool {
    /// Where the program is.
    pub(crate) fn path(self) -> Result<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(env::split_paths(SYSTEM_DIRECTORIES))
            .map(|directory| directory.join(self.name))
            .find(|candidate| candidate.is_file())
            .ok_or_else(|| {
                Error::new(format!(
                    "`{}` is missing; it comes with the package `{}`",
                    self.name, self.package
                ))
            })
    }

    /// The program, to be run without the settings of whoever runs the tests.
    pub(crate) fn command(self) -> Result<Command> {
        let mut command = Command::new(self.path()?);
        command.env_clear().env("PATH", SYSTEM_DIRECTORIES).env("LC_ALL", "C");
        Ok(command)
    }
}
