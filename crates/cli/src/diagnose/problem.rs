//! ACME's problem documents (RFC 8555, section 6.7) in JSON, wherever they stand in a text.

use std::{borrow::Cow, net::IpAddr};

use acme::mention::Ca;
use serde_json::Value;

/// A problem, with what the document around it says.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// Its type, without the prefix.
    pub(super) kind: String,
    /// What the authority says.
    pub(super) detail: String,
    /// The name that it is about.
    pub(super) name: Option<String>,
    pub(super) challenge: Option<&'static str>,
    /// The address that was asked last.
    pub(super) address: Option<IpAddr>,
    pub(super) ca: Option<Ca>,
    /// Where it starts in the text.
    pub(super) start: usize,
}

/// The types of ACME's problems start like this, or without the first part in version 1.
const TYPE: &str = "acme:error:";

/// No document is longer.
const LONGEST: usize = 64 * 1024;

/// How far before its problem a document starts.
const FARTHEST: usize = 16 * 1024;

/// The problems in a text, and the text without the documents that they stand in.
pub(super) fn take(bytes: &[u8]) -> (Vec<Problem>, Cow<'_, [u8]>) {
    let mut problems = Vec::new();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    // However a text is made, it is read only so often.
    let mut budget = bytes.len().saturating_mul(16) + (1 << 20);
    let mut from = 0;
    while let Some(found) = find(&bytes[from..], TYPE.as_bytes()) {
        let at = from + found;
        from = at + TYPE.len();
        let Some((start, end, value)) = document(bytes, at, &mut budget) else { continue };
        let mut around = Around { ca: authority(&value), ..Around::default() };
        let first = problems.len();
        walk(&value, &mut around, &mut problems);
        if problems.len() == first {
            continue;
        }
        for problem in &mut problems[first..] {
            problem.start = start;
        }
        taken.push((start, end));
        from = end;
    }
    if taken.is_empty() {
        return (problems, Cow::Borrowed(bytes));
    }
    let mut rest = bytes.to_vec();
    for (start, end) in taken {
        for byte in &mut rest[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    (problems, Cow::Owned(rest))
}

/// The document around a place: where it starts and ends, and what it says.
fn document(bytes: &[u8], at: usize, budget: &mut usize) -> Option<(usize, usize, Value)> {
    let floor = at.saturating_sub(FARTHEST);
    let before = &bytes[floor..at];
    // In a log a document of several lines starts at a line of its own.
    let paragraph =
        before.windows(2).rposition(|pair| pair == b"\n{").map(|place| floor + place + 1);
    let start_of_line =
        before.iter().rposition(|&byte| byte == b'\n').map_or(floor, |end| floor + end + 1);
    let first = bytes[start_of_line..at]
        .iter()
        .position(|&byte| byte == b'{')
        .map(|place| start_of_line + place);
    let nearest = before.iter().rposition(|&byte| byte == b'{').map(|place| floor + place);
    let mut tried = Vec::new();
    for start in [paragraph, first, nearest].into_iter().flatten() {
        if tried.contains(&start) {
            continue;
        }
        tried.push(start);
        let text = &bytes[start..bytes.len().min(start + LONGEST)];
        if let Some((length, value)) = parse(text, budget).ok()?
            && start + length > at
        {
            return Some((start, start + length, value));
        }
        let Some((plain, places)) = unescaped(text, at - start) else { continue };
        if let Some((length, value)) = parse(&plain, budget).ok()?
            && let Some(&end) = places.get(length - 1)
            && start + end > at
        {
            return Some((start, start + end + 1, value));
        }
    }
    None
}

/// Too much was read already.
struct OutOfBudget;

/// The value that a text starts with, and how long it is.
fn parse(text: &[u8], budget: &mut usize) -> Result<Option<(usize, Value)>, OutOfBudget> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let value = values.next();
    let length = values.byte_offset();
    let (cost, found) = match value {
        Some(Ok(value)) => (length, Some((length, value))),
        Some(Err(error)) if !error.is_eof() => {
            let ends = memchr::memchr_iter(b'\n', text);
            let line = ends.take(error.line().saturating_sub(1)).last().unwrap_or(0);
            (line + error.column(), None)
        }
        _ => (text.len(), None),
    };
    *budget = budget.checked_sub(cost).ok_or(OutOfBudget)?;
    Ok(found)
}

/// A text that stands in a string, with the place of each of its bytes; `None` if it does not.
fn unescaped(text: &[u8], at: usize) -> Option<(Vec<u8>, Vec<usize>)> {
    find(&text[..at], b"\\\"")?;
    let (mut plain, mut places) = (Vec::new(), Vec::new());
    let mut index = 0;
    while let Some(&byte) = text.get(index) {
        let next = text.get(index + 1);
        let (byte, length) = match (byte, next) {
            (b'\\', Some(b'"' | b'\\' | b'/')) => (text[index + 1], 2),
            (b'\\', Some(b'n' | b'r' | b't')) => (b' ', 2),
            (byte, _) => (byte, 1),
        };
        plain.push(byte);
        places.push(index + length - 1);
        index += length;
    }
    Some((plain, places))
}

/// What a document says around a problem.
#[derive(Clone, Default)]
struct Around {
    name: Option<String>,
    challenge: Option<&'static str>,
    address: Option<IpAddr>,
    ca: Option<Ca>,
}

fn walk(value: &Value, around: &mut Around, problems: &mut Vec<Problem>) {
    match value {
        Value::Array(values) => {
            for value in values {
                walk(value, &mut around.clone(), problems);
            }
        }
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            if let Some(name) = map.get("identifier").and_then(|it| it.get("value")?.as_str()) {
                around.name = Some(name.to_lowercase());
            }
            let kind = text("type").unwrap_or_default();
            let known = ["http-01", "dns-01", "tls-alpn-01"].into_iter().find(|one| *one == kind);
            around.challenge = known.or(around.challenge);
            if let Some(records) = map.get("validationRecord").and_then(Value::as_array) {
                let used = |record: &Value| record.get("addressUsed")?.as_str()?.parse().ok();
                around.address = records.iter().rev().find_map(used).or(around.address);
            }
            if let Some((_, kind)) = kind.split_once(TYPE) {
                let subproblems = map.get("subproblems").and_then(Value::as_array);
                let subproblems = subproblems.map(Vec::as_slice).unwrap_or_default();
                if subproblems.is_empty() {
                    problems.push(Problem {
                        kind: kind.to_owned(),
                        detail: text("detail").unwrap_or_default().to_owned(),
                        name: around.name.clone(),
                        challenge: around.challenge,
                        address: around.address,
                        ca: around.ca,
                        start: 0,
                    });
                }
                for subproblem in subproblems {
                    walk(subproblem, &mut around.clone(), problems);
                }
                return;
            }
            for value in map.values() {
                walk(value, &mut around.clone(), problems);
            }
        }
        // A log in a log.
        Value::String(text) if text.contains(TYPE) => {
            if let Some(start) = text.find('{')
                && let Ok(value) = serde_json::from_str(&text[start..])
            {
                walk(&value, around, problems);
            }
        }
        _ => {}
    }
}

