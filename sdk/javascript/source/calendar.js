/** Dates, times and timestamps as text and as the integers that columns hold; proleptic Gregorian, no time zones. */

const DAY = 86_400_000_000n;

const DATE = /^(-?[0-9]{4,7})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?$/;

/** Days before the first of each month in a year that begins in March, where the leap day comes last. */
const MONTHS = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];

/**
 * The days since 1970-01-01 of a date `YYYY-MM-DD`; undefined if there is no such day.
 *
 * @param {string} text
 */
export function dateFromText(text) {
    const parts = DATE.exec(text);
    if (parts === null) {
        return undefined;
    }
    const [year, month, day] = parts.slice(1).map(Number);
    if (month < 1 || month > 12) {
        return undefined;
    }
    const days = daysOf(year, month, day);
    // A day that the month does not have comes out as one of the next.
    const { month: counted, day: found } = dayOf(days);
    return counted === month && found === day ? BigInt(days) : undefined;
}

/**
 * The date `YYYY-MM-DD` of days since 1970-01-01.
 *
 * @param {bigint} days
 */
export function dateToText(days) {
    const { year, month, day } = dayOf(Number(days));
    const digits = String(Math.abs(year)).padStart(4, "0");
    return `${year < 0 ? "-" : ""}${digits}-${two(month)}-${two(day)}`;
}

/**
 * The microseconds since midnight of a time `HH:MM:SS` with up to six more digits; undefined if there is no such time.
 *
 * @param {string} text
 */
export function timeFromText(text) {
    const parts = TIME.exec(text);
    if (parts === null) {
        return undefined;
    }
    const [hour, minute, second] = parts.slice(1, 4).map(Number);
    const fraction = Number((parts[4] ?? "").padEnd(6, "0"));
    if (hour > 23 || minute > 59 || second > 59) {
        return undefined;
    }
    return BigInt(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction);
}

/**
 * The time `HH:MM:SS` of microseconds since midnight, with six more digits where they are not zero.
 *
 * @param {bigint} microseconds
 */
export function timeToText(microseconds) {
    const all = Number(microseconds);
    const seconds = Math.floor(all / 1_000_000);
    const fraction = all % 1_000_000;
    const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
    return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(6, "0")}`;
}

/**
 * The microseconds since 1970-01-01 of a date and a time with a space or a `T` between them.
 *
 * @param {string} text
 */
export function timestampFromText(text) {
    const [date, time, ...more] = text.split(/[ T]/);
    const days = dateFromText(date);
    const microseconds = timeFromText(time ?? "");
    return days === undefined || microseconds === undefined || more.length > 0 ? undefined : days * DAY + microseconds;
}

/**
 * Date and time of microseconds since 1970-01-01, with a space between them.
 *
 * @param {bigint} microseconds
 */
export function timestampToText(microseconds) {
    const days = daysUpTo(microseconds);
    return `${dateToText(days)} ${timeToText(microseconds - days * DAY)}`;
}

/**
 * The day that a timestamp falls on, in days since 1970-01-01.
 *
 * @param {bigint} microseconds
 */
export function daysUpTo(microseconds) {
    const days = microseconds / DAY;
    // Division drops what is left over; before 1970 that is the wrong way.
    return days * DAY > microseconds ? days - 1n : days;
}

/**
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function daysOf(year, month, day) {
    // Counted from March: January and February belong to the year before.
    const counted = month <= 2 ? year - 1 : year;
    const leaps = Math.floor(counted / 4) - Math.floor(counted / 100) + Math.floor(counted / 400);
    return counted * 365 + leaps + MONTHS[month - 1] + day - 719_469;
}

/** @param {number} days */
function dayOf(days) {
    // The year is found by its mean length, and corrected where that was one off.
    let counted = Math.floor((days + 719_468) / 365.2425);
    while (daysOf(counted + 1, 3, 1) <= days) {
        counted += 1;
    }
    while (daysOf(counted, 3, 1) > days) {
        counted -= 1;
    }
    const rest = days - daysOf(counted, 3, 1);
    const month = [2, 1, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3].find((month) => MONTHS[month - 1] <= rest) ?? 3;
    return { year: month <= 2 ? counted + 1 : counted, month, day: rest - MONTHS[month - 1] + 1 };
}

/** @param {number} number */
function two(number) {
    return String(number).padStart(2, "0");
}
