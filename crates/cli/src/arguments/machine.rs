//! What every command that reads a configuration has to know about its machine.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use acme::{TokenPlace, TokenPlaces};
use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};
use evidence::client::Homes;
use model::{Disk, Ports, Version};
use rules::Versions;

use super::now::Now;
use crate::installed;

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

/// The programs of the machine.
#[derive(Debug, Args)]
pub(crate) struct Programs {
    /// The version of nginx that the configuration is for
    ///
    /// Some mistakes are none for every version, and some fixes want a version that has them.
    /// Without it: the installed nginx is asked if this is its configuration, else fixes take care
    /// to suit every version.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    nginx_version: Option<Version>,

    /// The same for the OpenSSL that nginx runs with
    #[arg(long, value_name = "VERSION", value_parser = version)]
    openssl_version: Option<Version>,
}

impl Programs {
    /// What is said of them.
    pub(crate) fn versions(&self) -> Versions {
        Versions { nginx: self.nginx_version, openssl: self.openssl_version }
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    installed::version(text).ok_or("it is written like 1.26.3")
}

/// The ACME client of the machine, and the time for its certificates.
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

    /// Where certbot keeps its files
    ///
    /// Without it: /etc/letsencrypt, if the configuration is that of this machine or of --root. What
    /// certbot says of a name counts where --webroot and --token-dir say nothing.
    #[arg(long, value_name = "DIR")]
    letsencrypt_dir: Option<PathBuf>,

    /// Where acme.sh, dehydrated or lego keeps its files
    ///
    /// Without it: .acme.sh in the directories of users, /etc/dehydrated, /etc/lego, /var/lib/lego and
    /// .lego in root's, on the same conditions.
    #[arg(long, value_name = "DIR")]
    acme_home: Option<PathBuf>,

    #[command(flatten)]
    pub now: Now,
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

    /// Where clients keep what they know, on a machine.
    pub(crate) fn homes(&self, machine: &Machine) -> Homes {
        let absolute = |path: &Option<PathBuf>| path.as_deref().map(|path| machine.absolute(path));
        Homes { letsencrypt: absolute(&self.letsencrypt_dir), acme: absolute(&self.acme_home) }
    }
}

/// A directory for one name, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    name: Option<Vec<u8>>,
    directory: PathBuf,
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