/// The authority whose URLs are in a document.
fn authority(value: &Value) -> Option<Ca> {
    match value {
        Value::String(text) => Ca::of(text),
        Value::Array(values) => values.iter().find_map(authority),
        Value::Object(map) => map.values().find_map(authority),
        _ => None,
    }
}

fn find(text: &[u8], words: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(String, String, Option<String>)> {
        let (problems, rest) = take(text.as_bytes());
        assert_eq!(rest.len(), text.len());
        problems.into_iter().map(|one| (one.kind, one.detail, one.name)).collect()
    }

    fn expected(kind: &str, detail: &str, name: Option<&str>) -> (String, String, Option<String>) {
        (kind.to_owned(), detail.to_owned(), name.map(str::to_owned))
    }

    const AUTHORIZATION: &str = r#"{
  "identifier": {"type": "dns", "value": "www.Example.com"},
  "status": "invalid",
  "challenges": [{
    "type": "http-01",
    "status": "invalid",
    "error": {"type": "urn:ietf:params:acme:error:unauthorized", "detail": "a \"quoted\" word", "status": 403},
    "validationRecord": [{"url": "http://www.example.com/", "addressUsed": "2001:db8::1"}]
  }]
}"#;

    #[test]
    fn authorizations_name_what_they_are_about() {
        let log =
            format!("2026-11-22 10:00:00,1:DEBUG:acme.client:HTTP 200\n\n{AUTHORIZATION}\nrest");
        let wanted = expected("unauthorized", "a \"quoted\" word", Some("www.example.com"));
        assert_eq!(problems(&log), [wanted]);
        let (found, rest) = take(log.as_bytes());
        assert_eq!(found[0].challenge, Some("http-01"));
        assert_eq!(found[0].address, Some("2001:db8::1".parse().unwrap()));
        assert!(rest.ends_with(b"\nrest"));
        assert_eq!(memchr::memchr_iter(b'\n', &rest).count(), 12);
    }

    #[test]
    fn documents_stand_in_strings_too() {
        let inside = serde_json::to_string(AUTHORIZATION).unwrap();
        let wanted = expected("unauthorized", "a \"quoted\" word", Some("www.example.com"));
        assert_eq!(problems(&format!("{{\"log\":{inside}}}")), [wanted]);
    }

    #[test]
    fn subproblems_have_names_of_their_own() {
        let text = r#"result: {"type":"urn:ietf:params:acme:error:compound","detail":"some","subproblems":[
            {"type":"urn:ietf:params:acme:error:caa","detail":"CAA","identifier":{"type":"dns","value":"a.example"}},
            {"type":"urn:acme:error:dns","detail":"DNS","identifier":{"type":"dns","value":"b.example"}}]} and more"#;
        let wanted =
            [expected("caa", "CAA", Some("a.example")), expected("dns", "DNS", Some("b.example"))];
        assert_eq!(problems(text), wanted);
    }

    #[test]
    fn what_is_no_document_stays() {
        for text in ["urn:ietf:params:acme:error:dns", "{ acme:error: {", "{\"a\": \"acme:error:"] {
            assert_eq!(problems(text), []);
        }
    }
}
