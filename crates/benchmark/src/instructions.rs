//! How many instructions the linter executes: a figure that no other load on the machine changes,
//! so that it can be held against limits wherever the tests run.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::{Result, corpus, hostile::HOSTILE, measure, table};

/// For each byte of a configuration with [`FEW`] hosts.
const MOST_PER_BYTE: f64 = 115.0;
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
    let few = of_hosts(program, FEW)?;
    let many = of_hosts(program, MANY)?;
    let mut all_within = true;
    let mut row = |what: String, found: f64, most: f64| {
        all_within &= found <= most;
        let verdict = if found <= most { "" } else { "TOO MANY" };
        vec![what, format!("{found:.2}"), format!("{most:.2}"), verdict.to_owned()]
    };
    let mut rows = vec![["instructions", "found", "at most", ""].map(str::to_owned).to_vec()];
    rows.push(row(format!("a byte, {FEW} hosts"), few.per_byte, MOST_PER_BYTE));
    let growth = many.count as f64 / few.count as f64;
    rows.push(row(format!("{MANY} hosts / {FEW} hosts"), growth, MOST_GROWTH));
    let directory = tempfile::tempdir()?;
    for hostile in HOSTILE.iter().filter(|hostile| hostile.is_linear) {
        // A tenth shows as much and is counted ten times as fast.
        let count = hostile.count / 10;
        let half = of(program, &hostile.make(directory.path(), count / 2)?)?;
        let whole = of(program, &hostile.make(directory.path(), count)?)?;
        let what = format!("{}, whole / half", hostile.name);
        rows.push(row(what, whole as f64 / half as f64, MOST_DOUBLING));
    }
    table::write(out, &rows)?;
    Ok(all_within)
}

struct Counted {
    count: u64,
    per_byte: f64,
}

fn of_hosts(program: &Path, hosts: u32) -> Result<Counted> {
    let directory = tempfile::tempdir()?;
    let corpus = corpus::make(directory.path(), hosts)?;
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
