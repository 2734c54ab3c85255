//! The nginx of this machine: where it keeps its configuration, and what it says of itself.

use std::{
    collections::HashMap,
    ffi::OsStr,
    io::Read,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

use model::Version;
use rules::{Programs, Suite, Versions};

/// Where nginx and its kin keep their configuration: Debian, Red Hat and most others; `FreeBSD`
/// and Homebrew; Angie; OpenResty; Tengine or nginx built from source.
const DIRECTORIES: [&str; 9] = [
    "/etc/nginx",
    "/usr/local/etc/nginx",
    "/opt/homebrew/etc/nginx",
    "/etc/angie",
    "/usr/local/openresty/nginx/conf",
    "/etc/openresty",
    "/usr/local/tengine/conf",
    "/usr/local/nginx/conf",
    "/opt/nginx/conf",
];

/// The programs that a configuration is for: what the user says of them, or else those that are
/// installed here, if the configuration is theirs. None is started before something hangs on its
/// answer, and none is asked the same twice.
#[derive(Debug)]
pub(crate) struct Installed {
    given: Versions,
    /// Where the configuration lies, if the nginx of this machine reads it there.
    directory: Option<PathBuf>,
    said: OnceLock<Option<Said>>,
    suites: Mutex<HashMap<Vec<u8>, Option<Vec<Suite>>>>,
}

/// What an nginx says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Where relative paths start: `--prefix`.
    prefix: Option<PathBuf>,
    /// The main file: `--conf-path`.
    conf_path: Option<PathBuf>,
    versions: Versions,
}

/// The first directory that holds a configuration, as `exists` tells.
pub(crate) fn directory(exists: impl Fn(&Path) -> bool) -> Option<&'static Path> {
    DIRECTORIES.iter().map(Path::new).find(|directory| exists(directory))
}

/// Whether a path lies where an installed nginx would read it.
pub(crate) fn is_its_own(path: &Path) -> bool {
    DIRECTORIES.iter().any(|directory| path.starts_with(directory))
}

/// The program that would read `path`; `None` if it lies in none of the usual places.
pub(crate) fn program(path: &Path) -> Option<&'static str> {
    Some(match path.to_str()? {
        _ if !is_its_own(path) => return None,
        path if path.starts_with("/etc/angie") => "angie",
        path if path.contains("openresty") => "openresty",
        _ => "nginx",
    })
}

impl Installed {
    /// The programs for a configuration in this directory, of which the user says as much as
    /// `given`. Without a directory none can be asked.
    pub(crate) fn new(given: Versions, directory: Option<PathBuf>) -> Self {
        let directory = directory.filter(|directory| is_its_own(directory));
        Self { given, directory, said: OnceLock::new(), suites: Mutex::default() }
    }

    /// Where relative paths start, if nginx says so.
    pub(crate) fn prefix(&self) -> Option<PathBuf> {
        self.said()?.prefix.clone()
    }

    /// What the nginx that would read the directory says.
    fn said(&self) -> Option<&Said> {
        self.said.get_or_init(|| Said::about(self.directory.as_deref()?)).as_ref()
    }
}

impl Programs for Installed {
    fn versions(&self) -> Versions {
        // Who names a version means another nginx than the one that could be asked.
        let is_open = self.given == Versions::default();
        let said = if is_open { self.said() } else { None };
        said.map_or(self.given, |said| said.versions)
    }

    fn suites(&self, ciphers: &[u8]) -> Option<Vec<Suite>> {
        if self.given != Versions::default() || self.directory.is_none() {
            return None;
        }
        let mut known = self.suites.lock().ok()?;
        if let Some(suites) = known.get(ciphers) {
            return suites.clone();
        }
        let suites = suites(ciphers);
        known.insert(ciphers.to_vec(), suites.clone());
        suites
    }
}

