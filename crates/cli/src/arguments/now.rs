//! The time that certificates are judged at.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time that certificates are judged at.
#[derive(Debug, Args)]
pub(crate) struct Now {
    /// The time to judge certificates at: a date, or a date and time (RFC 3339)
    ///
    /// Such as 2026-03-01 or 2026-03-01T12:00:00Z. Without it: what the clock says.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    now: Option<i64>,
}

impl Now {
    /// In seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        self.now.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            // A clock that is before 1970 is not worth an error.
            since.map_or(0, |since| since.as_secs().cast_signed())
        })
    }
}

/// The seconds from 1970 to a date or a date and time; a date begins at midnight UTC.
fn seconds(text: &str) -> Result<i64, &'static str> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
    let time = parse(text).or_else(|_| parse(&format!("{text}T00:00:00Z")));
    time.map(OffsetDateTime::unix_timestamp)
        .map_err(|_| "it is written 2026-03-01 or 2026-03-01T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_understood() {
        assert_eq!(seconds("1970-01-02"), Ok(86_400));
        assert_eq!(seconds("2026-03-01T12:00:00Z"), Ok(1_772_366_400));
        assert_eq!(seconds("2026-03-01T21:00:00+09:00"), seconds("2026-03-01T12:00:00Z"));
        for wrong in ["", "today", "2026-02-29", "2026-3-1", "2026-03-01T12:00", "1772366400"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
