//! Measures nginx-acme-lint on configurations that it makes itself.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use benchmark::{
    Result, compare,
    corpus::{self, Certificates},
    hostile, instructions, reading,
};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about, version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a configuration
    Corpus {
        /// The directory to make it in, new or empty
        directory: PathBuf,
        /// How many virtual hosts
        #[arg(long, default_value_t = 1000)]
        hosts: u32,
        /// What certificates they have
        #[arg(long, value_enum, default_value_t)]
        certificates: Certificates,
    },
    /// Reads every file of a configuration and does nothing with it
    Read {
        /// The directory
        directory: PathBuf,
    },
    /// Compares the linter with nginx and with reading alone
    Compare {
        /// How many virtual hosts, one table each
        #[arg(default_values_t = [100, 1000, 10_000])]
        hosts: Vec<u32>,
        /// How often each program runs; a slow one gives up sooner
        #[arg(long, default_value_t = 9)]
        rounds: usize,
        /// What certificates they have
        #[arg(long, value_enum, default_value_t)]
        certificates: Certificates,
        /// The linter; the release build beside this program if not given
        #[arg(long)]
        program: Option<PathBuf>,
    },
    /// Measures inputs that nobody writes on purpose
    Hostile {
        /// The linter; the release build beside this program if not given
        #[arg(long)]
        program: Option<PathBuf>,
    },
    /// Counts instructions, and fails if there are too many
    Instructions {
        /// The linter; the release build beside this program if not given
        #[arg(long)]
        program: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // Nothing can be done about a closed stream.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let out = &mut io::stdout().lock();
    match command {
        Command::Corpus { directory, hosts, certificates } => {
            let corpus = corpus::make(&directory, hosts, certificates)?;
            writeln!(out, "{} files, {} bytes", corpus.files, corpus.bytes)?;
        }
        Command::Read { directory } => {
            reading::read(&directory)?;
        }
        Command::Compare { hosts, rounds, certificates, program } => {
            let program = linter(program)?;
            for hosts in hosts {
                compare::compare(&program, hosts, rounds, certificates, out)?;
            }
        }
        Command::Hostile { program } => hostile::measure(&linter(program)?, out)?,
        Command::Instructions { program } => {
            if !instructions::check(&linter(program)?, out)? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The program to measure.
fn linter(named: Option<PathBuf>) -> Result<PathBuf> {
    let program = match named {
        Some(program) => program,
        // This one lies in `debug` or `release` below the directory that cargo builds in.
        None => env::current_exe()?
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .join("release/nginx-acme-lint"),
    };
    if !program.is_file() {
        let program = program.display();
        return Err(format!(
            "{program} is missing: `cargo build --release -p nginx-acme-lint` makes it"
        )
        .into());
    }
    Ok(program)
}
