//! Dates of certificates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::date_time_ymd;

use crate::error::{Context, Error, Result};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// The date of a machine, since 1970: the one that it says, or the clock's.
pub(crate) fn now(said: Option<&str>) -> Result<Duration> {
    match said {
        Some(text) => date_time(text)
            .ok_or_else(|| Error::new(format!("`{text}` is neither a date nor a date and time"))),
        None => SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970"),
    }
}

/// A moment, since 1970: a date, a date and time, or days or hours from now.
///
/// Days from now get an hour more, so that "60 days left" stays true while the test runs.
pub(crate) fn moment(text: &str, now: Duration) -> Result<Duration> {
    let wrong =
        || Error::new(format!("`{text}` is neither `2026-01-31` nor `+30 days` nor `-12 hours`"));
    let Some((count, unit)) = text.split_once(' ') else {
        return date_time(text).ok_or_else(wrong);
    };
    let count: i64 = count.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "day" | "days" => count.unsigned_abs() * DAY + HOUR,
        "hour" | "hours" => count.unsigned_abs() * HOUR,
        _ => return Err(wrong()),
    };
    let distance = Duration::from_secs(seconds);
    let moment = if count < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
    moment.ok_or_else(wrong)
}

/// A date, at midnight, or `2026-01-31T12:00:00Z`.
fn date_time(text: &str) -> Option<Duration> {
    let Some((day, time)) = text.split_once('T') else { return date(text) };
    let mut fields = time.strip_suffix('Z')?.split(':');
    let mut field =
        |limit: u64| -> Option<u64> { fields.next()?.parse().ok().filter(|field| *field < limit) };
    let seconds = field(24)? * HOUR + field(60)? * 60 + field(60)?;
    Some(date(day)? + Duration::from_secs(seconds))
}

fn date(text: &str) -> Option<Duration> {
    let mut fields = text.split('-');
    let year: i32 = fields.next()?.parse().ok().filter(|year| (1970..9999).contains(year))?;
    let month: u8 = fields.next()?.parse().ok().filter(|month| (1..=12).contains(month))?;
    let last = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day: u8 = fields.next()?.parse().ok().filter(|day| (1..=last).contains(day))?;
    if fields.next().is_some() {
        return None;
    }
    Some((date_time_ymd(year, month, day) - date_time_ymd(1970, 1, 1)).unsigned_abs())
}
