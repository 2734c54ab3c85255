//! `--dns` against real name servers: BIND with a zone for every case, some of them signed, and
//! Unbound that asks it and checks the signatures, in a network of their own.

mod cases;
mod page;
mod silence;
mod this_machine;
mod world;
