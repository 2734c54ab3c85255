//! The machine that all configurations run on.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use generator::Texts;
use machine::{Machine, Nginx, Running};
use model::{Config, Disk, FileSystem as _, Http, Lookup, Prefix};

use crate::client::{self, Ask, Seen};

/// Where nginx's own relative paths start on these machines.
const PREFIX: &str = "/usr/share/nginx";

/// A machine whose configuration changes from case to case.
pub(crate) struct Site {
    machine: Machine,
}

impl Site {
    pub(crate) fn build() -> Self {
        Self { machine: generator::machine() }
    }

    /// Asks real nginx and the model the same requests of the same configuration, and hands each
    /// pair of answers to `compare`.
    pub(crate) fn ask(
        &self,
        nginx: Nginx,
        texts: &Texts,
        asks: &[Ask],
        mut compare: impl FnMut(&Http<'_>, &Ask, &model::Trace<'_>, &Seen),
    ) -> Result<(), String> {
        let _ = fs::remove_dir_all(self.machine.root().join("etc/nginx/parts"));
        for (path, text) in texts {
            write(&self.machine.root(), &format!("etc/nginx/{path}"), text);
        }
        let running = self.machine.serve(nginx).map_err(|error| error.to_string())?;
        let seen = fetch(&running, asks)?;
        drop(running);

        let disk = self.disk();
        let sources = model::load(&[PathBuf::from("/etc/nginx/nginx.conf")], &disk);
        let config = Config::of(&sources[0]);
        let http = Http::of(&config, Prefix { path: PathBuf::from(PREFIX), is_guess: false });
        for (ask, seen) in asks.iter().zip(&seen) {
            let trace = model::route(&http, &ask.request(), &disk);
            compare(&http, ask, &trace, seen);
        }
        Ok(())
    }

    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        match self.disk().read(path) {
            Lookup::Found(bytes) => Some(bytes),
            Lookup::Absent | Lookup::Unknowable(_) => None,
        }
    }

    fn disk(&self) -> Disk {
        Disk::under(self.machine.root())
    }
}

fn fetch(running: &Running<'_>, asks: &[Ask]) -> Result<Vec<Seen>, String> {
    let mut command = running.command("curl").map_err(|error| error.to_string())?;
    command.args(["-q", "--config", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut input = child.stdin.take().ok_or("curl has no input")?;
    let text = client::script(asks);
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let _ = writer.join();
    client::understand(&output.stdout, asks.len())
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    let parent = path.parent().expect("it is below the root");
    fs::create_dir_all(parent).expect("directories can be made");
    fs::write(path, text).expect("files can be written");
}
