//! What `%(key)s` in a value stands for: the value of another key, of the same section or of one that
//! it is in (`configobj.ConfigParserInterpolation`).

use super::{Entry, Ini, IniError, Value};

/// Values that grow beyond this are refused.
const LONGEST: usize = 1 << 20;

/// A section that takes more keys than this to put in is refused: each can double what there is to do.
const MOST: usize = 1000;

/// A section whose values are there for the section around it.
const DEFAULT: &str = "DEFAULT";

impl Ini {
    /// Puts the values of other keys into those of a section, as `configobj` does when somebody asks
    /// for them.
    ///
    /// # Errors
    /// If `configobj` would refuse one of them.
    pub fn interpolate(&mut self, section: usize) -> Result<(), IniError> {
        let entries = self.sections.get(section).map_or(&[][..], |section| &section.entries);
        let mut changed = Vec::new();
        let mut reader = Reader { ini: self, section, open: Vec::new(), count: 0 };
        for (at, entry) in entries.iter().enumerate() {
            if !entry.value.texts().iter().any(|text| text.contains('%')) {
                continue;
            }
            let error = |message| IniError { line: entry.line, message };
            let mut whole = |text: &String| {
                reader.open.clear();
                reader.whole(&entry.key, text, section)
            };
            changed.push((
                at,
                match &entry.value {
                    Value::Text(text) => Value::Text(whole(text).map_err(error)?),
                    Value::List(texts) => {
                        let texts: Result<_, _> = texts.iter().map(&mut whole).collect();
                        Value::List(texts.map_err(error)?)
                    }
                },
            ));
        }
        for (at, value) in changed {
            self.sections[section].entries[at].value = value;
        }
        Ok(())
    }
}

/// The keys that are being put in.
struct Reader<'i> {
    ini: &'i Ini,
    /// Where the search for a key begins, whatever section the value around it is from.
    section: usize,
    /// Each with the name of its section, which the outermost has none of.
    open: Vec<(&'i str, Option<&'i str>)>,
    /// How many there have been.
    count: usize,
}

impl<'i> Reader<'i> {
    fn whole(&mut self, key: &'i str, text: &str, section: usize) -> Result<String, &'static str> {
        let name = (section > 0).then(|| &*self.ini.sections[section].name);
        if self.open.contains(&(key, name)) {
            return Err("it refers to itself");
        }
        self.open.push((key, name));
        let (mut whole, mut rest) = (String::new(), text);
        while let Some((before, key, after)) = next(rest) {
            let (entry, section) = self.find(key).ok_or("it refers to a key that is not there")?;
            let Value::Text(text) = &entry.value else { return Err("it refers to a list") };
            self.count += 1;
            if self.count > MOST {
                return Err("there are too many references");
            }
            whole += before;
            whole += &self.whole(&entry.key, text, section)?;
            if whole.len() > LONGEST {
                return Err("what it refers to is too long");
            }
            rest = after;
        }
        whole += rest;
        self.open.pop();
        Ok(whole)
    }

    /// The value of a key: in the section, in `DEFAULT` inside it, or further out.
    fn find(&self, key: &str) -> Option<(&'i Entry, usize)> {
        let mut section = self.section;
        loop {
            let own = self.ini.get(section, key);
            if own.is_none() && self.ini.get(section, DEFAULT).is_some() {
                return None; // a value where a section is wanted
            }
            let default = || self.ini.get(self.ini.section(section, DEFAULT)?, key);
            if let Some(entry) = own.or_else(default) {
                return Some((entry, section));
            }
            if section == 0 {
                return None;
            }
            section = self.ini.sections[section].parent;
        }
    }
}

/// The first `%(key)s` of a text: what stands before it, the key, and what follows.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    for (at, _) in text.match_indices("%(") {
        let (key, after) = text[at + 2..].split_once(')')?;
        if let Some(after) = after.strip_prefix('s') {
            return Some((&text[..at], key, after));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<&'static str> {
        let mut ini = Ini::read(text.as_bytes()).unwrap();
        ini.interpolate(0).err().map(|error| error.message)
    }

    /// Lines of which each refers to others.
    fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
        (0..count).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_doubles_and_doubles_has_an_end() {
        let doubling = lines(64, |at| format!("a{at} = %(a{})s%(a{})s", at + 1, at + 1));
        assert_eq!(refused(&(doubling + "\na64 =\n")), Some("there are too many references"));
        let long = format!("a = {}\nb = {}\n", "x".repeat(1 << 13), "%(a)s".repeat(200));
        assert_eq!(refused(&long), Some("what it refers to is too long"));
    }

    #[test]
    fn chains_and_circles_have_an_end() {
        let chain = lines(5000, |at| format!("a{at} = %(a{})s", at + 1));
        assert_eq!(refused(&chain), Some("there are too many references"));
        assert_eq!(refused("a = %(b)s\nb = %(a)s\n"), Some("it refers to itself"));
    }
}
