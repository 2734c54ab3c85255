//! How often a schedule comes round.

use std::path::Path;

const DAY: i64 = 24 * 60 * 60;

/// The seconds between two times of a timer, as far as its days are written in a usual way.
pub(super) fn of_calendar(text: &str) -> Option<i64> {
    let mut values = Vec::new();
    for line in text.lines() {
        match line.trim().strip_prefix("OnCalendar=").map(str::trim) {
            // Takes back what stands above.
            Some("") => values.clear(),
            value => values.extend(value),
        }
    }
    let &[value] = &*values else { return None };
    match value {
        "hourly" => Some(60 * 60),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(31 * DAY),
        "quarterly" => Some(92 * DAY),
        _ if value.starts_with("*-*-*") || !value.contains('-') && value.contains(':') => {
            let is_of_week = value.starts_with(|letter: char| letter.is_ascii_alphabetic());
            (!is_of_week).then_some(DAY)
        }
        _ if value.starts_with("*-*-") => Some(31 * DAY),
        _ => None,
    }
}

/// The same for the line of a crontab: a day of the month or of the week is a number or a list, and
/// months are all of them or every few.
pub(super) fn of_crontab(file: &Path, line: &str) -> Option<i64> {
    for (name, days) in [("hourly", 1), ("daily", 1), ("weekly", 7), ("monthly", 31)] {
        let is_directory = file.starts_with(format!("/etc/cron.{name}"))
            || file.starts_with(format!("/etc/periodic/{name}"));
        if is_directory || line.starts_with(&format!("@{name}")) {
            return Some(days * DAY);
        }
    }
    if file == Path::new("/etc/anacrontab") {
        return line.split_whitespace().next()?.parse::<i64>().ok().map(|days| days * DAY);
    }
    let mut fields = line.split_whitespace().skip(2);
    let (day, month, weekday) = (fields.next()?, fields.next()?, fields.next()?);
    let count = |field: &str| field.split(',').map(|_| 1).sum::<i64>();
    let is_number = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let months = match month.strip_prefix("*/") {
        Some(step) => step.parse::<i64>().ok()?,
        None if month == "*" => 1,
        None => return None,
    };
    match (day, weekday) {
        ("*", "*") if months == 1 => Some(DAY),
        ("*", days) if months == 1 && is_number(days) => Some(7 * DAY / count(days)),
        (days, "*") if is_number(days) => Some(31 * months * DAY / count(days)),
        _ => None,
    }
}
