//! A machine with an nginx that runs, and the program in the midst of it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use machine::{Machine, Nginx, Running};
use serde_json::Value;
use tempfile::TempDir;

/// Where the program lies in the machine.
const PROGRAM: &str = "/nginx-acme-lint";

/// In front of the servers of every machine.
const HEAD: &str = "user www-data;\nevents {}\nhttp {\n    access_log /var/log/nginx/access.log;\n";

/// A machine that is not running yet.
pub(crate) struct Site {
    machine: Machine,
}

impl Site {
    /// One whose nginx.conf has these servers; the rest is as `fixture.toml` would say.
    pub(crate) fn new(servers: &str, fixture: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below")).expect("it is ours");
            fs::write(path, text).expect("it is ours");
        };
        write("etc/nginx/nginx.conf", &configuration(servers));
        write("fixture.toml", fixture);
        let machine = Machine::build(directory.path()).expect("the machine is built");
        let program = Path::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
        let inside = machine.root().join(PROGRAM.trim_start_matches('/'));
        if fs::hard_link(program, &inside).is_err() {
            fs::copy(program, &inside).expect("there is room for the program");
        }
        Self { machine }
    }

    /// Starts nginx.
    pub(crate) fn serve(&self, nginx: Nginx) -> Live<'_> {
        Live { running: self.machine.serve(nginx).expect("nginx starts") }
    }
}

/// An nginx.conf with these servers.
pub(crate) fn configuration(servers: &str) -> String {
    [HEAD, servers, "\n}\n"].concat()
}

/// A machine with nginx running.
pub(crate) struct Live<'m> {
    running: Running<'m>,
}

