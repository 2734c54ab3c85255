//! `names`: how the challenge of every name ends.

use std::{
    io::{self, Write},
    mem::ManuallyDrop,
    sync::Arc,
};

use acme::Detail;
use model::{Config, Directive, Http, Sources};
use probe::Probed;

use crate::{
    arguments::{Names, TextOrJson},
    dns::Resolving,
    exit::{self, Usage},
    inputs::Inputs,
    lint::Settings,
    probing::Asking,
    reading,
    report::{Look, Report, printable, summary},
    settings,
    trace::{place::Places, tell_problems},
};
pub(crate) use judged::End;
use judged::Judged;
use pattern::Pattern;

mod fate;
mod idn;
mod json;
mod judged;
mod pattern;
mod probed;
pub(crate) mod served;
mod text;

/// Which of the names are wanted.
struct Wanted {
    /// Those that fit one of these; every name if there is none.
    patterns: Vec<Pattern>,
    /// Of these only the ones that fail.
    failing: bool,
}

/// What has come of the names so far.
#[derive(Default)]
struct Seen {
    /// How many there are.
    names: usize,
    /// How many of them fit.
    fitting: usize,
    /// How many of those are shown.
    shown: usize,
    /// How many of those that fit fail.
    failing: usize,
    /// Whether there is more to be said about those that are shown.
    is_abridged: bool,
}

/// Lists the names that the arguments ask for.
pub(crate) fn names(mut arguments: Names) -> Result<u8, Usage> {
    let loaded = settings::load(&arguments.machine, &arguments.paths)?;
    arguments.machine.fill(&loaded.file);
    arguments.client.fill(&loaded.file);
    arguments.dns.fill(&loaded.file);
    let machine = &arguments.machine;
    let mounts = machine.mounts()?;
    let inputs = Inputs::new(&arguments.paths, None, machine.root.as_deref(), &mounts)?;
    let wanted = Wanted {
        patterns: arguments.patterns.iter().map(|pattern| Pattern::new(pattern)).collect(),
        failing: arguments.failing,
    };
    // The program ends soon after; taking this apart piece by piece would only cost time.
    let groups = ManuallyDrop::new(reading::read(&inputs, machine, &mounts));
    let asking = Asking::of(&arguments.probe, machine, &groups)?;
    let resolving = Resolving::of(&arguments.dns);
    let settings = groups.iter().map(|group| Settings {
        asking: asking.clone(),
        dns: resolving.as_ref(),
        ..Settings::of(machine, &arguments.client, group, &inputs.shown)
    });
    let settings: Vec<_> = settings.collect();
    let all = reading::each(&settings, &groups);
    for (_, sources) in &all {
        tell_problems(sources, &inputs.shown);
    }
    let mut report = Report::on(&inputs, machine, &loaded);
    let detail = match arguments.format {
        TextOrJson::Text => Detail::Answers,
        TextOrJson::Json => Detail::Steps,
    };
    let stream = io::stdout().lock();
    let look = Look::of(&stream);
    let mut seen = Seen::default();
    let code = crate::write(stream, |out| {
        if arguments.format == TextOrJson::Json {
            json::start(out)?;
        }
        for (index, &(settings, sources)) in all.iter().enumerate() {
            let config = Config::of(sources);
            let http = ManuallyDrop::new(Http::of(
                &config,
                settings.prefix(sources, &settings.installed(sources)),
            ));
            let places = Places::new(sources);
            let (configuration, judged) = judged::judge(settings, sources, &http, detail);
            report.configurations.push(configuration);
            report.dns = resolving.as_ref().map(Resolving::told);
            let judged = ManuallyDrop::new(seen.choose(&wanted, judged));
            let probed = settings
                .asking
                .as_ref()
                .map(|asking| probed::ask(asking, (settings, sources), &http, &judged));
            if let Some(last) = report.configurations.last_mut() {
                last.probed.clone_from(&probed);
            }
            let page = Page { http: &http, places: &places, settings, probed: probed.as_deref() };
            match arguments.format {
                TextOrJson::Json => json::write(out, &page, index, &judged, seen.shown)?,
                TextOrJson::Text => {
                    let title = (all.len() > 1).then(|| title(sources, settings));
                    let limits = if arguments.all { fate::ALL } else { fate::FEW };
                    let shown = text::write(out, look, &page, title.as_deref(), &judged, limits)?;
                    seen.is_abridged |= shown == fate::Shown::Abridged;
                }
            }
            seen.shown += judged.len();
        }
        match arguments.format {
            TextOrJson::Json => {
                let directories: Vec<_> =
                    all.iter().map(|(_, sources)| sources.conf_prefix()).collect();
                json::end(out, &report, &directories)
            }
            TextOrJson::Text => seen.write_last_lines(out, look, &report),
        }
    });
    Ok(code.max(seen.code(&report)))
}

