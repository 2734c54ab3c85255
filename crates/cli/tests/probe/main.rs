//! `--probe`, with real nginx that runs on machines of its own.

mod answers;
mod site;
