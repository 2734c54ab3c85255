//! Inputs that nobody writes on purpose: they must take time in proportion to their length.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, measure, table};

/// One kind of input, in any length.
pub(crate) struct Hostile {
    /// What it is.
    pub(crate) name: &'static str,
    /// How often the part repeats that makes it what it is.
    pub(crate) count: usize,
    /// Whether the time is held to be in proportion. Of each missing semicolon the fix is proved by
    /// itself, on the whole configuration.
    pub(crate) is_linear: bool,
    write: fn(&mut dyn Write, usize) -> io::Result<()>,
}

/// A run is stopped after this time.
const PATIENCE: &str = "10s";

/// All kinds.
pub(crate) const HOSTILE: [Hostile; 5] = [
    Hostile {
        name: "syntax errors: `}` alone",
        count: 20_000,
        is_linear: true,
        write: stray_braces,
    },
    Hostile {
        name: "syntax errors: no semicolon",
        count: 20_000,
        is_linear: false,
        write: missing_semicolons,
    },
    Hostile { name: "nested blocks", count: 1_000_000, is_linear: true, write: nested_blocks },
    Hostile {
        name: "one line, many directives",
        count: 10_000_000,
        is_linear: true,
        write: one_line,
    },
    Hostile { name: "one line, one word", count: 10_000_000, is_linear: true, write: one_word },
];

/// Measures each kind, with half of its length and with all of it, and writes a table.
///
/// # Errors
/// If the program does not come to an end of its own.
pub fn measure(program: &Path, out: &mut dyn Write) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let title = ["", "count", "bytes", "CPU ms", "wall ms", "peak MB", "CPU / CPU of half"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    for hostile in &HOSTILE {
        let mut half = None;
        for count in [hostile.count / 2, hostile.count] {
            let path = hostile.make(directory.path(), count)?;
            let mut command = Command::new("timeout");
            command.arg(PATIENCE).arg(program).arg(&path);
            let Ok(mut best) = measure::run(&mut command) else {
                let took = format!("stopped after {PATIENCE}");
                rows.push(vec![hostile.name.to_owned(), count.to_string(), took]);
                break;
            };
            for _ in 0..2 {
                let again = measure::run(&mut command)?;
                best = if again.cpu < best.cpu { again } else { best };
            }
            let cpu = best.cpu.as_secs_f64() * 1e3;
            rows.push(vec![
                hostile.name.to_owned(),
                count.to_string(),
                path.metadata()?.len().to_string(),
                format!("{cpu:.1}"),
                format!("{:.1}", best.wall.as_secs_f64() * 1e3),
                format!("{:.1}", best.peak as f64 / 1e6),
                half.map_or(String::new(), |half| format!("{:.1}", cpu / half)),
            ]);
            half = Some(cpu);
        }
    }
    table::write(out, &rows)?;
    Ok(())
}

impl Hostile {
    /// Writes a file of this kind.
    pub(crate) fn make(&self, directory: &Path, count: usize) -> Result<PathBuf> {
        let path = directory.join("nginx.conf");
        let mut out = BufWriter::new(File::create(&path)?);
        (self.write)(&mut out, count)?;
        out.flush()?;
        Ok(path)
    }
}

fn stray_braces(out: &mut dyn Write, count: usize) -> io::Result<()> {
    out.write_all(b"events {}\nhttp {}\n")?;
    (0..count).try_for_each(|_| out.write_all(b"}\n"))
}

/// A `}` ends what lacks its semicolon, which is an error each time.
fn missing_semicolons(out: &mut dyn Write, count: usize) -> io::Result<()> {
    out.write_all(b"events {}\nhttp {\n")?;
    (0..count).try_for_each(|_| out.write_all(b"server { listen 80 }\n"))?;
    out.write_all(b"}\n")
}

fn nested_blocks(out: &mut dyn Write, count: usize) -> io::Result<()> {
    out.write_all(b"events {}\nhttp { server {\n")?;
    (0..count).try_for_each(|_| out.write_all(b"location / {\n"))?;
    (0..count).try_for_each(|_| out.write_all(b"}\n"))?;
    out.write_all(b"} }\n")
}

fn one_line(out: &mut dyn Write, count: usize) -> io::Result<()> {
    const DIRECTIVE: &[u8] = b"add_header X-Served-By $hostname; ";
    out.write_all(b"events {} http { ")?;
    (0..count / DIRECTIVE.len()).try_for_each(|_| out.write_all(DIRECTIVE))?;
    out.write_all(b"}")
}

fn one_word(out: &mut dyn Write, count: usize) -> io::Result<()> {
    out.write_all(b"events {} http { log_format long ")?;
    (0..count).try_for_each(|_| out.write_all(b"x"))?;
    out.write_all(b"; }")
}
