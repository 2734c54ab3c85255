//! JSON that looks like what it is: letters that cannot be seen, or that turn the text around them, are
//! written by their numbers. To a parser they are the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{
    Serializer,
    ser::{CompactFormatter, Formatter, PrettyFormatter},
};

use super::printable::is_hidden;

/// Writes a value on one line.
pub(crate) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    with(out, value, CompactFormatter)
}

/// Writes a value on as many lines as it has parts.
pub(crate) fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    with(out, value, PrettyFormatter::new())
}

fn with(out: &mut dyn Write, value: &impl Serialize, layout: impl Formatter) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Visible(layout)))?;
    Ok(())
}

/// A layout with all letters visible.
struct Visible<F>(F);

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W>(&mut self, out: &mut W, text: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        if text.bytes().all(|byte| byte < b'\x7f') {
            return self.0.write_string_fragment(out, text);
        }
        let mut start = 0;
        for (at, letter) in text.match_indices(is_hidden) {
            self.0.write_string_fragment(out, &text[start..at])?;
            for unit in letter.encode_utf16() {
                write!(out, "\\u{unit:04x}")?;
            }
            start = at + letter.len();
        }
        self.0.write_string_fragment(out, &text[start..])
    }

    fn begin_array<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.begin_array(out)
    }

    fn end_array<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.end_array(out)
    }

    fn begin_array_value<W>(&mut self, out: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.end_array_value(out)
    }

    fn begin_object<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.begin_object(out)
    }

    fn end_object<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.end_object(out)
    }

    fn begin_object_key<W>(&mut self, out: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.begin_object_key(out, first)
    }

    fn end_object_key<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.end_object_key(out)
    }

    fn begin_object_value<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W>(&mut self, out: &mut W) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_by_its_number() {
        let text =
            "a\u{202e}b\u{85}c\u{2028}\u{2029}\u{9b}\u{7f}\u{200b}\u{e0041}\u{feff}ä\u{1f40c}\n";
        let mut out = Vec::new();
        write(&mut out, &text).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert_eq!(
            json,
            "\"a\\u202eb\\u0085c\\u2028\\u2029\\u009b\\u007f\\u200b\\udb40\\udc41\\ufeffä\u{1f40c}\\n\""
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn the_layout_is_that_of_serde_json() {
        let value = serde_json::json!({"a": [1, {"b": null}, []], "c": {}, "d": "x"});
        let (mut compact, mut pretty) = (Vec::new(), Vec::new());
        write(&mut compact, &value).unwrap();
        write_pretty(&mut pretty, &value).unwrap();
        assert_eq!(String::from_utf8(compact).unwrap(), value.to_string());
        assert_eq!(String::from_utf8(pretty).unwrap(), format!("{value:#}"));
    }
}
