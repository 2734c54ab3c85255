//! What reports say of files of certificates and keys, beside a patch, holds: after the commands that
//! they name real nginx loads what it refused, and it answers no handshake where they say so.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use machine::{Handshake, Machine, Nginx};
use serde_json::Value;

/// What the programs ask for, and what the fixtures' archives and keys are closed with.
const PASSWORDS: [(&str, &str); 3] =
    [("openssl pkcs12 ", ""), ("openssl pkcs8 ", "secret"), ("openssl pkey ", "secret")];

#[test]
fn commands_make_files_that_nginx_reads() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut tried = 0;
    for rule in ["certificate-not-pem", "certificate-key-without-password"] {
        let bad = fs::read_dir(fixtures.join(rule).join("bad")).expect("there are fixtures");
        for entry in bad {
            let fixture = entry.expect("it can be read").path();
            tried += usize::from(try_commands(&fixture));
        }
    }
    assert!(tried >= 9, "{tried} fixtures with commands");
}

#[test]
fn workers_that_may_not_read_a_key_answer_no_handshake() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let rule = fixtures.join("certificate-closed-to-workers");
    for (fixture, answers) in [
        ("bad/lineages-of-certbot", false),
        ("bad/key-of-root", false),
        ("good/opened-by-the-master", true),
    ] {
        let machine = Machine::build(&rule.join(fixture)).expect("the fixture can be built");
        for nginx in Nginx::ALL {
            let running = machine.serve(nginx).expect("nginx starts");
            let handshake =
                running.handshake("example.com", None, &[]).expect("openssl can be run");
            assert_eq!(
                handshake == Handshake::Verified,
                answers,
                "{fixture}, {nginx}: {handshake}"
            );
        }
    }
}

/// Whether a report names commands; they are run, and nginx is asked.
fn try_commands(fixture: &Path) -> bool {
    let machine = Machine::build(fixture).expect("the fixture can be built");
    let notes = notes(&machine);
    let commands: Vec<&str> = notes.iter().filter_map(|note| command(note)).collect();
    if commands.is_empty() {
        return false;
    }
    for command in commands {
        run(&machine, command);
    }
    for note in &notes {
        name_instead(&machine, note);
    }
    for nginx in Nginx::ALL {
        let verdict = machine.nginx_test(nginx).expect("nginx can be run");
        let said = String::from_utf8_lossy(&verdict.output);
        assert!(verdict.accepted, "{}, {nginx}: {said}\n{notes:#?}", fixture.display());
    }
    for key in secrets(&machine.root()) {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(&key).expect("it is there").permissions(),
        );
        assert_eq!(mode & 0o077, 0, "{} is open", key.display());
    }
    true
}

/// The notes of a report.
fn notes(machine: &Machine) -> Vec<String> {
    let mut linter = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    linter.arg("--root").arg(machine.root()).args(["--format", "json", "/etc/nginx"]);
    let output = linter.output().expect("the linter can be run");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let mut notes = Vec::new();
    let mut open = vec![&report];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                let own = fields.get("notes").and_then(Value::as_array);
                let own = own.into_iter().flatten().filter_map(Value::as_str);
                notes.extend(own.map(str::to_owned));
                open.extend(fields.values());
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    notes
}

/// The command that a note names.
fn command(note: &str) -> Option<&str> {
    let commands = note.split('`').skip(1).step_by(2);
    let mut commands = commands.filter(|text| {
        ["openssl ", "sed ", "iconv ", "umask "].iter().any(|start| text.starts_with(start))
    });
    commands.next()
}

/// Runs a command as if the root of the machine were that of the system.
fn run(machine: &Machine, command: &str) {
    let root = machine.root().display().to_string();
    let mut command = command.replace("/etc/", &format!("{root}/etc/"));
    for (program, password) in PASSWORDS {
        command = command.replace(program, &format!("{program}-passin pass:{password} "));
    }
    let output = Command::new("sh").args(["-euc", &command]).output().expect("`sh` can be run");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Names the new file where a note says so.
fn name_instead(machine: &Machine, note: &str) {
    let Some((_, new)) = note.split_once("; name ") else { return };
    let new = new.split(' ').next().unwrap_or_default();
    let Some((_, old)) = note.split_once(" -in ") else { return };
    let old = old.split(' ').next().unwrap_or_default();
    let directive = if Path::new(new).extension().is_some_and(|end| end == "key") {
        "ssl_certificate_key"
    } else {
        "ssl_certificate"
    };
    let path = machine.root().join("etc/nginx/nginx.conf");
    let text = fs::read_to_string(&path).expect("it is there");
    let (from, to) = (format!("{directive} {old};"), format!("{directive} {new};"));
    assert!(text.contains(&from), "nothing to replace: {from}");
    fs::write(&path, text.replace(&from, &to)).expect("the directory is writable");
}

/// The files that hold private keys.
fn secrets(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(secrets(&path));
        } else if fs::read(&path)
            .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("PRIVATE KEY-----"))
        {
            found.push(path);
        }
    }
    found
}
