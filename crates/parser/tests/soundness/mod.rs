//! What holds for the tokens and the tree of any bytes.

use parser::{DirectiveId, Lexer, Tree};

/// Tokens lie end to end and cover the file.
pub(crate) fn check_tokens(source: &[u8]) {
    let mut end = 0;
    for token in Lexer::new(source) {
        assert_eq!(token.start, end);
        assert!(token.end > token.start);
        end = token.end;
    }
    assert_eq!(end as usize, source.len());
}

/// Directives lie in their blocks and in the file, and every error has a place and words.
pub(crate) fn check_tree(source: &[u8], tree: &Tree) {
    let length = source.len() as u32;
    let mut last_start = 0;
    for (index, directive) in tree.directives().iter().enumerate() {
        let id = DirectiveId(index as u32);
        assert!(!tree.words(id).is_empty());
        assert!(directive.start >= last_start && directive.end <= length);
        assert!(directive.start < directive.end);
        last_start = directive.start;
        if let Some(parent) = tree.parent(id) {
            let block = tree.directive(parent).block.expect("a parent has a block");
            assert!(block.open < directive.start && directive.end <= block.close);
            assert!(tree.children(parent).any(|child| child == id));
        }
        for word in tree.words(id) {
            let _ = word.value(source);
        }
    }
    for error in tree.errors() {
        assert!(error.at <= length && error.start <= error.end && error.end <= length);
        let _ = error.message(source);
    }
}
