//! Manual pages, from the same definition as the command line.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;
use roff::{Roff, roman};

use crate::{arguments::Arguments, complain, write};

/// The day of the last change to the pages that is worth one.
const DATE: &str = "2026-11-22";

/// Prints the page of the program, or of one of its commands.
pub(crate) fn man(wanted: Option<&str>) -> u8 {
    let mut program = Arguments::command();
    // Commands get their full names and the options of the program here.
    program.build();
    let Some(wanted) = wanted else {
        return write(io::stdout().lock(), |out| page(out, program));
    };
    if let Some(command) = program.find_subcommand(wanted) {
        return write(io::stdout().lock(), |out| page(out, command.clone()));
    }
    let names: Vec<_> = program.get_subcommands().map(clap::Command::get_name).collect();
    complain(&format!("there is no command {wanted:?}; there are {}", names.join(", ")))
}

fn page(out: &mut dyn Write, command: clap::Command) -> io::Result<()> {
    let is_program = command.has_subcommands();
    let end = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let name = env!("CARGO_PKG_NAME");
    let title = if is_program { name.to_owned() } else { format!("{name}-{}", command.get_name()) };
    let man = Man::new(command);
    // Words such as nginx are not to be broken.
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, ".TH {} 1 {DATE} \"{name} {version}\"\n.nh\n.ad l", title.to_uppercase())?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if is_program {
        man.render_subcommands_section(out)?;
    }
    sections(&end).to_writer(out)
}

/// The end of a help text: each line that ends with a colon begins a section, indented lines stay
/// as they are, and others are a paragraph.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut is_new = false;
    let mut lines = text.lines().filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_suffix(':') {
            let (heading, more) = heading.split_once(", ").unwrap_or((heading, ""));
            let heading = if heading == "Exit codes" { "Exit status" } else { heading };
            roff.control("SH", [&*heading.to_uppercase()]);
            if !more.is_empty() {
                roff.text([roman(more)]);
            }
            is_new = more.is_empty();
            continue;
        }
        if !is_new {
            roff.control("PP", []);
        }
        is_new = false;
        let is_kept = line.starts_with(' ');
        if is_kept {
            roff.control("nf", []);
        }
        roff.text([roman(line)]);
        let is_same = |next: &&str| next.starts_with(' ') == is_kept && !next.ends_with(':');
        while let Some(line) = lines.next_if(is_same) {
            roff.text([roman(line)]);
        }
        if is_kept {
            roff.control("fi", []);
        }
    }
    roff
}
