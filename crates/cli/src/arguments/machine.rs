//! What every command that reads a configuration has to know about its machine.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Component, Path, PathBuf},
};

use acme::{TokenPlace, TokenPlaces};
use clap::{
    Args,
    builder::{OsStringValueParser, TypedValueParser},
};
use evidence::client::Homes;
use model::{Disk, Mount, Mounts, Ports, Version};
use rules::Versions;

use super::{now::Now, settings::SettingsChoice};
use crate::{
    installed,
    report::printable,
    settings::{SettingsFile, VersionText},
};

/// The machine that the configuration is for.
#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// A directory that stands for /, such as an unpacked image
    ///
    /// Every absolute path, given here or in the configuration, lies under DIR.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// A directory of this disk that nginx has at another path; may be given several times
    ///
    /// As for the volumes of a container: CONTAINER is the path in the configuration, HOST where that
    /// is here. What lies in no such directory is looked for under --root, or else is not known.
    /// Reports and patches name the paths that files have here.
    #[arg(long, value_name = "HOST=CONTAINER", value_parser = OsStringValueParser::new().try_map(|text| mapped(&text)))]
    map: Vec<Mapped>,

    /// Where relative root, alias and log paths start, as nginx -p has it
    ///
    /// Without it: the installed nginx is asked if this is its configuration, else it is the
    /// directory of nginx.conf.
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,

    /// The port on which connections to the public port 80 arrive [default: 80]
    ///
    /// Another one than 80 where a container or a router maps ports.
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,

    /// The same for the public port 443 [default: 443]
    #[arg(long, value_name = "PORT")]
    https_port: Option<u16>,

    #[command(flatten)]
    pub settings: SettingsChoice,
}

impl Machine {
    /// Takes from the settings what the command line leaves open.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        or_clone(&mut self.root, file.root.as_ref());
        if self.map.is_empty() {
            self.map = file.map.iter().map(|text| text.0.clone()).collect();
        }
        or_clone(&mut self.prefix, file.prefix.as_ref());
        self.http_port = self.http_port.or(file.http_port);
        self.https_port = self.https_port.or(file.https_port);
    }

    /// Its disk, be it that of this machine or a directory that stands for it.
    pub(crate) fn disk(&self, mounts: &Mounts) -> Disk {
        self.root.clone().map_or_else(Disk::new, Disk::under).with_mounts(mounts.clone())
    }

    /// Whether it is the machine that this runs on.
    pub(crate) fn is_this(&self) -> bool {
        self.root.is_none() && self.map.is_empty()
    }

    /// What it has at other paths than this disk.
    ///
    /// # Errors
    ///
    /// If some of that is not there, or two things are at one place.
    pub(crate) fn mounts(&self) -> Result<Mounts, String> {
        let mut mounts: Vec<Mount> = Vec::new();
        for Mapped { host, container } in &self.map {
            let disk = fs::canonicalize(host).map_err(|error| {
                let (host, container) = (printable::path(host), printable::path(container));
                format!("cannot use {host} for {container}: {error}")
            })?;
            if mounts.iter().any(|mount| mount.machine == *container) {
                return Err(format!("{} is mapped twice", printable::path(container)));
            }
            mounts.push(Mount { disk, machine: container.clone() });
        }
        Ok(Mounts::new(mounts))
    }

    /// Where a path that is given for linting lies on this disk, as far as the command line says.
    pub(crate) fn on_disk(&self, path: &Path) -> PathBuf {
        if !path.is_absolute() {
            return path.to_owned();
        }
        let mapped = self.map.iter().find_map(|Mapped { host, container }| {
            Some(host.join(path.strip_prefix(container).ok()?))
        });
        mapped.unwrap_or_else(|| match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        })
    }

    /// Where connections to the public ports arrive.
    pub(crate) fn ports(&self) -> Ports {
        Ports { http: self.http_port.unwrap_or(80), https: self.https_port.unwrap_or(443) }
    }

    /// `--prefix`, as the machine itself names it.
    pub(crate) fn prefix(&self) -> Option<PathBuf> {
        self.prefix.as_deref().map(|path| self.absolute(path))
    }

    /// A directory given on the command line; with `--root` and `--map` it is one of the machine, as
    /// in the configuration.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        if self.is_this() {
            return std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        }
        Path::new("/").join(path)
    }

    /// What the machine itself calls a path of this disk; `None` if it lies outside of it.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let Some(root) = &self.root else { return Some(path.to_owned()) };
        let root = root.canonicalize().ok()?;
        Some(Path::new("/").join(path.strip_prefix(root).ok()?))
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
    /// Takes from the settings what the command line leaves open.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        let version = |text: &Option<VersionText>| text.as_ref().map(|text| text.0);
        self.nginx_version = self.nginx_version.or_else(|| version(&file.nginx_version));
        self.openssl_version = self.openssl_version.or_else(|| version(&file.openssl_version));
    }

    /// What is said of them.
    pub(crate) fn versions(&self) -> Versions {
        Versions { nginx: self.nginx_version, openssl: self.openssl_version }
    }
}

/// A version, as programs write theirs.
pub(crate) fn version(text: &str) -> Result<Version, &'static str> {
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
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(|text| token_directory(&text)))]
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
    /// Takes from the settings what the command line leaves open. Where the web roots are is one
    /// question, be they those of all names or of one.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        if self.webroot.is_empty() && self.token_dir.is_empty() {
            self.webroot = file.webroot.iter().map(|text| text.0.clone()).collect();
            self.token_dir = file.token_dir.iter().map(|text| text.0.clone()).collect();
        }
        or_clone(&mut self.letsencrypt_dir, file.letsencrypt_dir.as_ref());
        or_clone(&mut self.acme_home, file.acme_home.as_ref());
    }

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

/// A directory of this disk, and what nginx calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// The directory.
    pub host: PathBuf,
    container: PathBuf,
}

/// `HOST=CONTAINER`.
pub(crate) fn mapped(text: &OsStr) -> Result<Mapped, &'static str> {
    const WRITTEN: &str = "it is written HOST=CONTAINER, such as ./nginx=/etc/nginx";
    let bytes = text.as_bytes();
    let at = bytes.iter().rposition(|&byte| byte == b'=').ok_or(WRITTEN)?;
    let path = |bytes| PathBuf::from(OsStr::from_bytes(bytes));
    let (host, container) = (path(&bytes[..at]), path(&bytes[at + 1..]));
    let is_odd = |part| matches!(part, Component::ParentDir);
    if host.as_os_str().is_empty() || container.components().any(is_odd) {
        return Err(WRITTEN);
    }
    if !container.is_absolute() {
        return Err("CONTAINER has to be an absolute path, such as /etc/nginx");
    }
    // Without slashes at the end, `.` and `//`.
    Ok(Mapped { host, container: container.components().collect() })
}

/// A directory for one name, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    name: Option<Vec<u8>>,
    /// The directory.
    pub directory: PathBuf,
}

/// The web root that a person names, who may name the directory of the tokens as well.
pub(crate) fn web_root(text: &OsStr) -> Result<Named, &'static str> {
    let mut named = token_directory(text)?;
    if named.directory.ends_with(".well-known/acme-challenge") {
        named.directory = named.directory.ancestors().nth(2).unwrap_or(Path::new("/")).to_owned();
    }
    Ok(named)
}

/// A directory, and the name in front of it if there is one.
pub(crate) fn token_directory(text: &OsStr) -> Result<Named, &'static str> {
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

/// Takes a value if there is none.
fn or_clone<T: Clone>(value: &mut Option<T>, other: Option<&T>) {
    if value.is_none() {
        *value = other.cloned();
    }
}
