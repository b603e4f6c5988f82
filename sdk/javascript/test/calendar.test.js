/** Holds the calendar to known days, and to the way back from each. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { calendar } from "../source/index.js";

test("days", () => {
    const check = (text, days) => {
        assert.equal(calendar.dateFromText(text), days, text);
        assert.equal(calendar.dateToText(days), text);
    };
    check("1970-01-01", 0n);
    check("1969-12-31", -1n);
    check("2000-02-29", 11_016n);
    check("2000-03-01", 11_017n);
    check("0001-01-01", -719_162n);
    check("9999-12-31", 2_932_896n);
    for (const wrong of ["2023-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "2023-1-1", "1900-02-29", ""]) {
        assert.equal(calendar.dateFromText(wrong), undefined, wrong);
    }
    const milliseconds = 86_400_000n;
    for (let day = -800_000n; day < 2_900_000n; day += 997n) {
        const expected = new Date(Number(day * milliseconds)).toISOString().slice(0, -14);
        if (/^[0-9]{4}-/.test(expected)) {
            check(expected, day);
        }
    }
});

test("times and timestamps", () => {
    assert.equal(calendar.timeFromText("23:59:59.5"), 86_399_500_000n);
    assert.equal(calendar.timeToText(86_399_500_000n), "23:59:59.500000");
    assert.equal(calendar.timeFromText("24:00:00"), undefined);
    assert.equal(calendar.timestampFromText("1969-12-31T23:59:59"), -1_000_000n);
    assert.equal(calendar.timestampToText(-1n), "1969-12-31 23:59:59.999999");
    assert.equal(calendar.timestampToText(0n), "1970-01-01 00:00:00");
    assert.equal(calendar.timestampFromText("2024-01-01 10:00:00 x"), undefined);
    assert.equal(calendar.daysUpTo(-1n), -1n);
});
