//! What the program does for shells, manuals, timers and for those with many hosts.

mod manual;
mod merged;
mod program;
mod quiet;
mod shells;
