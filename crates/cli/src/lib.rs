//! The program, to be run, and to be fuzzed.

mod addresses;
mod arguments;
mod baseline;
mod completions;
mod diagnose;
mod dns;
mod exit;
mod given;
mod inputs;
mod installed;
mod lint;
mod man;
mod merge;
mod names;
mod output;
mod probing;
mod reading;
mod report;
mod restore;
mod settings;
mod trace;
mod writing;

use std::{
    borrow::Cow,
    fmt,
    io::{self, BufWriter, IsTerminal, Write},
    mem::ManuallyDrop,
    os::fd::AsFd,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use fixer::Patch;
use rules::{Applicability, Rule};

use crate::{
    arguments::{Arguments, Command, Format, Lint, Reporting},
    dns::Resolving,
    exit::Usage,
    given::Given,
    inputs::Inputs,
    lint::Settings,
    output::Output,
    probing::Asking,
    report::{
        Configuration, FixState, Look, Report, Run, checkstyle, github, gitlab, json, junit, sarif,
        short, text,
    },
    writing::Writer,
};

/// Does what the command line says; the code is one of docs/exit-codes.md.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done about a closed stream.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE } else { exit::FINE }.into();
        }
    };
    let code = match arguments.command {
        Some(Command::Completions { shell }) => Ok(completions::completions(shell)),
        Some(Command::Diagnose(arguments)) => diagnose::diagnose(arguments),
        Some(Command::Explain { id }) => Ok(explain(&id)),
        Some(Command::Man { command }) => Ok(man::man(command.as_deref())),
        Some(Command::Merge(arguments)) => Ok(merge::merge(&arguments)),
        Some(Command::Restore(arguments)) => Ok(restore::restore(&arguments)),
        Some(Command::Rules) => Ok(list_rules()),
        Some(Command::Names(arguments)) => names::names(arguments),
        Some(Command::Trace(arguments)) => trace::trace(arguments),
        None => lint(arguments.lint),
    };
    code.unwrap_or_else(|Usage(why)| complain(&why)).into()
}

/// Whether these bytes are a settings file.
///
/// # Errors
///
/// What is wrong with them, in the program's words.
pub fn check_settings(bytes: &[u8]) -> Result<(), String> {
    settings::check(bytes).map_err(|error| error.to_string())
}

fn lint(mut arguments: Lint) -> Result<u8, Usage> {
    let loaded = settings::load(&arguments.machine, &arguments.given.on_disk(&arguments.paths))?;
    arguments.fill(&loaded.file);
    let machine = &arguments.machine;
    let mounts = machine.mounts()?;
    let stdin_filename = arguments.given.stdin_filename.as_deref();
    let inputs = Inputs::new(&arguments.paths, stdin_filename, machine.root.as_deref(), &mounts)?;
    if inputs.is_from_stdin() && arguments.writing.write {
        return Err("--write writes files, not standard input: print the patch with --fix".into());
    }
    arguments.reporting.check()?;
    let to_file = |option, path: &Option<PathBuf>| {
        path.clone().map(|path| Output::new(option, path)).transpose()
    };
    let output = to_file("--output", &arguments.reporting.output)?;
    let new_baseline = to_file("--write-baseline", &arguments.baselines.write_baseline)?;
    let writer = arguments.writing.write.then(|| Writer::new(&arguments, &inputs)).transpose()?;
    let baseline = arguments.baselines.read(&loaded.file)?;
    let groups = ManuallyDrop::new(reading::read(&inputs, machine, &mounts));
    if let Some(message) = reading::contradiction(&groups, &arguments) {
        return Err(message.into());
    }
    let asking = Asking::of(&arguments.probe, machine, &groups)?;
    let resolving = Resolving::of(&arguments.dns);
    let settings = groups.iter().map(|group| Settings {
        asking: asking.clone(),
        dns: resolving.as_ref(),
        versions: arguments.programs.versions(),
        selection: arguments.rules.selection(&loaded.file),
        directives: loaded.file.directives(),
        baseline: baseline.as_ref(),
        is_alone: groups.iter().map(|group| group.sources.len()).sum::<usize>() == 1,
        only: arguments.given.only_given.then(|| Given::new(&inputs.paths, &*group.file_system)),
        ..Settings::of(machine, &arguments.client, group, &inputs.shown)
    });
    let settings: Vec<_> = settings.collect();
    let least = if arguments.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let all = reading::each(&settings, &groups);
    writer.as_ref().map_or(Ok(()), |writer| writer.check(&all))?;
    let inside = |path: &Path| mounts.on_machine(path).or_else(|| machine.inside(path));
    let mut files = output.iter().chain(&new_baseline);
    files.try_for_each(|output| output.check(&all, inside))?;
    let (configurations, patch) = together(lint::lint_all(&all, least));

    let mut report = Report {
        dns: resolving.as_ref().map(Resolving::told),
        only_given: arguments.given.only_given,
        configurations,
        patch: arguments.fix.then(|| patch_bytes(&patch, &inputs)),
        written: writer.map(|writer| writer.apply(&all, &patch)),
        ..Report::on(&inputs, machine, &loaded)
    };
    if let Some(baseline) = &baseline {
        baseline::compare(baseline, &mut report, &arguments.rules.selection(&loaded.file));
    }
    new_baseline.map_or(Ok(()), |file| baseline::write_all(&file, &mut report))?;
    let Reporting { quiet, .. } = arguments.reporting;
    let (format, fail_on) = (arguments.reporting.format(), arguments.reporting.fail_on());
    let code = match exit::code(&report, fail_on) {
        exit::FINE if arguments.writing.check && !patch.is_empty() => exit::FOUND,
        code => code,
    };
    let is_to_be_patched = arguments.fix && !patch.is_empty();
    let is_silent = quiet && code == exit::FINE && !is_to_be_patched;
    let run = Run::new(&report, code, fail_on);
    Ok(match output {
        None if is_silent => code,
        None => code.max(print(format, &run)),
        Some(output) => {
            let printed = if is_silent { code } else { print(Format::Text, &run) };
            code.max(printed).max(write_file(&output, format, &run))
        }
    })
}

