//! `trace`: the way of requests through the configuration, and why it is that way.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use model::{Config, Http, Sources};
use rules::Versions;

use crate::{
    arguments::{TextOrJson, Trace},
    exit::{self, Usage},
    inputs::{InputError, Inputs, STANDARD_INPUT},
    installed::Installed,
    lint, reading,
    report::{Look, ShownPaths, printable},
    settings,
};
use ask::Ask;
use follow::Follow;
use place::Places;

mod ask;
mod follow;
pub(crate) mod json;
pub(crate) mod place;
mod text;

/// Traces every request that the arguments name, and prints what comes of it.
pub(crate) fn trace(mut arguments: Trace) -> Result<u8, Usage> {
    let given: Vec<_> = arguments.config.iter().cloned().collect();
    let loaded = settings::load(&arguments.machine, &given)?;
    arguments.machine.fill(&loaded.file);
    let asks = ask::all(&arguments)?;
    let machine = &arguments.machine;
    let mounts = machine.mounts()?;
    let inputs = Inputs::new(&given, None, machine.root.as_deref(), &mounts)?;
    let is_stdin = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new(STANDARD_INPUT));
    if is_stdin(&arguments.config) && is_stdin(&arguments.requests) {
        return Err(InputError::InputTwice.into());
    }
    let groups = reading::read(&inputs, machine, &mounts);
    let all: Vec<_> = groups.iter().flat_map(|group| &group.sources).collect();
    let ([group], [sources]) = (&groups[..], &all[..]) else {
        let many = all.iter().filter_map(|sources| sources.files().next());
        let many: Vec<_> = many.map(|(_, file)| printable::path(&file.path)).collect();
        let many = many.join(", ");
        return Err(format!(
            "there are several configurations; --config names one of them: {many}"
        )
        .into());
    };
    let is_whole = tell_problems(sources, &inputs.shown);
    if sources.files().next().is_none() {
        return Ok(exit::NOT_READ);
    }
    let config = Config::of(sources);
    let is_this_machine = machine.is_this() && !group.is_dump;
    let directory = is_this_machine.then(|| sources.conf_prefix().to_owned());
    let installed = Installed::new(Versions::default(), directory);
    let prefix = lint::prefix(machine.prefix().as_deref(), sources, &installed);
    let http = Http::of(&config, prefix);
    let follow = Follow {
        http: &http,
        file_system: &*group.file_system,
        ports: machine.ports(),
        redirects: arguments.follow,
    };
    let code = print(arguments.format, &asks, &follow, &Places::new(sources));
    Ok(code.max(if is_whole { exit::FINE } else { exit::NOT_READ }))
}

fn print(format: TextOrJson, asks: &[Ask], follow: &Follow<'_, '_>, places: &Places<'_>) -> u8 {
    let stream = io::stdout().lock();
    let look = Look::of(&stream);
    crate::write(stream, |out| match format {
        TextOrJson::Json => json::write(out, asks, follow, places),
        TextOrJson::Text => text::write(out, look, asks, follow, places),
    })
}

/// Says on standard error what was not read, or not parsed whole; whether there is nothing to say.
pub(crate) fn tell_problems(sources: &Sources, shown: &ShownPaths) -> bool {
    let mut lines = Vec::new();
    let position = |id, offset| {
        let file = sources.file(id);
        let line = file.lines().position(offset).line;
        format!("{}:{line}", printable::path(&shown.file(&file.path)))
    };
    for problem in sources.problems() {
        let problem = lint::problem(shown, problem);
        let path = printable::path(&problem.path);
        lines.push(match problem.at {
            Some(span) => format!(
                "{}: cannot read {path}: {}",
                position(span.file, span.start),
                problem.reason
            ),
            None => format!("cannot read {path}: {}", problem.reason),
        });
    }
    for (id, file) in sources.files() {
        for error in file.tree.errors() {
            let place = position(id, error.at);
            lines.push(format!("{place}: {}", error.message(&file.bytes)));
        }
    }
    for line in &lines {
        let _ = writeln!(io::stderr(), "error: {}", printable::words(line));
    }
    lines.is_empty()
}