/// All that is asked about a configuration while its names are written.
struct Page<'p, 'c> {
    http: &'c Http<'c>,
    places: &'p Places<'c>,
    settings: &'p Settings<'p>,
    /// What the nginx that runs says of the names that are shown, in their order.
    probed: Option<&'p Probed>,
}

impl Page<'_, '_> {
    /// File and line of a directive, fit for a terminal.
    fn place(&self, directive: Directive<'_>) -> String {
        let file = printable::path(self.places.file(directive));
        format!("{file}:{}", self.places.line(directive))
    }
}

/// What a configuration is called where there are several.
fn title(sources: &Sources, settings: &Settings<'_>) -> String {
    let main = sources.files().next().map(|(_, file)| &*file.path);
    printable::path(&settings.shown.file(main.unwrap_or(sources.conf_prefix())))
}

impl Seen {
    /// The names that are wanted, in the order in which they are shown.
    fn choose<'c>(&mut self, wanted: &Wanted, names: Vec<Judged<'c>>) -> Vec<Judged<'c>> {
        self.names += names.len();
        let fits = |name: &Judged<'_>| {
            let forms = || std::iter::once(&*name.text).chain(name.other_form.as_deref());
            let fit = |pattern: &Pattern| forms().any(|form| pattern.fits(&form.to_lowercase()));
            wanted.patterns.is_empty() || wanted.patterns.iter().any(fit)
        };
        let mut chosen: Vec<_> = names.into_iter().filter(fits).collect();
        self.fitting += chosen.len();
        self.failing += chosen.iter().filter(|name| name.end == End::Fails).count();
        if wanted.failing {
            chosen.retain(|name| name.end == End::Fails);
        }
        // What only names with an IPv6 address suffer from can wait.
        chosen.sort_by_key(|name| (name.end, name.end_over_ipv4));
        chosen
    }

    /// What of all this is shown, and what was looked at.
    fn write_last_lines(
        &self,
        out: &mut dyn Write,
        look: Look,
        report: &Report<'_>,
    ) -> io::Result<()> {
        if self.is_abridged {
            writeln!(out, "`--all` shows every name")?;
        }
        if self.shown < self.names {
            writeln!(out, "{} of {} names are shown", self.shown, self.names)?;
        }
        writeln!(out, "{}", look.fit(summary::looked_at(report)))
    }

    fn code(&self, report: &Report<'_>) -> u8 {
        if !report.is_whole() {
            return exit::NOT_READ;
        }
        let mut probed = report.configurations.iter().filter_map(|one| one.probed.as_ref());
        let is_failing = |probed: &Arc<Probed>| probed.differs() || probed.tally().failing > 0;
        let nothing = match self {
            Self { names: 0, .. } => "no server here has a name",
            Self { fitting: 0, .. } => "no name fits --name",
            Self { failing: 0, .. } if !probed.any(is_failing) => return exit::FINE,
            _ => return exit::FOUND,
        };
        let _ = writeln!(io::stderr(), "error: {nothing}");
        exit::NOT_READ
    }
}
