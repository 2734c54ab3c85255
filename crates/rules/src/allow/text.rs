//! What such a comment says.

use std::ops::Range;

use crate::{Group, RULES, Selector};

/// What the comments begin with.
pub(super) const NAME: &[u8] = b"nginx-acme-lint:";

/// Why a comment, or a name in it, silences nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// It is not written as it has to be.
    Unreadable,
    /// It does not say why.
    NoReason,
    /// It names what is no rule; and what was probably meant.
    UnknownRule(String, Option<&'static str>),
    /// It names a group of rules.
    Group(&'static str),
    /// It names a rule about such comments.
    AboutComments(&'static str),
}

/// What a comment says; ranges count from the start of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) rules: Vec<(&'static str, Range<usize>)>,
    pub(super) reason: String,
    pub(super) mistakes: Vec<(Mistake, Range<usize>)>,
}

/// The rule of an id, if comments may silence it.
///
/// # Errors
///
/// If there is none.
fn id_for_comments(id: &str) -> Result<&'static str, Mistake> {
    match Selector::cast(id) {
        Some(Selector::Rule(id)) => {
            let rule = RULES.iter().find(|rule| rule.id == id);
            let is_about_comments = rule.is_some_and(|rule| rule.group == Group::Comments);
            if is_about_comments { Err(Mistake::AboutComments(id)) } else { Ok(id) }
        }
        Some(selector) => Err(Mistake::Group(selector.text())),
        None => {
            let nearest = Selector::nearest(id).filter(|near| {
                Selector::cast(near).is_some_and(|one| matches!(one, Selector::Rule(_)))
            });
            Err(Mistake::UnknownRule(id.to_owned(), nearest))
        }
    }
}

/// Where a comment of this program's starts in a comment, which may begin with words of somebody
/// else: `# managed by Certbot # nginx-acme-lint: …`. The number of the `#`, and of what comes after the
/// program's name.
pub(super) fn start(comment: &[u8]) -> Option<(usize, usize)> {
    let at = memchr::memmem::find(comment, NAME)?;
    let before = comment[..at].trim_ascii_end();
    let hash = before.strip_suffix(b"#")?;
    // `##` is a `#` for those who like two.
    let hashes = hash.iter().rev().take_while(|&&byte| byte == b'#').count();
    Some((hash.len() - hashes, at + NAME.len()))
}

