//! Days of PostgreSQL's calendar as text, also those outside the years 1 to 9999 that no other engine has.

const MICROSECONDS_PER_DAY: i128 = 86_400_000_000;

/// `20000-01-01` or `0044-03-15 BC`, from days since 1970-01-01.
pub(super) fn far_date(days: i64) -> String {
    let (date, era) = parts(days);
    format!("{date}{era}")
}

/// The same with the time of day, from microseconds since 1970-01-01.
pub(super) fn far_timestamp(microseconds: i128) -> String {
    let days = microseconds.div_euclid(MICROSECONDS_PER_DAY);
    let rest = microseconds.rem_euclid(MICROSECONDS_PER_DAY);
    let (date, era) = parts(i64::try_from(days).unwrap_or(i64::MAX));
    let seconds = rest / 1_000_000;
    format!(
        "{date} {:02}:{:02}:{:02}.{:06}{era}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        rest % 1_000_000
    )
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn parts(days: i64) -> (String, &'static str) {
    let shifted = i128::from(days) + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    // There is no year 0: the year before 1 is 1 BC.
    let (year, suffix) = if year > 0 {
        (year, "")
    } else {
        (1 - year, " BC")
    };
    (format!("{year:04}-{month:02}-{day:02}"), suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_far_and_near() {
        let check = |days, expected: &str| assert_eq!(far_date(days), expected);
        check(0, "1970-01-01");
        check(11_016, "2000-02-29");
        check(2_932_897, "10000-01-01");
        check(-719_162, "0001-01-01");
        check(-719_163, "0001-12-31 BC");
        check(-719_528, "0001-01-01 BC");
        let moment = far_timestamp(-1);
        assert_eq!(moment, "1969-12-31 23:59:59.999999");
        let moment = far_timestamp(-62_135_596_800_000_001);
        assert_eq!(moment, "0001-12-31 23:59:59.999999 BC");
    }
}
