//! The nginx of this machine: where it keeps its configuration, and what `nginx -V` says.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

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

/// What the installed nginx says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Where relative paths start: `--prefix`.
    pub prefix: Option<PathBuf>,
    /// The main file: `--conf-path`.
    pub conf_path: Option<PathBuf>,
}

/// The first directory that holds a configuration, as `exists` tells.
pub(crate) fn directory(exists: impl Fn(&Path) -> bool) -> Option<&'static Path> {
    DIRECTORIES.iter().map(Path::new).find(|directory| exists(directory))
}

/// Whether a path lies where an installed nginx would read it.
pub(crate) fn is_its_own(path: &Path) -> bool {
    DIRECTORIES.iter().any(|directory| path.starts_with(directory))
}

/// Asks the nginx that would read `path`; `None` if it is missing or does not answer.
pub(crate) fn ask(path: &Path) -> Option<Installed> {
    let program = match path.to_str()? {
        path if path.starts_with("/etc/angie") => "angie",
        path if path.contains("openresty") => "openresty",
        _ => "nginx",
    };
    let text = said_by(Command::new(program).arg("-V"))?;
    let installed = Installed::of(&text);
    // Another nginx than the one that this configuration is for says nothing about it.
    let directory = installed.conf_path.as_deref().and_then(Path::parent);
    directory.is_none_or(|directory| path.starts_with(directory)).then_some(installed)
}

impl Installed {
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
        Self { prefix, conf_path }
    }
}

/// What a program writes to standard error, if it ends soon.
fn said_by(command: &mut Command) -> Option<String> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
    let mut stderr = child.stderr.take()?;
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).ok()?;
        Some(text)
    });
    let start = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if start.elapsed() > PATIENCE {
            // A program that hangs is as good as none.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let text = reader.join().ok()??;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_says_all() {
        let said = "nginx version: nginx/1.26.3 (Debian)\nbuilt with OpenSSL 3.5.1\n\
            configure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx \
            --conf-path=/etc/nginx/nginx.conf --with-pcre-jit\n";
        let expected = Installed {
            prefix: Some("/usr/share/nginx".into()),
            conf_path: Some("/etc/nginx/nginx.conf".into()),
        };
        assert_eq!(Installed::of(said), expected);
    }

    #[test]
    fn what_is_not_said_stays_open() {
        let said = "nginx version: openresty/1.27.1.2\nconfigure arguments: --prefix=/opt/o/nginx";
        let installed = Installed::of(said);
        assert_eq!(installed.prefix, Some("/opt/o/nginx".into()));
        assert_eq!(installed.conf_path, None);
        assert_eq!(Installed::of("no such thing"), Installed::default());
    }

    #[test]
    fn a_program_that_is_missing_or_hangs_says_nothing() {
        assert_eq!(said_by(&mut Command::new("/nonexistent/nginx")), None);
        assert_eq!(said_by(Command::new("sleep").arg("30")), None);
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
