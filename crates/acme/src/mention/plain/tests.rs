use super::*;

fn plain(text: &str) -> String {
    String::from_utf8(Plain::new(text.as_bytes()).text).unwrap().trim().to_owned()
}

#[test]
fn escapes_of_all_kinds_are_undone() {
    assert_eq!(plain(r#"{\"detail\": \"a \\\"b\\\"\"}"#), r#"{"detail": "a "b""}"#);
    assert_eq!(plain(r"\u003chtml\u003e\r\n\tx"), "<html> x");
    assert_eq!(plain("it&#39;s &lt;b&gt; &amp;quot;x&amp;quot; &nbsp;y"), "it\"s <b> \"x\" y");
    assert_eq!(plain("“a” „b“ «c» ‘d’"), r#""a" "b" "c" "d""#);
    assert_eq!(plain("https:\\/\\/example.com\\/"), "https://example.com/");
    assert_eq!(plain(r"C:\new"), r"C:\new");
}

#[test]
fn colours_go() {
    assert_eq!(plain("\x1b[31merror\x1b[0m: x"), "error: x");
    assert_eq!(plain(r"\u001b[1;31merror\u001b[0m #033[31mx^[[0m"), "error x");
}

#[test]
fn broken_lines_become_one() {
    assert_eq!(
        plain("  Detail: Invalid\r\n     response\n\n  from"),
        "Detail: Invalid response from"
    );
    let syslog =
        "Nov 22 10:00:00 web certbot[12]: Invalid\nNov  2 10:00:00 web certbot[12]: response";
    assert_eq!(plain(syslog), "Invalid response");
    assert_eq!(plain("2026-11-22T10:00:00+0000 web certbot[12]: Invalid\n"), "Invalid");
    assert_eq!(plain("certbot-1  | Invalid\ncertbot-1  | response"), "Invalid response");
    assert_eq!(plain("> > Invalid\n> response"), "Invalid response");
    let mail = format!("{}Invalid resp=\nonse=3D", "x".repeat(63));
    assert!(plain(&mail).ends_with("Invalid response="));
}

#[test]
fn other_encodings_are_read() {
    let wide: Vec<u8> = "Fehler: Ä\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &wide].concat();
    for bytes in [&wide[..], &with_mark] {
        assert_eq!(Plain::new(bytes).text, "Fehler: Ä ".as_bytes());
    }
    // The second byte of this letter in Shift_JIS is a backslash.
    let japanese = b"\x95\x5c\"Invalid\"";
    assert_eq!(Plain::new(japanese).text, b"\x95\\\"Invalid\"");
}

#[test]
fn lines_are_those_of_the_original() {
    let plain = Plain::new(b"one\n\n  two\nthree");
    let at = |word: &str| plain.text.windows(word.len()).position(|one| one == word.as_bytes());
    assert_eq!(["one", "two", "three"].map(|word| plain.line(at(word).unwrap())), [1, 3, 4]);
}
