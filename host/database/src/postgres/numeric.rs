//! PostgreSQL's binary numeric: groups of four decimal digits (src/backend/utils/adt/numeric.c, `numeric_send`).
//!
//! Header of four 16-bit words: number of groups, weight of the first group, sign, digits shown after the point.

const GROUP: u128 = 10_000;
const NEGATIVE: u16 = 0x4000;

/// Appends the length and the value of a decimal of up to 38 digits, `unscaled × 10^-scale`.
///
/// `None` if the digits, filled up to whole groups, pass 128 bits; the caller then takes the long way.
pub(super) fn write(out: &mut Vec<u8>, unscaled: i128, scale: i8) -> Option<()> {
    let scale = u32::try_from(scale).ok()?;
    let fill = (4 - scale % 4) % 4;
    let mut magnitude = unscaled.unsigned_abs().checked_mul(10u128.pow(fill))?;
    let fraction_groups = i16::try_from((scale + fill) / 4).ok()?;
    let mut groups = [0u16; 12];
    let mut count = 0;
    // Dividing 128 bits takes many times as long as dividing 64, which hold nearly every amount.
    while magnitude > u64::MAX.into() {
        groups[count] = u16::try_from(magnitude % GROUP).ok()?;
        magnitude /= GROUP;
        count += 1;
    }
    let mut magnitude = u64::try_from(magnitude).ok()?;
    while magnitude > 0 {
        groups[count] = u16::try_from(magnitude % 10_000).ok()?;
        magnitude /= 10_000;
        count += 1;
    }
    let weight = i16::try_from(count).ok()? - fraction_groups - 1;
    let trailing = groups[..count]
        .iter()
        .take_while(|group| **group == 0)
        .count();
    header(
        out,
        count - trailing,
        weight,
        unscaled < 0,
        u16::try_from(scale).ok()?,
    )?;
    for group in groups[trailing..count].iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Some(())
}

/// Appends the length and the value of a canonical decimal text of any size.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let padded = format!(
        "{}{whole}{fraction}{}",
        "0".repeat((4 - whole.len() % 4) % 4),
        "0".repeat((4 - fraction.len() % 4) % 4)
    );
    let groups: Vec<u16> = padded
        .as_bytes()
        .chunks_exact(4)
        .map(|group| {
            group.iter().try_fold(0u16, |number, digit| {
                Some(number * 10 + u16::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?))
            })
        })
        .collect::<Option<_>>()?;
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let trailing = groups[leading..]
        .iter()
        .rev()
        .take_while(|group| **group == 0)
        .count();
    let weight = i16::try_from(whole.len().div_ceil(4)).ok()? - 1 - i16::try_from(leading).ok()?;
    let kept = &groups[leading..groups.len() - trailing];
    header(
        out,
        kept.len(),
        weight,
        negative && !kept.is_empty(),
        u16::try_from(fraction.len()).ok()?,
    )?;
    for group in kept {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Some(())
}

fn header(out: &mut Vec<u8>, groups: usize, weight: i16, negative: bool, scale: u16) -> Option<()> {
    let length = i32::try_from(8 + 2 * groups).ok()?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&u16::try_from(groups).ok()?.to_be_bytes());
    out.extend_from_slice(&if groups == 0 { 0 } else { weight }.to_be_bytes());
    out.extend_from_slice(&if negative { NEGATIVE } else { 0 }.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
    Some(())
}

/// Reads a numeric as `unscaled × 10^-scale`; `None` for NaN, infinities and what does not fit without rounding.
pub(super) fn read(bytes: &[u8], scale: i8) -> Option<i128> {
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let count = usize::from(word(0)?);
    let weight = i32::from(i16::from_be_bytes(word(2)?.to_be_bytes()));
    let sign = word(4)?;
    if sign != 0 && sign != NEGATIVE {
        return None;
    }
    let mut unscaled: i128 = 0;
    for position in 0..count {
        let group = i128::from(word(8 + 2 * position)?);
        // The group stands for group × 10000^(weight − position).
        let exponent = 4 * (weight - i32::try_from(position).ok()?) + i32::from(scale);
        let part = match u32::try_from(exponent) {
            Ok(exponent) => group.checked_mul(10i128.checked_pow(exponent)?)?,
            Err(_) => {
                let divisor = 10i128.checked_pow(exponent.unsigned_abs())?;
                if group % divisor != 0 {
                    return None;
                }
                group / divisor
            }
        };
        unscaled = unscaled.checked_add(part)?;
    }
    Some(if sign == NEGATIVE {
        -unscaled
    } else {
        unscaled
    })
}

/// Any numeric as the server itself would write it.
pub(super) fn to_text(bytes: &[u8]) -> String {
    let word = |at: usize| match bytes.get(at..at + 2) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    let sign = match word(4) {
        0xC000 => return "NaN".into(),
        0xD000 => return "Infinity".into(),
        0xF000 => return "-Infinity".into(),
        NEGATIVE => "-",
        _ => "",
    };
    let weight = i32::from(i16::from_be_bytes(word(2).to_be_bytes()));
    let (count, scale) = (i32::from(word(0)), usize::from(word(6)));
    // The four digits that stand for 10000^exponent.
    let group = |exponent: i32| match usize::try_from(weight - exponent) {
        Ok(position) if weight - exponent < count => word(8 + 2 * position),
        _ => 0,
    };
    let digits = |exponent: i32| format!("{:04}", group(exponent));
    let whole: String = (0..=weight.max(0)).rev().map(digits).collect();
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let places = i32::try_from(scale.div_ceil(4)).unwrap_or(0);
    let mut fraction: String = (1..=places).map(|place| digits(-place)).collect();
    fraction.truncate(scale);
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_trip_in_both_ways_of_writing() {
        let check = |unscaled: i128, scale: i8| {
            let mut direct = Vec::new();
            write(&mut direct, unscaled, scale).unwrap();
            assert_eq!(
                read(&direct[4..], scale),
                Some(unscaled),
                "{unscaled} {scale}"
            );
            let mut by_text = Vec::new();
            write_text(
                &mut by_text,
                &limosa_model::decimal_to_text(unscaled, scale),
            )
            .unwrap();
            assert_eq!(
                read(&by_text[4..], scale),
                Some(unscaled),
                "{unscaled} {scale} as text"
            );
            assert_eq!(direct, by_text, "{unscaled} {scale}");
            let text = limosa_model::decimal_to_text(unscaled, scale);
            assert_eq!(to_text(&direct[4..]), text);
        };
        for unscaled in [
            0,
            1,
            -1,
            198,
            -198,
            10_000,
            123_456_789,
            -100_000_000,
            i128::from(u64::MAX),
        ] {
            for scale in [0, 1, 2, 3, 4, 7, 10] {
                check(unscaled, scale);
            }
        }
        check(10i128.pow(37), 0);
        let not_a_number = [0, 0, 0, 0, 0xC0, 0, 0, 0];
        assert_eq!(read(&not_a_number, 2), None);
        assert_eq!(to_text(&not_a_number), "NaN");
    }
}
