//! Many files with their includes, as one configuration.

#![no_main]

use std::{collections::BTreeMap, path::PathBuf};

use libfuzzer_sys::fuzz_target;
use model::{Config, Http, Prefix};
use nginx_acme_lint_fuzz::machine;
use parser::Span;

fuzz_target!(|bytes: &[u8]| {
    let memory = machine(bytes);
    for sources in model::load(&[PathBuf::from("/")], &memory) {
        let config = Config::of(&sources);
        let prefix = Prefix { path: sources.conf_prefix().to_owned(), is_guess: true };
        let http = Http::of(&config, prefix);
        let _ = (http.servers().count(), config.standings().len());
        let first = sources.files().next().map(|(id, _)| Span::new(id, 0, 0));
        let edits = first.map(|span| (span, b"#\n".to_vec()));
        let edited = sources.with_edits(edits.as_slice(), &BTreeMap::new());
        assert_eq!(edited.files().count(), sources.files().count());
    }
});
