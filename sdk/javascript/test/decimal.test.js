/** Holds decimals to the figures that the SDK in Rust is held to. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decimal, Digits, Misfit } from "../source/index.js";

const outcome = (/** @type {bigint | Misfit} */ result) => (result instanceof Misfit ? result.reason : result);

test("texts", () => {
    const check = (text, expected) => assert.equal(outcome(decimal.fromText(text, 12, 2)), expected, text);
    check("0", 0n);
    check("-0.000", 0n);
    check("1.98", 198n);
    check("+007.50", 750n);
    check("-0.05", -5n);
    check("1.5e3", 150_000n);
    check("15000E-4", 150n);
    check("0e999999999", 0n);
    check("9999999999.99", 999_999_999_999n);
    check(`1.${"0".repeat(500)}`, 100n);
    check("1.985", "inexact");
    check("1e-3", "inexact");
    check("10000000000", "out-of-range");
    check("1e2147483647", "out-of-range");
    const wrong = ["", "-", "+-1", ".", ".5", "5.", "1,5", " 1", "1 ", "1\n", "0x1", "inf", "NaN", "1e", "1e99999999999", "1e5.0", "1.2.3", "１"];
    wrong.forEach((text) => check(text, "not-a-number"));
});

test("floats", () => {
    const check = (value, expected) => assert.equal(outcome(decimal.fromFloat(value, 12, 2)), expected, String(value));
    check(19.99, 1999n);
    check(-0, 0n);
    check(1e9, 100_000_000_000n);
    check(0.1 + 0.2, "inexact");
    check(1.005, "inexact");
    check(1e-300, "inexact");
    check(1e10, "out-of-range");
    check(1e300, "out-of-range");
    check(NaN, "not-a-number");
    check(-Infinity, "not-a-number");
    assert.equal(decimal.fromFloat(80_000_000_000_000.02, 38, 2), 8_000_000_000_000_002n);
});

test("floats near decimals go the fast way to what the slow way says", () => {
    const bits = new BigInt64Array(1);
    const float = new Float64Array(bits.buffer);
    for (let step = 0n; step < 4000n; step++) {
        float[0] = Number((step * step * 987_654_321_987n) % (1n << 54n)) / 100;
        for (const nudge of [0n, 1n, -2n]) {
            bits[0] += nudge;
            for (const [precision, scale] of [[12, 2], [38, 5], [3, 0]]) {
                const expected = decimal.fromText(String(float[0]), precision, scale);
                assert.deepEqual(outcome(decimal.fromFloat(float[0], precision, scale)), outcome(expected), String(float[0]));
            }
        }
    }
});

test("scales", () => {
    const check = (unscaled, from, expected) => assert.equal(outcome(decimal.rescale(unscaled, from, 12, 2)), expected);
    check(7n, 0, 700n);
    check(-1500n, 3, -150n);
    check(7n, -2, 70_000n);
    check(0n, 60, 0n);
    check(1n, 60, "inexact");
    check(1501n, 3, "inexact");
    check(1n, -60, "out-of-range");
    check(10_000_000_000n, 0, "out-of-range");
    check(-(1n << 127n), 0, "out-of-range");
});

test("ceilings", () => {
    const check = (text, scale, expected) => assert.equal(Digits.parse(text)?.ceiling(scale), expected, text);
    check("0", 2, 0n);
    check("0.5", 0, 1n);
    check("-0.5", 0, 0n);
    check("1.005", 2, 101n);
    check("-1.005", 2, -100n);
    check("150", -2, 2n);
    check("0.0001", 2, 1n);
    check("1e60", 0, (1n << 127n) - 1n);
    check("-1e60", 0, -(1n << 127n));
});

test("digits after the point", () => {
    const check = (text, expected) => assert.equal(Digits.parse(text)?.decimals, expected, text);
    check("0", 0);
    check("100", 0);
    check("1.50", 1);
    check("1.5e-7", 8);
    check("1.25e1", 1);
    check("0.001", 3);
});

test("comparison is by value", () => {
    const ascending = ["-1e50", `-${"9".repeat(40)}`, "-2", "-1.50", "-1.5e-9", "0.00", "1e-9", "0.1", "0.12", "1", "12", "120", "1e40"];
    const sign = (left, right) => Digits.parse(left)?.compare(/** @type {Digits} */ (Digits.parse(right)));
    ascending.forEach((left, index) => {
        ascending.forEach((right, other) => assert.equal(sign(left, right), Math.sign(index - other), `${left} ${right}`));
    });
    assert.equal(sign("-0", "0"), 0);
    assert.equal(sign("1.50", "15e-1"), 0);
});

test("decimals as text", () => {
    assert.deepEqual([[150n, 2], [-5n, 2], [0n, 2], [7n, 0], [7n, -2], [0n, -2]].map(([value, scale]) =>
        decimal.toText(/** @type {bigint} */ (value), Number(scale))), ["1.50", "-0.05", "0.00", "7", "700", "0"]);
});
