//! The linter beside nginx and beside reading alone, on one tree, in turns.

use std::{
    env,
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use machine::Nginx;

use crate::{
    Result,
    corpus::{self, Certificates},
    measure::{Cost, lowest_and_median, run},
    table,
};

/// A program that has run for this long, all rounds together, sits out the others.
const PATIENCE: Duration = Duration::from_mins(1);

/// One of the programs, and what its runs took; `None` for a round that it sat out.
struct Contender {
    name: String,
    command: Command,
    costs: Vec<Option<Cost>>,
    spent: Duration,
}

/// Makes a tree with so many virtual hosts, runs every program on it in turns, and writes a table.
///
/// # Errors
/// If the tree cannot be made, or a program cannot be run or fails.
pub fn compare(
    program: &Path,
    hosts: u32,
    rounds: usize,
    certificates: Certificates,
    out: &mut dyn Write,
) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let tree = corpus::make(directory.path(), hosts, certificates)?;
    let mut contenders = contenders(program, directory.path(), certificates)?;
    for contender in &mut contenders {
        run(&mut contender.command)?; // so that the files are in memory for all of them
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            contender.turn()?;
        }
    }
    writeln!(out, "{hosts} hosts, {} files, {} bytes", tree.files, tree.bytes)?;
    let title =
        ["", "CPU ms", "median", "wall ms", "median", "peak MB", "/ input", "CPU / reading"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    let [linter, reading, others @ ..] = contenders.as_slice() else { return Ok(()) };
    rows.extend(
        [linter, reading]
            .iter()
            .chain(&others.iter().collect::<Vec<_>>())
            .filter_map(|contender| contender.row(reading, tree.bytes)),
    );
    table::write(out, &rows)?;
    for nginx in others {
        if let Some(ratio) = nginx.ratio(linter) {
            writeln!(out, "CPU of {} / CPU of nginx-acme-lint: {ratio:.1}", nginx.name)?;
        }
    }
    writeln!(out)?;
    Ok(())
}

/// The linter, reading alone, and the versions of nginx that are there.
fn contenders(
    program: &Path,
    directory: &Path,
    certificates: Certificates,
) -> Result<Vec<Contender>> {
    let mut linter = Command::new(program);
    linter.arg(directory).arg("--prefix").arg(directory);
    if certificates == Certificates::Lineages {
        linter.arg("--letsencrypt-dir").arg(corpus::letsencrypt(directory));
    }
    let mut reading = Command::new(env::current_exe()?);
    reading.arg("read").arg(directory);
    let mut contenders = vec![
        Contender::new("nginx-acme-lint".to_owned(), linter),
        Contender::new("reading alone".to_owned(), reading),
    ];
    for version in Nginx::ALL {
        let Ok(path) = version.path() else { continue };
        let mut nginx = Command::new(path);
        nginx.args(["-t", "-q", "-c", "nginx.conf", "-p"]).arg(directory);
        contenders.push(Contender::new(format!("nginx -t, {version}"), nginx));
    }
    Ok(contenders)
}

impl Contender {
    fn new(name: String, command: Command) -> Self {
        Self { name, command, costs: Vec::new(), spent: Duration::ZERO }
    }

    fn turn(&mut self) -> Result<()> {
        if self.spent > PATIENCE {
            self.costs.push(None);
            return Ok(());
        }
        let start = Instant::now();
        self.costs.push(Some(run(&mut self.command)?));
        self.spent += start.elapsed();
        Ok(())
    }

    fn row(&self, reading: &Self, bytes: u64) -> Option<Vec<String>> {
        let costs: Vec<Cost> = self.costs.iter().copied().flatten().collect();
        let of = |value: fn(&Cost) -> f64| {
            lowest_and_median(&costs.iter().map(value).collect::<Vec<_>>())
        };
        let (cpu, median_cpu) = of(|cost| cost.cpu.as_secs_f64() * 1e3)?;
        let (wall, median_wall) = of(|cost| cost.wall.as_secs_f64() * 1e3)?;
        let peak = costs.iter().map(|cost| cost.peak).max()? as f64;
        Some(vec![
            self.name.clone(),
            format!("{cpu:.1}"),
            format!("{median_cpu:.1}"),
            format!("{wall:.1}"),
            format!("{median_wall:.1}"),
            format!("{:.1}", peak / 1e6),
            format!("{:.1}", peak / bytes as f64),
            format!("{:.1}", self.ratio(reading)?),
        ])
    }

    /// How much more time on the processor this one takes: the median of the rounds, each compared
    /// with the other's run right beside it.
    fn ratio(&self, other: &Self) -> Option<f64> {
        let ratios: Vec<f64> = self
            .costs
            .iter()
            .zip(&other.costs)
            .filter_map(|(own, other)| {
                Some((*own)?.cpu.as_secs_f64() / (*other)?.cpu.as_secs_f64())
            })
            .collect();
        lowest_and_median(&ratios).map(|(_, median)| median)
    }
}
