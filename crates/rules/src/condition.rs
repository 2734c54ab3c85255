//! Conditions of `if` that are about the visitor, not about what is asked for.

use model::{Answer, Directive, Http, Trace, name};

/// What a condition knows a visitor by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Its `User-Agent`.
    UserAgent,
    /// Its `Referer`, or that it sends none.
    Referer,
    /// A cookie that it does not have.
    Cookie,
    /// Where it comes from.
    Origin,
    /// Another header field.
    Header(String),
    /// Nothing: everybody is turned away while this file is there.
    File(String),
    /// Nothing: everybody is turned away.
    Everybody,
}

/// So many variables may be defined by each other.
pub(crate) const MOST_STEPS: usize = 4;

/// What the condition that refuses a request knows the visitor by; `None` if no condition does, or
/// one about something else.
pub(crate) fn refuses_visitor(http: &Http<'_>, trace: &Trace<'_>) -> Option<Visitor> {
    let decider = trace.decided_by?;
    let refuses = matches!(trace.answer, Answer::Status { status: 400.., .. } | Answer::Close);
    let condition = decider.parent().filter(|parent| parent.name() == name::IF)?;
    if refuses { of_condition(http, trace, condition, MOST_STEPS) } else { None }
}

/// The directive on the level of the server or location: itself, or the `if` around it.
pub(crate) fn around(directive: Directive<'_>) -> Directive<'_> {
    directive.parent().filter(|parent| parent.name() == name::IF).unwrap_or(directive)
}

/// What an `if` knows a visitor by.
pub(crate) fn of_condition(
    http: &Http<'_>,
    trace: &Trace<'_>,
    condition: Directive<'_>,
    steps: usize,
) -> Option<Visitor> {
    let mut words = condition.args();
    let first = words.next()?;
    let first = first.strip_prefix(b"(").unwrap_or(&first).to_vec();
    let first = if first.is_empty() { words.next()?.into_owned() } else { first };
    if matches!(&*first, b"-f" | b"-e" | b"-d") {
        let path = String::from_utf8_lossy(&words.next()?).trim_end_matches(')').to_owned();
        let is_fixed = !["$uri", "$request", "$document_uri"].iter().any(|of| path.contains(of));
        return is_fixed.then_some(Visitor::File(path));
    }
    let variable = first.strip_prefix(b"$")?;
    let variable = variable.strip_suffix(b")").unwrap_or(variable);
    of_variable(http, trace, condition, &String::from_utf8_lossy(variable), steps)
}

/// What a variable says of the visitor, by itself or by those it is made of.
fn of_variable(
    http: &Http<'_>,
    trace: &Trace<'_>,
    condition: Directive<'_>,
    variable: &str,
    steps: usize,
) -> Option<Visitor> {
    let variable = variable.trim_start_matches('{').trim_end_matches('}');
    match variable {
        "http_user_agent" => return Some(Visitor::UserAgent),
        "http_referer" | "invalid_referer" => return Some(Visitor::Referer),
        "http_cookie" => return Some(Visitor::Cookie),
        "remote_addr" | "binary_remote_addr" | "realip_remote_addr" => {
            return Some(Visitor::Origin);
        }
        _ if variable.starts_with("cookie_") => return Some(Visitor::Cookie),
        _ if variable.starts_with("geoip") => return Some(Visitor::Origin),
        // What a proxy in front adds is not known from the validator's request.
        "http_host" | "http_x_forwarded_proto" | "http_x_forwarded_for" => return None,
        _ => {}
    }
    if let Some(field) = variable.strip_prefix("http_") {
        return Some(Visitor::Header(field.replace('_', "-")));
    }
    let steps = steps.checked_sub(1)?;
    let is_it = |word: Option<std::borrow::Cow<'_, [u8]>>| {
        word.is_some_and(|word| word.strip_prefix(b"$") == Some(variable.as_bytes()))
    };
    if let Some(map) = http.level.all(name::MAP).find(|map| is_it(map.arg(1))) {
        let source = String::from_utf8_lossy(&map.arg(0)?).into_owned();
        let mut parts = source.split('$').skip(1).map(|part| {
            let end =
                part.find(|byte: char| !(byte.is_ascii_alphanumeric() || "_{}".contains(byte)));
            &part[..end.unwrap_or(part.len())]
        });
        return parts.find_map(|part| of_variable(http, trace, condition, part, steps));
    }
    let names_it = |geo: &Directive<'_>| is_it(geo.arg(geo.arg_count().saturating_sub(1)));
    if http.level.all(name::GEO).any(|geo| names_it(&geo)) {
        return Some(Visitor::Origin);
    }
    // What the code has set before, in conditions that were true or in none.
    let sets_it = |at: Directive<'_>| {
        at.children().any(|inner| inner.name() == name::SET && is_it(inner.arg(0)))
    };
    let conditions = trace.steps.iter().filter_map(|step| step.at);
    let earlier = conditions
        .filter(|at| at.name() == name::IF && *at != condition && sets_it(*at))
        .find_map(|at| of_condition(http, trace, at, steps));
    if earlier.is_some() {
        return earlier;
    }
    let is_constant = |set: &Directive<'_>| {
        set.name() == name::SET
            && is_it(set.arg(0))
            && set.arg(1).is_some_and(|value| !value.contains(&b'$'))
    };
    let level = condition.parent()?;
    let is_set_by_condition = level.children().any(|at| at.name() == name::IF && sets_it(at));
    let is_always = !is_set_by_condition && level.children().any(|at| is_constant(&at));
    is_always.then_some(Visitor::Everybody)
}
