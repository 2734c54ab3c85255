//! `--probe`, with real nginx that runs on machines of its own.

mod answers;
mod handshakes;
mod hostile;
mod limits;
mod site;
mod traces;
