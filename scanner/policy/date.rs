//! Calendar days, as far as a policy needs them: to be compared. The clock is read by the command line only.

use std::fmt;
use std::str::FromStr;

/// A day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Date {
    /// The day of a number of seconds since 1970-01-01T00:00:00Z (`SOURCE_DATE_EPOCH`, the clock).
    pub fn from_epoch_seconds(seconds: u64) -> Self {
        // Days to civil date, counting years from March so that leap days come last in their year.
        let days = seconds / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let small = |n: u64| u8::try_from(n).unwrap_or(u8::MAX);
        Date { year: u16::try_from(year).unwrap_or(u16::MAX), month: small(month), day: small(day) }
    }

    fn is_real(self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not a day; write it as YYYY-MM-DD");
        let shape = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(wrong());
        }
        let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u16>().ok());
        let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return Err(wrong()) };
        let small = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
        let date = Date { year, month: small(month), day: small(day) };
        if date.is_real() { Ok(date) } else { Err(wrong()) }
    }
}

/// A day in `tidewaiter.toml`: a TOML date (`2027-01-31`) or the same in quotes.
impl<'de> serde::Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, expecting = "a day is written as YYYY-MM-DD")]
        enum Written {
            Toml(toml::value::Datetime),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Toml(datetime) => datetime.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_of_the_epoch() {
        let day = |seconds| Date::from_epoch_seconds(seconds).to_string();
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(951_868_800), "2000-03-01");
        assert_eq!(day(1_798_761_599), "2026-12-31");
        assert_eq!(day(1_798_761_600), "2027-01-01");
        let _ = day(u64::MAX);
    }

    #[test]
    fn only_real_days_are_read() {
        for good in ["2027-01-31", "2028-02-29", "0001-01-01"] {
            assert_eq!(good.parse::<Date>().map(|d| d.to_string()).as_deref(), Ok(good));
        }
        for bad in ["2027-02-29", "2027-13-01", "2027-00-10", "2027-1-31", "27-01-31", "2027-01-31T00", "２027-01-3", ""] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }
}
