//! nginx-acme-lint: says whether every certificate will renew on this nginx, and prints the patch
//! where one will not.

use std::process::ExitCode;

/// Most of a run is many small pieces of memory, which this gives out in two thirds of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nginx_acme_lint::run()
}
