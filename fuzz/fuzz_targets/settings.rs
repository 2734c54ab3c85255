//! A settings file.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(words) = linter::check_settings(bytes) {
        assert!(!words.is_empty() && !words.contains(char::is_control), "{words:?}");
    }
});
