//! Configurations as they lie on servers with many sites: a main file, shared pieces, and a file
//! for each virtual host.
//!
//! The same number of hosts gives the same configuration, byte by byte, and the file of a host does
//! not depend on how many others there are. `nginx -t -p DIRECTORY -c nginx.conf` accepts it: all
//! paths start at the directory, and certificates and keys are there.

use std::{fs, path::Path};

use rcgen::generate_simple_self_signed;

use crate::Result;

mod host;
mod shared;
mod text;

/// How many certificates the hosts share.
const CERTIFICATES: u32 = 4;

/// How much configuration there is; certificates and keys are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// The files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Makes a configuration with so many virtual hosts.
///
/// # Errors
/// If the directory is not empty, or cannot be written to.
pub fn make(directory: &Path, hosts: u32) -> Result<Corpus> {
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
    for number in 0..hosts {
        let host = host::Host::numbered(number);
        write(&format!("sites-enabled/{}.conf", host.name), &host.text())?;
    }
    for number in 0..CERTIFICATES {
        let made = generate_simple_self_signed([format!("shared-{number}.example")])?;
        fs::write(directory.join(certificate(number)), made.cert.pem())?;
        fs::write(directory.join(key(number)), made.signing_key.serialize_pem())?;
    }
    Ok(corpus)
}

/// The certificate of a host, by the host's number.
fn certificate(number: u32) -> String {
    format!("ssl/{}.crt", number % CERTIFICATES)
}

/// The key of that.
fn key(number: u32) -> String {
    format!("ssl/{}.key", number % CERTIFICATES)
}

#[cfg(test)]
mod tests;
