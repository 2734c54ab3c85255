//! What makes shells complete, from the same definition as the command line.
//!
//! `clap_complete` writes the scripts. Where it errs about a program with commands that takes paths
//! as well, or has a `-` in its name, they are put right here; tests ask the shells themselves.

use std::io::{self, Write};

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::{arguments::Arguments, write};

const NAME: &str = env!("CARGO_PKG_NAME");

/// Prints the script for a shell.
pub(crate) fn completions(shell: Shell) -> u8 {
    let mut bytes = Vec::new();
    let mut program = Arguments::command();
    clap_complete::generate(shell, &mut program, NAME, &mut bytes);
    let script = String::from_utf8_lossy(&bytes);
    let script = match shell {
        Shell::Bash => bash(&script),
        Shell::Fish => fish(&script, &program),
        Shell::Zsh => zsh(&script),
        _ => script.into_owned(),
    };
    write(io::stdout().lock(), |out| out.write_all(script.as_bytes()))
}

/// A command is looked for under one name and was given another.
fn bash(script: &str) -> String {
    let given = NAME.replace('-', "__subcmd__") + "__subcmd__";
    script.replace(&given, &(NAME.replace('-', "__") + "__subcmd__"))
}

/// What commands take is not proposed, nor what an option takes that is the last word.
fn fish(script: &str, program: &clap::Command) -> String {
    let shells = Shell::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let shells: Vec<_> = shells.map(|shell| shell.get_name().to_owned()).collect();
    let commands: Vec<_> = program.get_subcommands().map(clap::Command::get_name).collect();
    let parse = format!(
        "    argparse -s (__fish_{}_global_optspecs) -- $cmd 2>/dev/null\n",
        NAME.replace('-', "_")
    );
    let again = format!("{parse}    or begin\n        set -e cmd[-1]\n    {parse}    end\n");
    let mut script = script.replace(&parse, &again);
    for (command, words) in [
        ("completions", shells.join(" ")),
        ("explain", format!("({NAME} rules | string replace -r ' .*' '')")),
        ("man", commands.join(" ")),
    ] {
        let condition = format!("__fish_{}_using_subcommand {command}", NAME.replace('-', "_"));
        script.extend(["complete -c ", NAME, " -n \"", &condition, "\" -f -a \"", &words, "\"\n"]);
    }
    script
}

/// The command is taken for the second word, after a path.
fn zsh(script: &str) -> String {
    let paths = |line: &&str| !line.starts_with("'::paths ") && !line.starts_with("'*::paths ");
    let script: String = script.lines().filter(paths).flat_map(|line| [line, "\n"]).collect();
    let first = format!(
        "(( $+functions[_{NAME}_first] )) ||\n_{NAME}_first() {{\n    _alternative 'commands:command:_{NAME}_commands' 'files:file:_files'\n}}\n"
    );
    let state = format!("    ({NAME})\n");
    let path = format!(
        "        if (( ! $+functions[_{NAME}__subcmd__${{line[1]}}_commands] )); then\n            \
         _files && ret=0\n            return ret\n        fi\n"
    );
    let own = format!("(( $+functions[_{NAME}_commands] )) ||\n");
    script
        .replace("$line[2]", "$line[1]")
        .replace(&format!("\":: :_{NAME}_commands\""), &format!("\":: :_{NAME}_first\""))
        .replace(&state, &(state.clone() + &path))
        .replacen(&own, &(first + &own), 1)
}
