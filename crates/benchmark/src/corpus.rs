//! Configurations as they lie on servers with many sites: a main file, shared pieces, and a file
//! for each virtual host.
//!
//! The same number of hosts gives the same configuration, byte by byte, and the file of a host does
//! not depend on how many others there are. `nginx -t -p DIRECTORY -c nginx.conf` accepts it: all
//! paths start at the directory, and certificates and keys are there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use rcgen::generate_simple_self_signed;

use self::{host::Host, lineages::Lineages};
use crate::Result;

mod host;
mod lineages;
mod shared;
mod text;

/// How many certificates the hosts share, if they do.
const SHARED: u32 = 4;

/// What certificates the hosts have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Certificates {
    /// A few that sign themselves.
    #[default]
    Shared,
    /// One each, as certbot keeps it.
    Lineages,
}

impl Certificates {
    /// The certificate of a host, and its key.
    fn of(self, host: &Host) -> (String, String) {
        match self {
            Self::Shared => shared(host.number),
            Self::Lineages => lineages::files(&host.name),
        }
    }
}

/// How much configuration there is; certificates and keys are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// The files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Makes a configuration with so many virtual hosts, and their certificates.
///
/// # Errors
/// If the directory is not empty, or cannot be written to.
pub fn make(directory: &Path, hosts: u32, certificates: Certificates) -> Result<Corpus> {
    if directory.exists() && directory.read_dir()?.next().is_some() {
        return Err(format!("{} is not empty", directory.display()).into());
    }
    for inner in ["conf.d", "log", "run", "sites-enabled", "snippets", "ssl", "tmp", "www"] {
        fs::create_dir_all(directory.join(inner))?;
    }
    let mut corpus = Corpus::default();
    let mut write = |path: &str, text: &str| {
        corpus.files += 1;
        corpus.bytes += text.len() as u64;
        fs::write(directory.join(path), text)
    };
    write("nginx.conf", &shared::main_file(hosts))?;
    for (path, text) in shared::pieces() {
        write(path, &text)?;
    }
    let lineages = Lineages::new(directory)?;
    for number in 0..hosts {
        let host = Host::numbered(number);
        let name = host.name.clone();
        let file = host.file(certificates);
        write(&format!("sites-enabled/{name}.conf"), &file.text)?;
        if certificates == Certificates::Lineages {
            lineages.write(&name, &file.names)?;
        }
    }
    for number in 0..SHARED {
        let made = generate_simple_self_signed([format!("shared-{number}.example")])?;
        let (certificate, key) = shared(number);
        fs::write(directory.join(certificate), made.cert.pem())?;
        fs::write(directory.join(key), made.signing_key.serialize_pem())?;
    }
    Ok(corpus)
}

/// Where certbot's files of a configuration are.
pub fn letsencrypt(directory: &Path) -> PathBuf {
    directory.join(lineages::HOME)
}

/// The shared certificate and key of a host, by the host's number.
fn shared(number: u32) -> (String, String) {
    let number = number % SHARED;
    (format!("ssl/{number}.crt"), format!("ssl/{number}.key"))
}

#[cfg(test)]
mod tests;