/// Reads what follows the program's name at `offset` of a file: `allow(RULE, RULE) REASON`.
pub(super) fn read(text: &[u8], offset: usize) -> Said {
    let mut said = Said::default();
    let text = text.trim_ascii_end();
    let unreadable = |said: &mut Said| {
        let start = offset + text.len() - text.trim_ascii_start().len();
        said.mistakes.push((Mistake::Unreadable, start..offset + text.len()));
    };
    let open = text.iter().position(|&byte| byte == b'(');
    let close = text.iter().position(|&byte| byte == b')');
    let (Some(open), Some(close)) = (open, close) else {
        unreadable(&mut said);
        return said;
    };
    if text[..open].trim_ascii() != b"allow" || close < open {
        unreadable(&mut said);
        return said;
    }
    let mut at = open + 1;
    for name in text[open + 1..close].split(|&byte| byte == b',') {
        let start = at + name.len() - name.trim_ascii_start().len();
        let trimmed = name.trim_ascii();
        let range = offset + start..offset + start + trimmed.len();
        at += name.len() + 1;
        if trimmed.is_empty() {
            unreadable(&mut said);
            continue;
        }
        match id_for_comments(&String::from_utf8_lossy(trimmed)) {
            Ok(id) => said.rules.push((id, range)),
            Err(mistake) => said.mistakes.push((mistake, range)),
        }
    }
    let reason = String::from_utf8_lossy(&text[close + 1..]);
    let is_between =
        |letter: char| letter.is_whitespace() || matches!(letter, ':' | '-' | '–' | '—');
    reason.trim_start_matches(is_between).trim().clone_into(&mut said.reason);
    if said.reason.is_empty() {
        said.mistakes.push((Mistake::NoReason, offset + open - 5..offset + close + 1));
        said.rules.clear();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGEX: &str = "challenge-taken-by-regex";

    fn said(comment: &str) -> Said {
        let (_, end) = start(comment.as_bytes()).expect("it is for this program");
        read(&comment.as_bytes()[end..], end)
    }

    #[test]
    fn comments_for_this_program_are_known_by_its_name() {
        let starts = |comment: &str| start(comment.as_bytes()).map(|(hash, _)| hash);
        assert_eq!(starts("# nginx-acme-lint: allow(x) y"), Some(0));
        assert_eq!(starts("#nginx-acme-lint:allow(x) y"), Some(0));
        assert_eq!(starts("## nginx-acme-lint: allow(x) y"), Some(0));
        assert_eq!(starts("# managed by Certbot # nginx-acme-lint: allow(x) y"), Some(21));
        assert_eq!(starts("# see nginx-acme-lint: it knows"), None);
        assert_eq!(starts("# nginx-acme-lint is good"), None);
    }

    #[test]
    fn rules_and_the_reason_are_read() {
        for comment in [
            "# nginx-acme-lint: allow(challenge-taken-by-regex) DNS-01 is used",
            "#nginx-acme-lint:allow( challenge-taken-by-regex ): DNS-01 is used  ",
            "# nginx-acme-lint:  allow (challenge-taken-by-regex) - DNS-01 is used\r",
        ] {
            let said = said(comment);
            assert_eq!(said.reason, "DNS-01 is used");
            assert_eq!(said.mistakes, []);
            let [(rule, range)] = &said.rules[..] else { panic!("{said:?}") };
            assert_eq!((*rule, &comment[range.clone()]), (REGEX, REGEX));
        }
        let two = said("# nginx-acme-lint: allow(syntax-error,challenge-taken-by-regex) both");
        assert_eq!(two.rules.len(), 2);
    }

    #[test]
    fn without_a_reason_nothing_is_silenced() {
        for reason in ["", "  ", ":", " - "] {
            let comment = format!("# nginx-acme-lint: allow({REGEX}){reason}");
            let said = said(&comment);
            assert_eq!(said.rules, []);
            let [(Mistake::NoReason, range)] = &said.mistakes[..] else { panic!("{said:?}") };
            assert_eq!(&comment[range.clone()], format!("allow({REGEX})"));
        }
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        let mistakes = |comment: &str| {
            let said = said(comment);
            let at = said.mistakes.into_iter();
            at.map(|(mistake, range)| (mistake, comment[range].to_owned())).collect::<Vec<_>>()
        };
        let unknown = Mistake::UnknownRule("challenge-taken-by-regexp".to_owned(), Some(REGEX));
        assert_eq!(
            mistakes("# nginx-acme-lint: allow(challenge-taken-by-regexp, syntax-error) x"),
            [(unknown, "challenge-taken-by-regexp".to_owned())]
        );
        assert_eq!(
            mistakes("# nginx-acme-lint: allow(tls) x"),
            [(Mistake::Group("tls"), "tls".to_owned())]
        );
        assert_eq!(
            mistakes("# nginx-acme-lint: allow(allow-malformed) x"),
            [(Mistake::AboutComments("allow-malformed"), "allow-malformed".to_owned())]
        );
        for text in ["ignore(tls)", "allow tls", "allow", "allow)x(", "disable"] {
            let comment = format!("# nginx-acme-lint: {text}");
            assert_eq!(mistakes(&comment), [(Mistake::Unreadable, text.to_owned())]);
        }
        assert!(
            mistakes("# nginx-acme-lint: allow() x")
                .iter()
                .all(|(one, _)| *one == Mistake::Unreadable)
        );
        assert!(!mistakes("# nginx-acme-lint:").is_empty());
    }
}
