//! Tokens, tree and lines of one file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parser::{DirectiveId, Lexer, LineIndex};

fuzz_target!(|source: &[u8]| {
    let length = source.len() as u32;
    let mut end = 0;
    for token in Lexer::new(source) {
        assert_eq!(token.start, end, "tokens lie end to end");
        assert!(token.start < token.end, "no token is empty");
        end = token.end;
    }
    assert_eq!(end, length, "the last token ends the file");

    let tree = parser::parse(source);
    let mut start = 0;
    for (number, directive) in (0..).zip(tree.directives()) {
        let id = DirectiveId(number);
        assert!(start <= directive.start && directive.start < directive.end);
        assert!(directive.end <= length);
        start = directive.start;
        for word in tree.words(id) {
            let _ = word.value(source);
        }
        let inside = tree.parent(id).map_or(0..length, |parent| {
            let block = tree.directive(parent).block.expect("a parent has a block");
            block.open + 1..block.close
        });
        assert!(inside.start <= directive.start && directive.end <= inside.end);
    }
    let lines = LineIndex::new(source);
    for error in tree.errors() {
        assert!(error.at <= length && error.start <= error.end && error.end <= length);
        let _ = (error.message(source), lines.position(error.at));
    }
});
