//! Settings that are shell scripts, and command lines: read, never run.

use std::{collections::HashMap, iter::Peekable, str::Chars};

/// The variables that a script sets, as far as that can be seen without running it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    by_name: HashMap<String, Variable>,
    /// Whether another script may have set any of them.
    is_open: bool,
}

/// What a variable is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting<'v> {
    /// Nothing.
    Unset,
    /// Something that only a shell would know.
    Unknown,
    Text(&'v str),
}

#[derive(Clone, Debug)]
struct Variable {
    /// `None` if only a shell would know.
    text: Option<String>,
    line: u32,
}

/// A word of a command; `None` if only a shell would know it.
pub(crate) type Word = Option<String>;

/// The words that begin and end what may be run or not, once or several times.
const BEGIN: [&str; 8] = ["if", "case", "for", "while", "until", "select", "{", "("];
const END: [&str; 5] = ["fi", "esac", "done", "}", ")"];

/// The words that may come before an assignment.
const DECLARE: [&str; 5] = ["export", "readonly", "declare", "typeset", "local"];

impl Variables {
    /// Goes through a script.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut depth = 0_usize;
        let mut lexer = Lexer { chars: text.chars().peekable(), line: 1 };
        while let Some(Command { line, words, is_conditional }) = lexer.command(self) {
            let Some(first) = words.first().map(|word| &*word.raw) else { continue };
            let opens = BEGIN.contains(&first) || words.last().is_some_and(|word| word.raw == "{");
            depth += usize::from(opens);
            if END.contains(&first) {
                depth = depth.saturating_sub(1);
            }
            if matches!(first, "." | "source" | "eval") {
                self.by_name.clear();
                self.is_open = true;
                continue;
            }
            let is_sure = depth == 0 && !is_conditional;
            let declares = DECLARE.contains(&first);
            let of_interest = || words.iter().filter(|word| !word.raw.starts_with('-'));
            // With a command behind them, assignments are for that command alone.
            if !declares && of_interest().any(|word| word.assignment().is_none()) && depth == 0 {
                continue;
            }
            for (name, _) in of_interest().filter_map(Lexed::assignment) {
                let name = name.to_owned();
                let value = words.iter().find_map(|word| {
                    let (of, _) = word.assignment()?;
                    (of == name).then(|| word.value.as_deref().map(|text| &text[name.len() + 1..]))
                });
                let text = value.flatten().filter(|_| is_sure).map(str::to_owned);
                self.by_name.insert(name, Variable { text, line });
            }
        }
    }

    /// Sets a variable beforehand.
    pub(crate) fn set(&mut self, name: &str, text: &str) {
        let variable = Variable { text: Some(text.to_owned()), line: 0 };
        self.by_name.insert(name.to_owned(), variable);
    }

    /// Takes over some variables of others.
    pub(crate) fn take(&mut self, others: &Self, names: &[&str]) {
        for name in names {
            if let Some(variable) = others.by_name.get(*name) {
                self.by_name.insert((*name).to_owned(), variable.clone());
            }
        }
    }

    /// What a variable is set to. An empty text is as good as none.
    pub(crate) fn get(&self, name: &str) -> Setting<'_> {
        match self.by_name.get(name).map(|variable| variable.text.as_deref()) {
            Some(Some("")) => Setting::Unset,
            Some(Some(text)) => Setting::Text(text),
            None if !self.is_open => Setting::Unset,
            Some(None) | None => Setting::Unknown,
        }
    }

    /// The text that a variable is set to.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).text()
    }

    /// The line that sets a variable.
    pub(crate) fn line(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).map(|variable| variable.line).filter(|line| *line > 0)
    }
}

impl<'v> Setting<'v> {
    /// The text, if it is known.
    pub(crate) fn text(self) -> Option<&'v str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Unset | Self::Unknown => None,
        }
    }
}

/// The words of the commands of a text.
pub(crate) fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut lexer = Lexer { chars: text.chars().peekable(), line: 1 };
    let none = Variables::default();
    std::iter::from_fn(|| lexer.command(&none))
        .map(|command| command.words.into_iter().map(|word| word.value).collect())
        .collect()
}

/// A command, as far as the next line end, `;`, `&` or `|`.
struct Command {
    line: u32,
    words: Vec<Lexed>,
    /// Whether it stands behind `&&`, `||` or `|`.
    is_conditional: bool,
}

struct Lexed {
    /// As it is written, without quotes.
    raw: String,
    value: Word,
}

impl Lexed {
    /// The name that is assigned to, and the text behind the sign.
    fn assignment(&self) -> Option<(&str, &str)> {
        let (name, text) = self.raw.split_once('=')?;
        let is_name = name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
            && name.starts_with(|first: char| !first.is_ascii_digit());
        is_name.then_some((name, text))
    }
}

