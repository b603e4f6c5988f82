//! Asking the server which values do not fit elsewhere, instead of carrying them all here to look at them.

use limosa_model::{ColumnType, Fit, Own};

use crate::dialect::{FOUR_DIGIT_DAYS, FOUR_DIGIT_MOMENTS};

/// The condition under which a value of a column does not fit; `None` if only a look at the values can tell.
pub(super) fn condition(quoted: &str, column_type: &ColumnType, fit: &Fit) -> Option<String> {
    match column_type {
        ColumnType::Date | ColumnType::Timestamp { .. } => {
            let takes_days = fit.days.is_none_or(|(first, last)| {
                first <= FOUR_DIGIT_DAYS.0 && last >= FOUR_DIGIT_DAYS.1
            });
            let takes_moments = fit.microseconds.is_none_or(|(first, last)| {
                first <= FOUR_DIGIT_MOMENTS.0 && last >= FOUR_DIGIT_MOMENTS.1
            });
            if !(takes_days && takes_moments) {
                return None;
            }
            // A month of zero has no end; a day of zero, or the 31st of February, is none of its month.
            let is_odd = format!(
                "({quoted} IS NOT NULL AND (LAST_DAY({quoted}) IS NULL OR DAYOFMONTH({quoted}) = 0 \
                 OR DAYOFMONTH({quoted}) > DAYOFMONTH(LAST_DAY({quoted}))))"
            );
            Some(if fit.exceptions {
                "FALSE".to_owned()
            } else {
                is_odd
            })
        }
        ColumnType::Time if fit.exceptions => Some("FALSE".to_owned()),
        ColumnType::Time => {
            let end = if fit.own == Some(Own::EndOfDay) {
                ">"
            } else {
                ">="
            };
            Some(format!(
                "({quoted} < '00:00:00' OR {quoted} {end} '24:00:00')"
            ))
        }
        ColumnType::Text { .. } if !fit.uuid && !fit.json && fit.digits.is_none() => {
            let mut conditions = Vec::new();
            if fit.no_nul {
                conditions.push(format!("INSTR({quoted}, x'00') > 0"));
            }
            if let Some(most) = fit.characters {
                conditions.push(format!("CHAR_LENGTH({quoted}) > {most}"));
            }
            if let Some(most) = fit.bytes {
                conditions.push(format!("LENGTH(CONVERT({quoted} USING utf8mb4)) > {most}"));
            }
            if conditions.is_empty() {
                conditions.push("FALSE".to_owned());
            }
            Some(format!("({})", conditions.join(" OR ")))
        }
        _ => None,
    }
}
