//! `--fix --write` and `restore`: all files or none, whatever fails and whenever it is killed.

mod attributes;
mod faults;
mod kills;
mod machine;
mod told;
