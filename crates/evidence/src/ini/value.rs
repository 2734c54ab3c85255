//! Values: texts, lists, quotes, comments.

use std::borrow::Cow;

use super::{Value, is_space, unquoted};

/// What is said of a value that cannot be read.
const MALFORMED: &str = "its quotes or commas do not add up";

/// Reads a value, which starts in the line at `at` and may go on in others. Says at which line to go
/// on.
pub(super) fn read(value: &str, lines: &[&str], at: usize) -> Result<(Value, usize), &'static str> {
    for quote in ["\"\"\"", "'''"] {
        if let Some(text) = value.strip_prefix(quote) {
            let (text, next) = multiline(text, quote, lines, at)?;
            return Ok((Value::Text(text.into_owned()), next));
        }
    }
    let value = if value.contains(['"', '\'', ',', '#']) {
        Matcher::new(value).value().ok_or(MALFORMED)?
    } else {
        Value::Text(value.trim_end_matches(is_space).to_owned())
    };
    Ok((value, at + 1))
}

/// A text between triple quotes, the first of which is taken already.
fn multiline<'t>(
    text: &'t str,
    quote: &str,
    lines: &[&str],
    at: usize,
) -> Result<(Cow<'t, str>, usize), &'static str> {
    if let Some(end) = closing(text, quote) {
        return Ok((Cow::Borrowed(&text[..end]), at + 1));
    }
    if text.contains(quote) {
        return Err("something follows the quotes that close it");
    }
    let mut whole = text.to_owned();
    for (index, line) in lines.iter().enumerate().skip(at + 1) {
        whole.push('\n');
        if !line.contains(quote) {
            whole += line;
            continue;
        }
        let end = closing(line, quote).ok_or("something follows the quotes that close it")?;
        whole += &line[..end];
        return Ok((Cow::Owned(whole), index + 1));
    }
    Err("the quotes that open it are not closed")
}

/// Where the quotes are that close a text, with nothing but a comment behind them.
fn closing(text: &str, quote: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find(quote) {
        let at = from + found;
        if is_end(&text[at + quote.len()..]) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether nothing but a comment is left.
fn is_end(text: &str) -> bool {
    let rest = text.trim_start_matches(is_space);
    rest.is_empty() || rest.starts_with('#')
}

/// Finds where the items of a list end. Quotes are no more than letters where they do not pair, so
/// what an item is depends on all that follows.
struct Matcher {
    letters: Vec<char>,
}

/// How the rest of a value is understood.
#[derive(Clone, Copy)]
enum Rest {
    /// An item with its comma, and then what starts here.
    Item(usize),
    /// The last text.
    Last(usize, usize),
    /// Nothing more.
    Nothing,
}

impl Matcher {
    fn new(value: &str) -> Self {
        Self { letters: value.chars().collect() }
    }

    fn value(&self) -> Option<Value> {
        let count = self.letters.len();
        // From the end, so that all that can follow is known.
        let mut rests: Vec<Option<Rest>> = vec![None; count + 1];
        for start in (0..=count).rev() {
            rests[start] = self
                .items(start)
                .find(|&next| rests[next].is_some())
                .map(Rest::Item)
                .or_else(|| self.last(start));
        }
        let mut at = 0;
        let last = loop {
            match rests[at] {
                Some(Rest::Item(next)) => at = next,
                Some(Rest::Last(start, end)) => break Some(self.text(start, end)),
                Some(Rest::Nothing) => break None,
                None => {
                    let is_empty_list = self.letters.first() == Some(&',') && self.is_end(1);
                    return is_empty_list.then(|| Value::List(Vec::new()));
                }
            }
        };
        if at == 0 {
            return last.map(|last| Value::Text(unquoted(&last).to_owned()));
        }
        let mut texts = self.split(at)?;
        texts.extend(last.filter(|last| !last.is_empty()).map(|last| unquoted(&last).to_owned()));
        Some(Value::List(texts))
    }

    /// Where the text after an item may start that starts here, in the order in which they are
    /// tried: a comma may keep the blanks behind it, or leave them.
    fn items(&self, start: usize) -> impl Iterator<Item = usize> {
        let commas: Vec<usize> = match self.letters.get(start) {
            Some(&quote @ ('"' | '\'')) => {
                let ends = self.quotes(start, quote);
                ends.filter_map(|end| self.comma_after(end)).collect()
            }
            Some(',' | '#') | None => Vec::new(),
            Some(_) => {
                let found = (start + 1..self.letters.len())
                    .find(|&at| matches!(self.letters[at], ',' | '#'));
                found.filter(|&at| self.letters[at] == ',').into_iter().collect()
            }
        };
        let ends = commas.into_iter().flat_map(|comma| {
            let most = self.skip_spaces(comma + 1);
            (comma + 1..=most).rev()
        });
        ends.collect::<Vec<_>>().into_iter()
    }

    /// The last text of a value, or its only one.
    fn last(&self, start: usize) -> Option<Rest> {
        let text = match self.letters.get(start) {
            Some(&quote @ ('"' | '\'')) => self.quotes(start, quote).find(|&end| self.is_end(end)),
            Some(&letter) if !matches!(letter, ',' | '#') && !is_space(letter) => {
                let commas = (start + 1..self.letters.len()).find(|&at| self.letters[at] == ',');
                let most = commas.unwrap_or(self.letters.len());
                (start + 1..=most).find(|&end| self.is_end(end))
            }
            _ => None,
        };
        if let Some(end) = text {
            return Some(Rest::Last(start, end));
        }
        if !self.is_end(start) {
            return None;
        }
        let follows_comma = start > 0 && self.letters[start - 1] == ',';
        Some(if follows_comma { Rest::Nothing } else { Rest::Last(start, start) })
    }

    /// The items of a list whose last comma, and the blanks behind it, end here; `None` if one is
    /// empty.
    fn split(&self, end: usize) -> Option<Vec<String>> {
        let (mut texts, mut at) = (Vec::new(), 0);
        while at < end {
            let first = self.letters[at];
            let quoted = matches!(first, '"' | '\'').then(|| {
                let mut ends = self.quotes(at, first).filter(|&close| close <= end);
                ends.find_map(|close| Some((close, self.comma_after(close)?)))
            });
            let quoted = quoted.flatten().filter(|(_, comma)| *comma < end);
            let (close, comma) = if let Some(found) = quoted {
                found
            } else {
                // Only a letter that could start a text without quotes is taken whatever it is.
                let least = at + usize::from(!matches!(first, '"' | '\'' | ',' | '#'));
                let comma = (least..end).find(|&at| self.letters[at] == ',')?;
                let mut close = comma;
                while close > least && is_space(self.letters[close - 1]) {
                    close -= 1;
                }
                (close, comma)
            };
            let text = self.text(at, close);
            if text.is_empty() {
                return None;
            }
            texts.push(unquoted(&text).to_owned());
            at = self.skip_spaces(comma + 1).min(end);
        }
        Some(texts)
    }

    /// Where a quoted text may end that starts here.
    fn quotes(&self, start: usize, quote: char) -> impl Iterator<Item = usize> {
        let ends = start + 1..self.letters.len();
        ends.filter(move |&at| self.letters[at] == quote).map(|at| at + 1)
    }

    fn comma_after(&self, at: usize) -> Option<usize> {
        let at = self.skip_spaces(at);
        (self.letters.get(at) == Some(&',')).then_some(at)
    }

    fn skip_spaces(&self, at: usize) -> usize {
        let rest = &self.letters[at.min(self.letters.len())..];
        at + rest.iter().take_while(|&&letter| is_space(letter)).count()
    }

    fn is_end(&self, at: usize) -> bool {
        matches!(self.letters.get(self.skip_spaces(at)), None | Some('#'))
    }

    fn text(&self, start: usize, end: usize) -> String {
        self.letters[start..end].iter().collect()
    }
}
