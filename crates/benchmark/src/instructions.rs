//! How many instructions the linter executes: a figure that no other load on the machine changes,
//! so that it can be held against limits wherever the tests run.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    Result,
    corpus::{self, Certificates},
    hostile::HOSTILE,
    measure, table,
};

/// For each byte of a configuration with [`FEW`] hosts.
const MOST_PER_BYTE: f64 = 112.0;
/// For ten times as many hosts.
const MOST_GROWTH: f64 = 10.5;
/// For a hostile input of twice the length.
const MOST_DOUBLING: f64 = 2.1;

const FEW: u32 = 1_000;
const MANY: u32 = 10_000;

/// Counts, writes a table, and says whether everything is within the limits.
///
/// # Errors
/// If the counting itself fails.
pub fn check(program: &Path, out: &mut dyn Write) -> Result<bool> {
    let mut figures = Figures::new();
    let few = of_hosts(program, FEW)?;
    let many = of_hosts(program, MANY)?;
    figures.add(format!("a byte, {FEW} hosts"), few.per_byte, MOST_PER_BYTE);
    let growth = many.count as f64 / few.count as f64;
    figures.add(format!("{MANY} hosts / {FEW} hosts"), growth, MOST_GROWTH);
    let directory = tempfile::tempdir()?;
    for hostile in HOSTILE.iter().filter(|hostile| hostile.is_linear) {
        // A tenth shows as much and is counted ten times as fast.
        let count = hostile.count / 10;
        let half = of(program, &hostile.make(directory.path(), count / 2)?)?;
        let whole = of(program, &hostile.make(directory.path(), count)?)?;
        let what = format!("{}, whole / half", hostile.name);
        figures.add(what, whole as f64 / half as f64, MOST_DOUBLING);
    }
    table::write(out, &figures.rows)?;
    Ok(figures.are_within)
}

/// What was counted, beside its limits.
struct Figures {
    rows: Vec<Vec<String>>,
    are_within: bool,
}

impl Figures {
    fn new() -> Self {
        let head = ["instructions", "found", "at most", ""].map(str::to_owned).to_vec();
        Self { rows: vec![head], are_within: true }
    }

    fn add(&mut self, what: String, found: f64, most: f64) {
        let is_within = found <= most;
        self.are_within &= is_within;
        let verdict = if is_within { "" } else { "TOO MANY" }.to_owned();
        self.rows.push(vec![what, format!("{found:.2}"), format!("{most:.2}"), verdict]);
    }
}

struct Counted {
    count: u64,
    per_byte: f64,
}

fn of_hosts(program: &Path, hosts: u32) -> Result<Counted> {
    let directory = tempfile::tempdir()?;
    let corpus = corpus::make(directory.path(), hosts, Certificates::Shared)?;
    let count = of(program, directory.path())?;
    Ok(Counted { count, per_byte: count as f64 / corpus.bytes as f64 })
}

/// How many instructions the linter executes for one input.
fn of(program: &Path, input: &Path) -> Result<u64> {
    let mut command = Command::new("valgrind");
    // Its plainest way of counting, without imitating the processor's caches.
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    command.arg(program).arg(input);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().map_err(|error| {
        format!("valgrind: {error}; on Debian, `apt-get install valgrind` brings it")
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    measure::check(&command, output.status).map_err(|error| format!("{error}\n{said}"))?;
    let line = said.lines().find_map(|line| line.split_once("refs:"));
    let Some((_, digits)) = line else {
        return Err(format!("valgrind counted nothing:\n{said}").into());
    };
    Ok(digits.trim().replace(',', "").parse()?)
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn one_figure_above_its_limit_is_too_many_whatever_follows() {
        let mut figures = Figures::new();
        figures.add("as many as may be".to_owned(), 2.1, 2.1);
        assert!(figures.are_within);
        figures.add("more".to_owned(), 2.101, 2.1);
        figures.add("few".to_owned(), 0.5, 2.1);
        assert!(!figures.are_within);
        let verdicts: Vec<_> = figures.rows.iter().skip(1).map(|row| &*row[3]).collect();
        assert_eq!(verdicts, ["", "TOO MANY", ""]);
        assert_eq!(figures.rows[2], ["more", "2.10", "2.10", "TOO MANY"]);
    }
}