/// What OpenSSL makes of a cipher string; `None` if it is not there, or takes it for wrong.
fn suites(ciphers: &[u8]) -> Option<Vec<Suite>> {
    let mut command = Command::new("openssl");
    command.args(["ciphers", "-s", "-V", "--"]).arg(OsStr::from_bytes(ciphers));
    let said = said_by(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let suites: Vec<_> = said.lines().filter_map(suite).collect();
    (!suites.is_empty()).then_some(suites)
}

/// A cipher suite of up to TLS 1.2 in a line of `openssl ciphers -V`.
fn suite(line: &str) -> Option<Suite> {
    let mut words = line.split_whitespace().skip_while(|word| *word != "-").skip(1);
    let (name, protocol) = (words.next()?, words.next()?);
    let mut part = |label: &str| Some(words.next()?.strip_prefix(label)?.to_owned());
    let suite = Suite {
        name: name.to_owned(),
        exchange: part("Kx=")?,
        authentication: part("Au=")?,
        encryption: part("Enc=")?,
        digest: part("Mac=")?,
    };
    (protocol != "TLSv1.3").then_some(suite)
}

impl Said {
    /// Asks the nginx that would read a directory; `None` if it is missing or does not answer.
    fn about(directory: &Path) -> Option<Self> {
        let mut command = Command::new(program(directory)?);
        let said = said_by(command.arg("-V").stdout(Stdio::null()).stderr(Stdio::piped()))?;
        let said = Self::of(&said);
        // Another nginx than the one that this configuration is for says nothing about it.
        let own = said.conf_path.as_deref().and_then(Path::parent);
        own.is_none_or(|own| directory.starts_with(own)).then_some(said)
    }

    /// Reads what `nginx -V` prints.
    fn of(text: &str) -> Self {
        let configured = text.lines().find_map(|line| line.strip_prefix("configure arguments:"));
        let option = |name: &str| {
            let mut words = configured?.split_whitespace();
            words
                .find_map(|word| word.strip_prefix(name))
                .map(|path| PathBuf::from(path.trim_matches('\'')))
        };
        let prefix = option("--prefix=");
        let conf_path = option("--conf-path=").map(|path| match &prefix {
            Some(prefix) => prefix.join(path),
            None => path,
        });
        let nginx =
            text.lines().find_map(|line| nginx_version(line.strip_prefix("nginx version: ")?));
        // It may be built with one release and run with another.
        let openssl = text.rsplit_once(" with OpenSSL ").and_then(|(_, rest)| version(rest));
        Self { prefix, conf_path, versions: Versions { nginx, openssl } }
    }
}

/// The version of nginx in what follows `nginx version:`. OpenResty adds a number of its own; other
/// programs made of nginx count in their own way, and theirs says nothing.
fn nginx_version(text: &str) -> Option<Version> {
    let (program, rest) = text.split_once('/')?;
    matches!(program, "nginx" | "openresty").then(|| version(rest))?
}

/// The three numbers with which a text starts: `1.1.1` of `1.1.1w  11 Sep 2023`.
pub(crate) fn version(text: &str) -> Option<Version> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let numbers = text[..end.unwrap_or(text.len())].split('.').take(3);
    Version::parse(numbers.collect::<Vec<_>>().join(".").as_bytes())
}