struct Lexer<'t> {
    chars: Peekable<Chars<'t>>,
    line: u32,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next();
        self.line += u32::from(next == Some('\n'));
        next
    }

    fn command(&mut self, variables: &Variables) -> Option<Command> {
        let mut is_conditional = false;
        while let Some(&one) = self.chars.peek() {
            match one {
                '&' | '|' => is_conditional = true,
                ';' | '\n' => is_conditional = false,
                one if one.is_whitespace() => {}
                '#' => self.skip_comment(),
                _ => break,
            }
            if self.chars.peek() == Some(&one) {
                self.next();
            }
        }
        self.chars.peek()?;
        let (line, mut words) = (self.line, Vec::new());
        while let Some(&one) = self.chars.peek() {
            match one {
                '&' if self.is_redirection() => words.push(self.word(variables)),
                '\n' | ';' | '&' | '|' => break,
                '#' => self.skip_comment(),
                one if one.is_whitespace() => {
                    self.next();
                }
                _ => words.push(self.word(variables)),
            }
        }
        Some(Command { line, words, is_conditional })
    }

    /// Whether output goes elsewhere with the `&` that is next: `&>file`.
    fn is_redirection(&self) -> bool {
        self.chars.clone().nth(1) == Some('>')
    }

    fn skip_comment(&mut self) {
        while self.chars.peek().is_some_and(|one| *one != '\n') {
            self.next();
        }
    }

    fn word(&mut self, variables: &Variables) -> Lexed {
        let (mut raw, mut value) = (String::new(), Some(String::new()));
        let add = |raw: &mut String, one: char| {
            raw.push(one);
            one
        };
        let mut quote = None;
        if self.chars.peek() == Some(&'~') {
            value = None;
        }
        while let Some(&one) = self.chars.peek() {
            let is_redirected = one == '&' && (raw.ends_with(['>', '<']) || self.is_redirection());
            let ends = one.is_whitespace() || matches!(one, ';' | '&' | '|');
            if ends && quote.is_none() && !is_redirected {
                break;
            }
            self.next();
            let piece = match (one, quote) {
                ('\'', Some('\'')) | ('"', Some('"')) => {
                    quote = None;
                    continue;
                }
                ('\'' | '"', None) => {
                    quote = Some(one);
                    continue;
                }
                (one, Some('\'')) => Some(add(&mut raw, one).to_string()),
                ('\\', _) => match self.next() {
                    Some('\n') | None => continue,
                    Some(escaped) if quote.is_none() || "$`\"\\".contains(escaped) => {
                        Some(add(&mut raw, escaped).to_string())
                    }
                    Some(other) => Some(format!("\\{}", add(&mut raw, other))),
                },
                ('$', _) => {
                    raw.push('$');
                    self.expansion(variables)
                }
                ('`', _) => {
                    while self.next().is_some_and(|one| one != '`') {}
                    None
                }
                (one, _) => Some(add(&mut raw, one).to_string()),
            };
            match (&mut value, piece) {
                (Some(value), Some(piece)) => value.push_str(&piece),
                (value, _) => *value = None,
            }
        }
        Lexed { raw, value }
    }

    /// What stands behind `$`: a variable that is known, or something that only a shell knows.
    fn expansion(&mut self, variables: &Variables) -> Word {
        let is_part = |one: &char| one.is_ascii_alphanumeric() || *one == '_';
        match self.chars.peek() {
            Some('{') => {
                self.next();
                let mut name = String::new();
                while let Some(one) = self.next().filter(|one| *one != '}') {
                    name.push(one);
                }
                variables.text(&name).map(str::to_owned)
            }
            Some('(') => {
                let mut depth = 0_usize;
                while let Some(one) = self.next() {
                    depth += usize::from(one == '(');
                    depth -= usize::from(one == ')');
                    if depth == 0 {
                        break;
                    }
                }
                None
            }
            Some(one) if is_part(one) => {
                let mut name = String::new();
                while let Some(one) = self.chars.peek().filter(|one| is_part(one)) {
                    name.push(*one);
                    self.next();
                }
                variables.text(&name).map(str::to_owned)
            }
            _ => Some("$".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Variables {
        let mut variables = Variables::default();
        variables.read(text.as_bytes());
        variables
    }

    #[test]
    fn quotes_and_plain_variables_are_resolved() {
        let variables = read(
            "BASEDIR=/var/lib/dehydrated # here\nWELLKNOWN=\"${BASEDIR}/acme-challenges\"\n\
             export HOOK=$BASEDIR/'my hook'.sh LAST=\\\"\n",
        );
        assert_eq!(variables.text("WELLKNOWN"), Some("/var/lib/dehydrated/acme-challenges"));
        assert_eq!(variables.line("WELLKNOWN"), Some(2));
        assert_eq!(variables.text("HOOK"), Some("/var/lib/dehydrated/my hook.sh"));
        assert_eq!(variables.text("LAST"), Some("\""));
        assert_eq!(variables.get("OTHER"), Setting::Unset);
    }

    #[test]
    fn what_only_a_shell_knows_is_unknown() {
        let variables = read(
            "A=$(hostname)/x\nB=`hostname`\nC=${A:-b}\nD='$A'\nE=$UNSET\nF=~/x\n\
             if true; then G=1; fi\nH=1\n[ -d /srv ] && H=2\nI=3 command\n",
        );
        for name in ["A", "B", "C", "E", "G", "H"] {
            assert_eq!(variables.get(name), Setting::Unknown, "{name}");
        }
        assert_eq!(variables.text("D"), Some("$A"));
        assert_eq!(variables.get("I"), Setting::Unset);
    }

    #[test]
    fn a_script_that_is_read_in_may_set_anything() {
        let variables = read("A=1\n. /etc/defaults\nB=2\n");
        assert_eq!(variables.get("A"), Setting::Unknown);
        assert_eq!(variables.text("B"), Some("2"));
    }

    #[test]
    fn command_lines_are_words() {
        let words = commands("cd / && lego --domains 'example.com' --path \"$HOME\" renew # now");
        let word = |text: &str| Some(text.to_owned());
        assert_eq!(words[0], [word("cd"), word("/")]);
        let renew = ["lego", "--domains", "example.com", "--path"].map(word);
        assert_eq!(words[1][..4], renew);
        assert_eq!(words[1][4..], [None, word("renew")]);
    }

    #[test]
    fn redirections_end_no_command() {
        for text in
            ["nginx -t >/dev/null 2>&1; date", "nginx -t &>log & date", "nginx -t >& log;date"]
        {
            let words = commands(text);
            assert_eq!(words.len(), 2, "{text}: {words:?}");
            assert_eq!(words[1], [Some("date".to_owned())], "{text}");
        }
    }
}