impl Live<'_> {
    /// A command that runs in the machine.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.running.command_inside(program).expect("there is nsenter");
        command.stdin(Stdio::null());
        command
    }

    /// `nginx-acme-lint --probe` with these further arguments, in its short form.
    pub(crate) fn lint(&self, arguments: &[&str]) -> Told {
        let arguments = [&["--probe", "--format", "short"], arguments].concat();
        Told::of(self.command(PROGRAM).args(arguments))
    }

    /// The same for a person.
    pub(crate) fn text(&self) -> String {
        let told = Told::of(self.command(PROGRAM).args(["--probe"]));
        told.flat()
    }

    /// The same with every connection that is made on standard error.
    pub(crate) fn lint_traced(&self, arguments: &[&str]) -> Told {
        let mut command = self.command("/usr/bin/strace");
        command.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-e", "signal=none"]);
        command.arg(PROGRAM).args(["--probe", "--format", "short"]);
        Told::of(command.args(arguments))
    }

    /// The same for somebody who is not root.
    pub(crate) fn lint_as_user(&self, arguments: &[&str]) -> Told {
        let mut command = self.command("/usr/bin/setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM]);
        command.env("XDG_STATE_HOME", "/tmp");
        Told::of(command.args(["--probe", "--format", "short"]).args(arguments))
    }

    /// The program, to be started with `--probe` and looked at while it runs. It hears every signal, as
    /// does `nsenter`, which ends in the same way: also if the tests run in the background.
    pub(crate) fn start(&self) -> Command {
        let inside = self.command(PROGRAM);
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=HUP,INT,QUIT,TERM");
        command.arg(inside.get_program()).args(inside.get_args());
        let set = |(name, value): (_, Option<_>)| Some((name, value?));
        command.env_clear().envs(inside.get_envs().filter_map(set));
        command.args(["--probe", "--format", "short"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// What `names --probe` prints.
    pub(crate) fn names(&self) -> Told {
        Told::of(self.command(PROGRAM).args(["names", "--probe"]))
    }

    /// What `names --probe --format json` says of a name.
    pub(crate) fn probe_of(&self, name: &str) -> Value {
        self.probe_of_with(name, &[])
    }

    /// The same with further arguments.
    pub(crate) fn probe_of_with(&self, name: &str, arguments: &[&str]) -> Value {
        let mut command = self.command(PROGRAM);
        command.args(["names", "--probe", "--format", "json"]).args(arguments);
        let told = Told::of(&mut command);
        let document: Value = serde_json::from_str(&told.out)
            .unwrap_or_else(|error| panic!("{error}:\n{}{}", told.out, told.err));
        let names = document["names"].as_array().expect("there are names");
        let entry = names.iter().find(|entry| entry["name"] == name).expect("it is there");
        entry["probe"].clone()
    }

    /// Has nginx do something, such as `-s reload`, and waits until that is done.
    pub(crate) fn reload(&self) {
        let workers = || {
            let told = Told::of(self.command("/bin/sh").args(["-c", WORKERS]));
            told.out.lines().map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let before = workers();
        let told = Told::of(self.command("/bin/sh").args(["-c", RELOAD]));
        assert_eq!(told.code, Some(0), "{}", told.err);
        for _ in 0..1000 {
            let now = workers();
            if !now.is_empty() && now.is_disjoint(&before) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("nginx has no new workers");
    }

    /// Another program beside nginx, once it listens on a port.
    pub(crate) fn beside(&self, program: &str, arguments: &[&str], port: u16) -> Beside {
        let mut command = self.command(program);
        let child = command.args(arguments).stderr(Stdio::null()).spawn().expect("it starts");
        let beside = Beside { child };
        let listening = format!(":{port:04X} 00000000:0000 0A");
        for _ in 0..1000 {
            let told = Told::of(self.command("/bin/cat").arg("/proc/net/tcp"));
            if told.out.contains(&listening) {
                return beside;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{program} does not listen on port {port}");
    }

    /// The documents of both commands, as their schemas say.
    pub(crate) fn validated(&self, arguments: &[&str]) {
        let validate = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/validate.py");
        let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
        for (schema, command) in [("lint.json", &[][..]), ("names.json", &["names"])] {
            let mut program = self.command(PROGRAM);
            program.args(command).args(["--probe", "--format", "json"]).args(arguments);
            let told = Told::of(&mut program);
            let document = tempfile::NamedTempFile::new().expect("it can be made");
            fs::write(document.path(), &told.out).expect("it is ours");
            let mut python = Command::new("/usr/bin/python3");
            python.arg(&validate).arg(schemas.join(schema)).arg("strict").arg(document.path());
            let told = Told::of(&mut python);
            assert_eq!(told.code, Some(0), "{schema}: {}{}", told.out, told.err);
        }
    }

    /// A path of the machine as this disk has it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.running.root().join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("it is ours");
        fs::write(path, text).expect("the machine is ours");
    }

    /// Everything below the places where something might be left, with owners and modes.
    pub(crate) fn things(&self) -> BTreeSet<String> {
        let mut things = BTreeSet::new();
        for place in ["srv", "var/www", "var/lib/nginx-acme-lint/probes", "tmp"] {
            collect(&self.path(place), &mut things);
        }
        things.retain(|thing| !thing.contains("/probes ") && !thing.contains("/lock "));
        things.retain(|thing| !thing.contains("tmp/nginx-acme-lint ") && !thing.contains("/tmp "));
        things
    }
}

/// Waits until a file that changes now is newer than what nginx has read.
pub(crate) fn later() {
    thread::sleep(Duration::from_millis(100));
}

/// A program that runs until this goes away.
pub(crate) struct Beside {
    child: Child,
}

impl Drop for Beside {
    fn drop(&mut self) {
        let inside = children(&self.child);
        if inside.is_empty() {
            let _ = self.child.kill();
        }
        // `nsenter` ends when what it has started is gone.
        for process in inside {
            send("-KILL", &process);
        }
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process; says whether it was there.
pub(crate) fn send(signal: &str, process: &str) -> bool {
    let script = "kill \"$1\" \"$2\" 2>/dev/null";
    let status = Command::new("/bin/sh").args(["-c", script, "sh", signal, process]).status();
    status.is_ok_and(|status| status.success())
}

/// What `nsenter` has started: it does not hand on signals.
pub(crate) fn children(child: &Child) -> Vec<String> {
    let id = child.id();
    let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace().map(str::to_owned).collect()
}

/// The numbers of the workers, those that are about to end as well.
const WORKERS: &str = "for each in /proc/[0-9]*; do \
    if tr '\\0' ' ' <$each/cmdline | grep -q '^nginx: worker process'; then echo $each; fi; done";

/// Tells the master process to read everything anew.
const RELOAD: &str = "for each in /proc/[0-9]*; do \
    if tr '\\0' ' ' <$each/cmdline | grep -q '^nginx: master process'; then kill -HUP ${each#/proc/}; fi; \
    done";

fn collect(directory: &Path, things: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let found = fs::symlink_metadata(&path).expect("it was there a moment ago");
        let (mode, owner) = (found.mode() & 0o7777, found.uid());
        things.insert(format!("{} {mode:o} {owner}", path.display()));
        if found.is_dir() {
            collect(&path, things);
        }
    }
}

/// What a program says.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl Told {
    fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("what is said is UTF-8");
        Self { out: text(stdout), err: text(stderr), code: status.code() }
    }

    /// Without what lines and margins do to the text.
    pub(crate) fn flat(&self) -> String {
        self.out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// That this is the end of it.
    pub(crate) fn ends(&self, words: &str, code: i32) {
        assert!(self.out.trim_end().ends_with(words), "{words}:\n{}{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
    }

    /// The lines that a rule says.
    pub(crate) fn of_rule(&self, rule: &str) -> Vec<&str> {
        let is_of_it =
            |line: &&str| line.split_whitespace().any(|word| word.trim_end_matches(':') == rule);
        self.out.lines().filter(is_of_it).collect()
    }

    /// That nothing but what the probe found is said, and this.
    pub(crate) fn says(&self, rule: &str, words: &[&str]) {
        let lines = self.of_rule(rule);
        let has = |line: &&&str| words.iter().all(|word| line.contains(word));
        assert!(lines.iter().any(|line| has(&line)), "{rule} {words:?}:\n{}{}", self.out, self.err);
    }

    pub(crate) fn is_silent(&self) {
        assert!(!self.out.contains(" probe-"), "{}{}", self.out, self.err);
    }
}
