//! Values of settings that are texts with a meaning, understood as on the command line.

use std::fmt;

use ::dns::Servers;
use clap::{ValueEnum, builder::PossibleValue};
use model::{
    Context, Name, Version,
    directive_table::{Arity, nearest_of},
};
use rules::{Selector, Severity};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::error::suggestion;
use crate::arguments::{
    FailOn, Format, Mapped, Named, mapped, resolver, token_directory, version, web_root,
};

/// Makes a type that is read from a text.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident($inner:ty) from $cast:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(|text: &str| Ok(Self($cast(text)?))))
            }
        }
    };
}

text! {
    /// Rules, by id or group.
    #[derive(PartialOrd, Ord)]
    SelectorText(Selector) from cast_selector
}
text! {
    /// A severity.
    SeverityWord(Severity) from cast_severity
}
text! {
    /// From where on the exit code is 1.
    FailOnWord(FailOn) from one_of
}
text! {
    /// What a report looks like.
    FormatWord(Format) from one_of
}
text! {
    /// A version of a program.
    VersionText(Version) from version
}
text! {
    /// A web root.
    WebRootText(Named) from |text: &str| web_root(text.as_ref())
}
text! {
    /// A directory that nginx has at another path.
    MapText(Mapped) from |text: &str| mapped(text.as_ref())
}
text! {
    /// A resolver.
    ResolverText(Servers) from resolver
}
text! {
    /// A directory for tokens.
    TokenPlaceText(Named) from |text: &str| token_directory(text.as_ref())
}

text! {
    /// The name of a directive.
    DirectiveName(String) from cast_directive_name
}
text! {
    /// What a directive may stand in.
    ContextWord(Context) from cast_context
}
text! {
    /// How many arguments a directive takes.
    ArgumentsText(Arity) from cast_arguments
}

impl Default for ArgumentsText {
    fn default() -> Self {
        Self(Arity::Any)
    }
}

/// Makes a value of a text: here, so that a mistake is where the text is.
struct Text<F>(F);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

/// The rules of a name.
///
/// # Errors
///
/// If there are none.
pub(crate) fn cast_selector(text: &str) -> Result<Selector, String> {
    Selector::cast(text).ok_or_else(|| {
        format!("no rule or group is called `{text}`{}", suggestion(Selector::nearest(text)))
    })
}

fn cast_severity(text: &str) -> Result<Severity, String> {
    match text {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "info" => Ok(Severity::Info),
        "off" | "ignore" | "none" => Err(format!(
            "there is no severity `{text}`: name the rule under `ignore` to leave it out"
        )),
        _ => {
            let nearest = nearest_of(text.as_bytes(), ["error", "warning", "info"]);
            let hint = match nearest {
                None => "; it is error, warning or info".to_owned(),
                _ => suggestion(nearest),
            };
            Err(format!("there is no severity `{text}`{hint}"))
        }
    }
}

fn cast_directive_name(text: &str) -> Result<String, String> {
    let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
    if text.is_empty() || text.contains(is_odd) || text.contains([';', '{', '}']) {
        return Err("this is no name of a directive".to_owned());
    }
    if Name::of(text.as_bytes()) != Name::UNKNOWN {
        return Err(format!("`{text}` is known, and judged by what is known of it"));
    }
    Ok(text.to_owned())
}

fn cast_context(text: &str) -> Result<Context, String> {
    Context::all().find(|context| context.text() == text).ok_or_else(|| {
        let nearest = nearest_of(text.as_bytes(), Context::all().map(Context::text));
        let hint = match nearest {
            None => "; it is a block such as http, server or location".to_owned(),
            _ => suggestion(nearest),
        };
        format!("there is no context `{text}`{hint}")
    })
}

/// `2`, `1-3`, `1+`, `flag` or `any`.
fn cast_arguments(text: &str) -> Result<Arity, String> {
    const MOST: u8 = 7;
    let wrong = || format!("`{text}` is not understood; it is written 2, 1-3, 1+, flag or any");
    let number = |text: &str| text.parse::<u8>().ok().filter(|number| *number <= MOST);
    match text {
        "any" => return Ok(Arity::Any),
        "flag" => return Ok(Arity::Flag),
        _ => {}
    }
    if let Some(least) = text.strip_suffix('+') {
        return number(least).map(Arity::AtLeast).ok_or_else(wrong);
    }
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    match (number(least), number(most)) {
        (Some(least), Some(most)) if least <= most => {
            Ok(Arity::Counts((least..=most).map(|count| 1 << count).sum()))
        }
        _ => Err(wrong()),
    }
}

/// One of the words that the command line takes.
fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let values: Vec<_> =
            T::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
        let nearest = nearest_of(text.as_bytes(), names.iter().copied());
        let hint = match nearest {
            None => format!("; it is one of {}", names.join(", ")),
            _ => suggestion(nearest),
        };
        format!("`{text}` is not known here{hint}")
    })
}
