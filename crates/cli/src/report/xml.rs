//! XML that every parser takes.

use std::{
    borrow::Cow,
    io::{self, Write},
};

pub(super) use quick_xml::Writer;
use quick_xml::{
    events::{BytesDecl, BytesText, Event},
    writer::ElementWriter,
};

/// An element of a document on its way to a stream.
pub(super) type Element<'e, 'w> = ElementWriter<'e, &'w mut dyn Write>;

/// Writes a document with one element, and a line feed.
pub(super) fn write(
    out: &mut dyn Write,
    document: impl FnOnce(&mut Writer<&mut dyn Write>) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    document(&mut writer)?;
    writer.into_inner().write_all(b"\n")
}

/// Writes an element that has text in it.
pub(super) fn write_text(element: Element<'_, '_>, text: &str) -> io::Result<()> {
    element.write_text_content(BytesText::new(&allowed(text))).map(|_| ())
}

/// The text without what XML has no way to say: control characters and two others.
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    let is_banned = |letter: char| matches!(letter, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_banned) {
        return text.replace(is_banned, "\u{fffd}").into();
    }
    Cow::Borrowed(text)
}
