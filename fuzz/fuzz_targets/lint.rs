//! The whole way from files to a patch.

#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use model::{Config, Http, Prefix};
use nginx_acme_lint_fuzz::machine;
use rules::{Applicability, Facts};

fuzz_target!(|bytes: &[u8]| {
    let memory = machine(bytes);
    for sources in model::load(&[PathBuf::from("/")], &memory) {
        let config = Config::of(&sources);
        let prefix = Prefix { path: sources.conf_prefix().to_owned(), is_guess: true };
        let http = Http::of(&config, prefix);
        let evidence = evidence::gather(&http, &memory);
        let verdicts = acme::verdicts(&http, &memory, &acme::Settings::default());
        let settings = rules::Settings { now: 1_760_000_000, ..rules::Settings::default() };
        let facts = Facts::new(&http, &evidence, &verdicts, &settings);
        let diagnostics = rules::lint(&facts);
        let fixed = fixer::fix(&facts, diagnostics, &memory, Applicability::Unsafe);
        let mut patch = Vec::new();
        fixed.patch.write_to(Path::new("/"), &mut patch).expect("memory takes all of it");
    }
});
