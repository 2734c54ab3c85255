//! A machine that nginx serves, with an ACME client at work on it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use acme::{PATH, TOKEN};
use machine::{Answer, Machine, Nginx, Running};
use model::VALIDATOR_USER_AGENT;

use crate::judged::Judged;

/// What a client that answers by itself, in place of a file, makes of a request.
const CLIENT: &str = r"
import http.server, socketserver, sys

class Client(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_challenge = self.path == sys.argv[2]
        self.send_response(200 if is_challenge else 404)
        self.end_headers()
        if is_challenge:
            self.wfile.write(sys.argv[3].encode())

    def log_message(self, *_):
        pass

server = socketserver.TCPServer(('127.0.0.1', int(sys.argv[1])), Client)
print('listening', flush=True)
server.serve_forever()
";

/// What lies below every root besides the token.
const FILES: [&str; 4] = ["index.html", "index.php", ".git/config", ".well-known/other"];

/// The requests that no patch may answer in another way.
pub(crate) const OTHERS: [&str; 4] = ["/", "/index.php", "/.git/config", "/.well-known/other"];

/// A machine that nginx serves, until this goes away.
pub(crate) struct Served<'m> {
    running: Running<'m>,
    clients: Vec<Child>,
    /// Where a client might put its token.
    token_directories: Vec<PathBuf>,
}

impl<'m> Served<'m> {
    pub(crate) fn start(
        machine: &'m Machine,
        nginx: Nginx,
        judged: &Judged,
    ) -> Result<Self, String> {
        let running = machine.serve(nginx).map_err(|error| error.to_string())?;
        let token_directories = judged.token_directories();
        let mut served = Self { running, clients: Vec::new(), token_directories };
        for root in &judged.roots {
            for file in FILES {
                served.write(&root.join(file), &format!("{file} in {}\n", root.display()))?;
            }
        }
        for &port in &judged.client_ports {
            served.start_client(port)?;
        }
        Ok(served)
    }

    /// What a certificate authority gets for a name, redirects followed: one answer for each
    /// directory in which the client could have put its token.
    pub(crate) fn challenges(&self, name: &str, address: IpAddr) -> Result<Vec<Answer>, String> {
        let url = format!("http://{name}{PATH}{TOKEN}");
        let who = format!("User-Agent: {VALIDATOR_USER_AGENT}");
        let ask =
            || self.running.follow_at(address, &url, &[&who]).map_err(|error| error.to_string());
        if self.token_directories.is_empty() {
            return Ok(vec![ask()?]);
        }
        let mut answers = Vec::new();
        for directory in &self.token_directories {
            let token = directory.join(TOKEN);
            self.write(&token, &key_authorization())?;
            answers.push(ask()?);
            self.remove(&token)?;
        }
        Ok(answers)
    }

    /// What anybody gets, in the parts that a person would notice: the status, where a redirect
    /// leads, and the body.
    pub(crate) fn other(&self, url: &str, address: IpAddr) -> Result<String, String> {
        let answer = self.running.get_at(address, url, &[]).map_err(|error| error.to_string())?;
        Ok(match answer.response() {
            Some(response) => format!(
                "{} {} {}",
                response.status,
                response.location().unwrap_or_default(),
                response.body.escape_ascii()
            ),
            None => format!("{answer:?}"),
        })
    }

    fn remove(&self, path: &Path) -> Result<(), String> {
        let path = self.running.root().join(path.strip_prefix("/").unwrap_or(path));
        fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), String> {
        let path = self.running.root().join(path.strip_prefix("/").unwrap_or(path));
        let written = fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&path, text));
        written.map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Starts a client on a port of the machine and waits until it listens.
    fn start_client(&mut self, port: u16) -> Result<(), String> {
        let problem = |error: &dyn std::fmt::Display| format!("no client on {port}: {error}");
        let mut command = self.running.command("python3").map_err(|error| problem(&error))?;
        command.args(["-c", CLIENT, &port.to_string()]);
        command.arg(format!("{PATH}{TOKEN}")).arg(key_authorization());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| problem(&error))?;
        let stdout = child.stdout.take();
        self.clients.push(child);
        let mut line = String::new();
        let stdout = stdout.ok_or_else(|| problem(&"it has no output"))?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| problem(&error))?;
        if line.is_empty() { Err(problem(&"it ended")) } else { Ok(()) }
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        for client in &mut self.clients {
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}

/// Whether an answer is the token's text: that of the file, or of a location that makes it up.
pub(crate) fn is_token(answer: &Answer) -> bool {
    answer.response().is_some_and(|response| {
        response.status == 200 && response.body.starts_with(format!("{TOKEN}.").as_bytes())
    })
}

fn key_authorization() -> String {
    format!("{TOKEN}.Zm9yIGV4YW1wbGUgb25seQ")
}
