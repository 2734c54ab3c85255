//! A real nginx with the files of one input.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use machine::Nginx;
use tempfile::TempDir;

use crate::damage::Input;

/// A directory in which nginx runs, with an address nobody else has.
pub(crate) struct Server {
    directory: TempDir,
}

/// What nginx does.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It starts, and shows so many certificates; none if no client can connect.
    Shows(usize),
    /// It does not start, and says this.
    Refuses(String),
}

impl Server {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().expect("the temporary directory is writable") }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Puts the files of an input in place.
    pub(crate) fn write(&self, input: &Input) {
        let authorities = input.authorities.as_deref();
        for (name, bytes) in [
            ("certificate.pem", &*input.certificate),
            ("key.pem", &input.key),
            ("authorities.pem", authorities.unwrap_or_default()),
        ] {
            fs::write(self.directory().join(name), bytes).expect("the directory is writable");
        }
        let verify = if input.authorities.is_some() {
            "ssl_verify_client optional; ssl_client_certificate authorities.pem;"
        } else {
            ""
        };
        let at = self.directory().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary =
            temporary.map(|name| format!("{name}_temp_path {at}/temporary;\n")).concat();
        let text = format!(
            "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log stderr;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}\
             server {{\nlisten unix:{at}/socket ssl;\nssl_certificate certificate.pem;\n\
             ssl_certificate_key key.pem;\n{verify}\n}}\n}}\n"
        );
        fs::write(self.directory().join("nginx.conf"), text).expect("the directory is writable");
    }

    /// Starts nginx and connects to it.
    pub(crate) fn ask(&self, nginx: Nginx) -> Answer {
        let socket = self.directory().join("socket");
        let _ = fs::remove_file(&socket);
        let log =
            fs::File::create(self.directory().join("log")).expect("the directory is writable");
        let mut command = Command::new(nginx.path().expect("nginx is installed"));
        command.arg("-p").arg(self.directory()).arg("-c").arg(self.directory().join("nginx.conf"));
        // Nobody is there to type a password.
        let mut setsid = Command::new("setsid");
        setsid.arg(command.get_program()).args(command.get_args());
        let setsid = setsid.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut child = Child(setsid.spawn().expect("nginx can be run"));
        let started = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            if child.0.try_wait().expect("it is a child").is_some() {
                let log = fs::read(self.directory().join("log")).unwrap_or_default();
                return Answer::Refuses(String::from_utf8_lossy(&log).into_owned());
            }
            assert!(started.elapsed() < Duration::from_secs(20), "nginx does nothing");
            std::thread::sleep(Duration::from_millis(3));
        }
        Answer::Shows(self.shown())
    }

    /// How many certificates nginx shows.
    fn shown(&self) -> usize {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-showcerts", "-servername", "example.com", "-unix"]);
        client.arg(self.directory().join("socket")).stdin(Stdio::null()).stderr(Stdio::null());
        let output = client.output().expect("`openssl` is installed");
        String::from_utf8_lossy(&output.stdout).matches("-----BEGIN CERTIFICATE-----").count()
    }
}

/// A process that ends with the test.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
