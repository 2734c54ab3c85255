//! Turns `src/directives.tsv` into Rust tables, so that nothing is read or built when the program starts.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

#[path = "src/directive_table/hash.rs"]
mod hash;

const COLUMNS: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=src/directives.tsv");
    println!("cargo::rerun-if-changed=src/directive_table/hash.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let table = fs::read_to_string("src/directives.tsv").expect("the table is beside the sources");
    let rows: Vec<[&str; COLUMNS]> = table
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.starts_with('#'))
        .map(|(line, number)| {
            let cells: Vec<&str> = line.split('\t').collect();
            let cells = cells.try_into();
            cells.unwrap_or_else(|_| panic!("line {number} has not {COLUMNS} columns: {line}"))
        })
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("directives.rs"), generate(&rows))
        .expect("the output directory is writable");
}

fn generate(rows: &[[&str; COLUMNS]]) -> String {
    let names = names(rows);
    let mut code = String::new();

    // The first name is no name at all, which is what `Name::UNKNOWN` stands for.
    let _ = writeln!(code, "static TEXTS: [&str; {}] = [\"\",", names.len() + 1);
    for name in &names {
        let _ = writeln!(code, "    {name:?},");
    }
    code.push_str("];\n");

    let _ = writeln!(code, "static RECORDS: [Record; {}] = [", rows.len());
    for row in rows {
        let _ = writeln!(code, "    {},", record(row));
    }
    code.push_str("];\n");

    // `FIRST_RECORD[n]..FIRST_RECORD[n + 1]` are the records of name `n`.
    let _ = write!(code, "static FIRST_RECORD: [u16; {}] = [0, 0", names.len() + 2);
    let mut end = 0;
    for name in &names {
        end += rows.iter().filter(|row| row[0] == *name).count();
        let _ = write!(code, ", {end}");
    }
    code.push_str("];\n");

    let slots = slots(&names);
    let _ = writeln!(code, "static SLOTS: [u16; {}] = {slots:?};", slots.len());

    code.push_str("/// Every name of the table as a constant, in upper case.\n");
    code.push_str("pub mod name {\n    use super::Name;\n\n");
    let mut constants = BTreeSet::new();
    for (name, id) in names.iter().zip(1..) {
        let constant = constant(name);
        assert!(constants.insert(constant.clone()), "two names would be the constant {constant}");
        let _ = writeln!(code, "    /// `{name}`");
        let _ = writeln!(code, "    pub const {constant}: Name = Name({id});");
    }
    code.push_str("}\n");
    code
}

/// The number of each name in the slot of its hash, or in the next free one; 0 where there is none.
/// Most slots are free, so that most words that are no names meet a free one at once.
fn slots(names: &[&str]) -> Vec<u16> {
    let mut slots = vec![0; (4 * names.len()).next_power_of_two()];
    for (name, id) in names.iter().zip(1..) {
        let mut slot = hash::hash(name.as_bytes());
        while slots[slot % slots.len()] != 0 {
            slot = slot.wrapping_add(1);
        }
        let length = slots.len();
        slots[slot % length] = id;
    }
    slots
}

fn names<'t>(rows: &[[&'t str; COLUMNS]]) -> Vec<&'t str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert!(names.is_sorted(), "the table is not sorted by name");
    names.dedup();
    names
}

/// The name in upper case; `BasicRule` becomes `BASICRULE`, which keeps it apart from `basic_rule`.
fn constant(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let constant: String = name.chars().map(allowed).collect();
    let prefix = if constant.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    format!("{prefix}{constant}")
}

fn record(row: &[&str; COLUMNS]) -> String {
    let [_, module, family, contexts, args, block, once, versions @ .., third_party, phase] = *row;
    let [since, deprecated, removed] = versions.map(|cell| optional(cell, version));
    let contexts: Vec<String> =
        contexts.split(',').map(|context| format!("Context::{}", variant(context))).collect();
    format!(
        "Record {{ module: {module:?}, family: Family::{}, contexts: Contexts::of(&[{}]), arity: {}, block: {}, \
         once: {}, since: {since}, deprecated: {deprecated}, removed: {removed}, third_party: {}, phase: {} }}",
        variant(family),
        contexts.join(", "),
        arity(args),
        yes(block),
        yes(once),
        optional(third_party, |name| format!("{name:?}")),
        optional(phase, |phase| format!("Phase::{}", variant(phase))),
    )
}

/// `if-in-location` as `IfInLocation`.
fn variant(word: &str) -> String {
    word.split(['-', '_']).map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

fn arity(args: &str) -> String {
    match args {
        "flag" => "Arity::Flag".to_owned(),
        "any" => "Arity::Any".to_owned(),
        "unknown" => "Arity::Unknown".to_owned(),
        _ => args.strip_suffix('+').map_or_else(
            || format!("Arity::Counts({})", args.split(',').map(count_bit).sum::<u8>()),
            |least| format!("Arity::AtLeast({least})"),
        ),
    }
}

fn count_bit(count: &str) -> u8 {
    1 << count.parse::<u8>().expect("a count is a number")
}

fn yes(cell: &str) -> bool {
    match cell {
        "yes" => true,
        "no" => false,
        _ => panic!("neither yes nor no: {cell:?}"),
    }
}

fn optional(cell: &str, code: impl Fn(&str) -> String) -> String {
    if cell.is_empty() { "None".to_owned() } else { format!("Some({})", code(cell)) }
}

fn version(cell: &str) -> String {
    let numbers: Vec<&str> = cell.split('.').collect();
    let [major, minor, patch] = numbers[..] else { panic!("not a version: {cell:?}") };
    format!("Version {{ major: {major}, minor: {minor}, patch: {patch} }}")
}
