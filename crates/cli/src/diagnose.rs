//! `diagnose`: from an error message to what is behind it, and to the line at fault.

use std::{
    fmt, fs,
    io::{self, IsTerminal, Read, Write},
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};

use crate::{
    arguments::{Diagnose, TextOrJson},
    complain,
    dns::Resolving,
    exit::{self, Usage},
    inputs::{InputError, Inputs},
    lint::Settings,
    reading,
    report::{Look, Report},
    settings,
    trace::tell_problems,
};
use finding::{Finding, Findings};
use today::{Stands, Today};

mod finding;
mod json;
mod problem;
mod text;
mod today;

/// What was said, and what comes of it.
struct Diagnosis<'d> {
    /// Where it was said: the name of the file, or `standard input`.
    source: &'d str,
    findings: &'d Findings,
    /// What the configuration says to each of them; as long as the findings, or empty without one.
    today: &'d [Today],
    /// The configuration; `None` if there is none.
    report: Option<&'d Report<'d>>,
    /// Why there is none.
    is_without: Option<&'d str>,
}

/// Diagnoses what the arguments name.
pub(crate) fn diagnose(mut arguments: Diagnose) -> Result<u8, Usage> {
    let is_stdin = |path: &Path| path == Path::new("-");
    if arguments.said.as_deref().is_none_or(is_stdin)
        && arguments.paths.iter().any(|path| is_stdin(path))
    {
        return Err("standard input cannot be both the message and the configuration".into());
    }
    let (source, bytes) = match read(arguments.said.as_deref()) {
        Ok(read) => read,
        Err(error) => return Ok(not_read(&error)),
    };
    if let Some((_, program)) = COMPRESSED.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Ok(not_read(&Unread::Compressed(source, program)));
    }
    let findings = finding::findings(&bytes);
    drop(bytes);
    if findings.is_empty_text {
        return Ok(not_read(&Unread::Empty(source)));
    }
    let loaded = settings::load(&arguments.machine, &arguments.paths)?;
    arguments.machine.fill(&loaded.file);
    arguments.client.fill(&loaded.file);
    arguments.dns.fill(&loaded.file);
    let machine = &arguments.machine;
    let mounts = machine.mounts()?;
    let inputs = match Inputs::new(&arguments.paths, None, machine.root.as_deref(), &mounts) {
        Ok(inputs) => inputs,
        Err(error @ InputError::NothingInstalled) if arguments.paths.is_empty() => {
            let why = error.to_string();
            let why = why.split(';').next().unwrap_or_default();
            let diagnosis = Diagnosis {
                source: &source,
                findings: &findings,
                today: &[],
                report: None,
                is_without: Some(why),
            };
            return Ok(print(arguments.format, &diagnosis));
        }
        Err(error) => return Err(error.into()),
    };
    // The program ends soon after; taking this apart piece by piece would only cost time.
    let groups = ManuallyDrop::new(reading::read(&inputs, machine, &mounts));
    let resolving = Resolving::of(&arguments.dns);
    let settings = groups.iter().map(|group| {
        let mut settings = Settings::of(machine, &arguments.client, group, &inputs.shown);
        settings.dns = resolving.as_ref();
        settings.challenges.asked = findings.challenged();
        settings
    });
    let settings: Vec<_> = settings.collect();
    let all = reading::each(&settings, &groups);
    for (_, sources) in &all {
        tell_problems(sources, &inputs.shown);
    }
    let mut report = Report::on(&inputs, machine, &loaded);
    let today = today::compare(&all, &findings.main, &mut report);
    report.dns = resolving.as_ref().map(Resolving::told);
    let diagnosis = Diagnosis {
        source: &source,
        findings: &findings,
        today: &today,
        report: Some(&report),
        is_without: None,
    };
    Ok(print(arguments.format, &diagnosis))
}

fn print(format: TextOrJson, diagnosis: &Diagnosis<'_>) -> u8 {
    let stream = io::stdout().lock();
    let look = Look::of(&stream);
    let code = crate::write(stream, |out| match format {
        TextOrJson::Text => text::write(out, look, diagnosis),
        TextOrJson::Json => json::write(out, diagnosis),
    });
    code.max(diagnosis.code())
}

impl Diagnosis<'_> {
    fn code(&self) -> u8 {
        if self.findings.main.is_empty() || self.report.is_some_and(|report| !report.is_whole()) {
            return exit::NOT_READ;
        }
        let is_gone = |index: usize| {
            let stands = self.today.get(index).map_or(Stands::NotKnown, |today| today.stands);
            self.findings.main[index].is_harmless() || stands == Stands::NoMore
        };
        if (0..self.findings.main.len()).all(is_gone) { exit::FINE } else { exit::FOUND }
    }

    /// The findings, each with what the configuration says to it.
    fn compared(&self) -> impl Iterator<Item = (&Finding, Option<&Today>)> {
        let main = self.findings.main.iter().enumerate();
        main.map(|(index, finding)| (finding, self.today.get(index)))
    }
}

/// Why there is nothing to diagnose.
enum Unread {
    Error(PathBuf, io::Error),
    Directory(PathBuf),
    Empty(String),
    /// With the program that unpacks it to standard output.
    Compressed(String, &'static str),
}

/// How compressed files start, and the programs that unpack them to standard output. `logrotate` leaves
/// such logs.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "zcat"),
    (b"\xfd7zXZ\0", "xzcat"),
    (b"\x28\xb5\x2f\xfd", "zstdcat"),
    (b"BZh", "bzcat"),
];

impl fmt::Display for Unread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::report::printable;
        match self {
            Self::Error(path, error) => {
                write!(out, "cannot read {}: {error}", printable::path(path))
            }
            Self::Directory(path) => write!(
                out,
                "{} is a directory; the message comes first, and the configuration second: \
                 nginx-acme-lint diagnose FILE {0}",
                printable::path(path)
            ),
            Self::Empty(source) => write!(out, "there is nothing in {}", printable::words(source)),
            Self::Compressed(source, program) => write!(
                out,
                "{} is compressed; unpack it first: {program} FILE | nginx-acme-lint diagnose",
                printable::words(source)
            ),
        }
    }
}

fn not_read(error: &Unread) -> u8 {
    complain(error);
    match error {
        Unread::Directory(_) => exit::USAGE,
        Unread::Error(..) | Unread::Empty(_) | Unread::Compressed(..) => exit::NOT_READ,
    }
}

/// What was said, and where.
fn read(file: Option<&Path>) -> Result<(String, Vec<u8>), Unread> {
    let mut bytes = Vec::new();
    match file {
        Some(path) if path != Path::new("-") => {
            let problem = |error| Unread::Error(path.to_owned(), error);
            if path.is_dir() {
                return Err(Unread::Directory(path.to_owned()));
            }
            let bytes = fs::read(path).map_err(problem)?;
            Ok((path.display().to_string(), bytes))
        }
        _ => {
            let mut stream = io::stdin().lock();
            if stream.is_terminal() {
                let _ = writeln!(
                    io::stderr(),
                    "Paste the message, then press Enter and Ctrl-D (or give a FILE):"
                );
            }
            let problem = |error| Unread::Error("standard input".into(), error);
            stream.read_to_end(&mut bytes).map_err(problem)?;
            Ok(("standard input".to_owned(), bytes))
        }
    }
}