/// What a program writes to the stream that is piped, if it ends soon and well.
fn said_by(command: &mut Command) -> Option<String> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut child = command.stdin(Stdio::null()).spawn().ok()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stream) = stdout {
            stream.read_to_end(&mut text).ok()?;
        }
        if let Some(mut stream) = stderr {
            stream.read_to_end(&mut text).ok()?;
        }
        Some(text)
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().ok()? {
            break status;
        }
        if start.elapsed() > PATIENCE {
            // A program that hangs is as good as none.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let text = reader.join().ok()??;
    status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> Option<Version> {
        Version::parse(version.as_bytes())
    }

    #[test]
    fn debian_says_all() {
        let said = "nginx version: nginx/1.26.3 (Debian)\n\
            built with OpenSSL 3.5.0 8 Apr 2025 (running with OpenSSL 3.5.1 1 Jul 2025)\n\
            configure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx \
            --conf-path=/etc/nginx/nginx.conf --with-pcre-jit\n";
        let expected = Said {
            prefix: Some("/usr/share/nginx".into()),
            conf_path: Some("/etc/nginx/nginx.conf".into()),
            versions: Versions { nginx: release("1.26.3"), openssl: release("3.5.1") },
        };
        assert_eq!(Said::of(said), expected);
    }

    #[test]
    fn what_is_not_said_stays_open() {
        let said = "nginx version: openresty/1.27.1.2\nconfigure arguments: --prefix=/opt/o/nginx";
        let said = Said::of(said);
        assert_eq!(said.prefix, Some("/opt/o/nginx".into()));
        assert_eq!(said.conf_path, None);
        assert_eq!(said.versions, Versions { nginx: release("1.27.1"), openssl: None });
        assert_eq!(Said::of("no such thing"), Said::default());
    }

    #[test]
    fn versions_are_those_of_nginx_and_openssl_alone() {
        let versions = |text: &str| Said::of(text).versions;
        let old = "nginx version: nginx/1.14.2\nbuilt with OpenSSL 1.1.1w  11 Sep 2023\n";
        assert_eq!(versions(old).openssl, release("1.1.1"));
        let other = "Angie version: Angie/1.8.1\nbuilt with LibreSSL 3.9.2\n";
        assert_eq!(versions(other), Versions::default());
        let tengine = "Tengine version: Tengine/3.1.0\nnginx version: nginx/1.24.0\n";
        assert_eq!(versions(tengine).nginx, release("1.24.0"));
        assert_eq!(versions("nginx version: nginx/trunk"), Versions::default());
    }

    #[test]
    fn a_version_that_is_given_keeps_programs_from_being_asked() {
        let given = Versions { nginx: release("1.18.0"), openssl: None };
        let installed = Installed::new(given, Some("/etc/nginx".into()));
        assert_eq!(installed.versions(), given);
        assert_eq!(installed.suites(b"HIGH"), None);
        assert!(installed.said.get().is_none());
        let elsewhere = Installed::new(Versions::default(), Some("/srv/site".into()));
        assert_eq!(elsewhere.versions(), Versions::default());
        assert_eq!(elsewhere.suites(b"HIGH"), None);
    }

    #[test]
    fn cipher_suites_are_as_openssl_shows_them() {
        let line = "          0xC0,0x13 - ECDHE-RSA-AES128-SHA           TLSv1   Kx=ECDH     Au=RSA   \
            Enc=AES(128)               Mac=SHA1";
        let suite = suite(line).unwrap();
        assert_eq!((&*suite.name, &*suite.exchange), ("ECDHE-RSA-AES128-SHA", "ECDH"));
        assert_eq!((&*suite.authentication, &*suite.encryption), ("RSA", "AES(128)"));
        assert_eq!(&*suite.digest, "SHA1");
        let installed = Installed::new(Versions::default(), Some("/etc/nginx".into()));
        let suites = installed.suites(b"ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA").unwrap();
        let names: Vec<_> = suites.iter().map(|suite| &*suite.name).collect();
        assert_eq!(names, ["ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-SHA"]);
        assert_eq!(installed.suites(b"NONE-SUCH"), None);
        assert_eq!(installed.suites(b"-help"), None);
    }

    #[test]
    fn a_program_that_is_missing_hangs_or_fails_says_nothing() {
        assert_eq!(said_by(&mut Command::new("/nonexistent/nginx")), None);
        assert_eq!(said_by(Command::new("sleep").arg("30")), None);
        assert_eq!(said_by(&mut Command::new("false")), None);
    }

    #[test]
    fn the_first_directory_that_exists_is_taken() {
        let angie = directory(|path| path.starts_with("/etc/angie"));
        assert_eq!(angie, Some(Path::new("/etc/angie")));
        assert_eq!(directory(|_| false), None);
        assert!(is_its_own(Path::new("/etc/nginx/nginx.conf")));
        assert!(!is_its_own(Path::new("/etc/nginx-old")));
    }
}
