//! What holds for every file, whatever its bytes.

mod soundness;

use parser::parse;
use proptest::prelude::*;
use soundness::{check_tokens, check_tree};

/// Text that means something to the reader.
const PIECES: &[&[u8]] = &[
    b" ",
    b"\n",
    b"\r\n",
    b"\t",
    b";",
    b"{",
    b"}",
    b"\"",
    b"'",
    b"\\",
    b"$",
    b"${",
    b"#",
    b")",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\x83\\",
    b"map",
    b"types",
    b"content_by_lua_block",
    b"[[",
    b"]]",
    b"--",
    b"word",
];

/// Bytes that are likely to hit the reader's corners.
fn nginx_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        prop::collection::vec(any::<u8>(), 1..4),
        (4080_usize..4100).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn tokens_laid_end_to_end_are_the_file(source in nginx_like()) {
        check_tokens(&source);
    }

    #[test]
    fn any_bytes_make_a_sound_tree(source in nginx_like()) {
        check_tree(&source, &parse(&source));
    }

    #[test]
    fn any_prefix_makes_a_sound_tree(source in nginx_like(), cut in any::<prop::sample::Index>()) {
        let prefix = &source[..cut.index(source.len() + 1)];
        check_tree(prefix, &parse(prefix));
    }
}

#[test]
fn a_million_nested_blocks_do_not_overflow() {
    let depth = 1_000_000;
    let source = "a{".repeat(depth) + &"}".repeat(depth);
    let tree = parse(source.as_bytes());
    assert!(tree.errors().is_empty());
    assert_eq!(tree.directives().len(), depth);
    assert_eq!(tree.top_level().count(), 1);

    let tree = parse("a{".repeat(depth).as_bytes());
    assert_eq!(tree.errors().len(), 1);
    let tree = parse("}".repeat(depth).as_bytes());
    assert_eq!(tree.errors().len(), depth);
}

#[test]
fn an_unclosed_quote_at_the_start_of_ten_megabytes_hides_only_its_line() {
    let mut source = b"\"\n".to_vec();
    while source.len() < 10_000_000 {
        source.extend_from_slice(b"listen 80;\n");
    }
    let tree = parse(&source);
    assert_eq!(tree.errors().len(), 1);
    assert!(tree.directives().len() > 900_000);
}