/// One patch of several. A file that two configurations share is patched once: what the later one
/// would change waits for the next run.
fn together(linted: Vec<(Configuration<'_>, Patch)>) -> (Vec<Configuration<'_>>, Patch) {
    let mut configurations = Vec::new();
    let mut whole = Patch::default();
    for (mut configuration, patch) in linted {
        let is_patched = |path| whole.files.iter().any(|file| &file.path == path);
        if patch.files.iter().any(|file| is_patched(&file.path)) {
            for state in configuration.fixes.iter_mut().flatten() {
                if *state == FixState::InPatch {
                    *state = FixState::NextRun;
                }
            }
        } else {
            whole.files.extend(patch.files);
        }
        configurations.push(configuration);
    }
    whole.files.sort_by(|left, right| left.path.cmp(&right.path));
    (configurations, whole)
}

/// The patch as it is printed: names are those of this disk and start at the current directory, or at
/// `/` if a file lies elsewhere.
fn patch_bytes(patch: &Patch, inputs: &Inputs) -> Vec<u8> {
    let mut patch = Cow::Borrowed(patch);
    if !inputs.shown.mounts.is_empty() {
        for file in &mut patch.to_mut().files {
            file.path = inputs.shown.on_disk(&file.path).into_owned();
        }
    }
    let base = &*inputs.patch_base;
    let is_inside = patch.files.iter().all(|file| file.path.starts_with(base));
    let base = if is_inside { base } else { Path::new("/") };
    let mut bytes = Vec::new();
    patch.write_to(base, &mut bytes).expect("memory takes all that is written to it");
    bytes
}

/// Prints a report: on standard output, or on standard error if the patch goes there.
fn print(format: Format, run: &Run<'_>) -> u8 {
    let patch = match &run.report.patch {
        Some(patch) if format != Format::Json && run.report.written.is_none() => patch,
        _ => return print_report(format, run, io::stdout().lock()),
    };
    let code = write(io::stdout().lock(), |out| out.write_all(patch));
    code.max(print_report(format, run, io::stderr().lock()))
}

fn print_report(format: Format, run: &Run<'_>, stream: impl Write + IsTerminal + AsFd) -> u8 {
    let look = Look::of(&stream);
    write(stream, |out| write_report(format, out, look, run))
}

/// Writes a report to the file of `--output`.
fn write_file(output: &Output, format: Format, run: &Run<'_>) -> u8 {
    match output.write(|out| write_report(format, out, Look::PLAIN, run)) {
        Ok(()) => exit::FINE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            exit::NOT_READ
        }
    }
}

fn write_report(format: Format, out: &mut dyn Write, look: Look, run: &Run<'_>) -> io::Result<()> {
    match format {
        Format::Text => text::write(out, look, run.report),
        Format::Short => short::write(out, run.report),
        Format::Json => json::write(out, run.report),
        Format::Sarif => sarif::write(out, run),
        Format::Github => github::write(out, run),
        Format::Gitlab => gitlab::write(out, run),
        Format::Checkstyle => checkstyle::write(out, run),
        Format::Junit => junit::write(out, run),
    }
}

fn explain(id: &str) -> u8 {
    let rule = rules::RULES.iter().find(|rule| rule.id == id);
    write(io::stdout().lock(), |out| match rule {
        Some(Rule { id, docs, .. }) => {
            writeln!(out, "# {id}\n")?;
            // A doc comment has a blank in front of each line.
            let mut lines =
                docs.trim_end().lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
            lines.try_for_each(|line| writeln!(out, "{line}"))
        }
        None => match acme::catalogue::message(id) {
            Some(message) => write!(out, "# {id}\n\n{}", acme::catalogue::page(message)),
            None => Ok(()),
        },
    })
}

fn list_rules() -> u8 {
    let width = rules::RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    write(io::stdout().lock(), |out| {
        rules::RULES.iter().try_for_each(|rule| {
            let severity = rule.max_severity.word();
            writeln!(out, "{:width$}  {severity:7}  {}", rule.id, rule.summary())
        })
    })
}

/// Writes to a stream. If its reader has gone, that is no error; any other failure is.
fn write(
    stream: impl Write,
    writer: impl FnOnce(&mut BufWriter<&mut dyn Write>) -> io::Result<()>,
) -> u8 {
    let mut stream = stream;
    let mut out = BufWriter::new(&mut stream as &mut dyn Write);
    match writer(&mut out).and_then(|()| out.flush()) {
        Ok(()) => exit::FINE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::FINE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot write: {error}");
            exit::NOT_READ
        }
    }
}

/// Says what is wrong with the arguments.
fn complain(error: &dyn fmt::Display) -> u8 {
    let _ = writeln!(io::stderr(), "error: {error}");
    exit::USAGE
}
