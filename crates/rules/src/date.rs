//! Dates and spans of time for people.

use std::fmt;

use time::OffsetDateTime;

pub(crate) const HOUR: i64 = 60 * 60;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The day of a moment, in seconds since 1970, such as `2026-03-01`, in UTC.
pub(crate) fn date(moment: i64) -> impl fmt::Display {
    let time = OffsetDateTime::from_unix_timestamp(moment);
    fmt::from_fn(move |out| match time {
        Ok(time) => write!(out, "{}", time.date()),
        Err(_) => out.write_str("a time that no calendar has"),
    })
}

/// How long something is, such as `12 days` or `5 hours`, from a number of seconds.
pub(crate) fn length(seconds: i64) -> impl fmt::Display {
    let (count, unit) = match seconds {
        seconds if seconds >= 2 * DAY => (seconds / DAY, "day"),
        seconds => (seconds / HOUR, "hour"),
    };
    fmt::from_fn(move |out| {
        let ending = if count == 1 { "" } else { "s" };
        write!(out, "{count} {unit}{ending}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_lengths_are_for_people() {
        assert_eq!(date(0).to_string(), "1970-01-01");
        assert_eq!(date(1_772_366_400).to_string(), "2026-03-01");
        assert_eq!(date(i64::MAX).to_string(), "a time that no calendar has");
        assert_eq!(length(60 * DAY).to_string(), "60 days");
        assert_eq!(length(2 * DAY - 1).to_string(), "47 hours");
        assert_eq!(length(HOUR).to_string(), "1 hour");
        assert_eq!(length(59).to_string(), "0 hours");
    }
}
