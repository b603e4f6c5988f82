/** Holds the views to what they promise: values, nulls, exceptions, and nothing converted without a word. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Booleans, Bytes, Decimals, Floats, Integers, Output, Texts } from "../source/index.js";

test("values, nulls and exceptions", () => {
    const amounts = Floats.from([1.5, null, -2]).withException(2);
    assert.deepEqual([...amounts], [[0, 1.5], [1, null], [2, null]]);
    assert.deepEqual([...amounts.nulls()], [1]);
    assert.deepEqual([...amounts.exceptions()], [2]);
    const seen = [];
    amounts.forEach((amount, index) => seen.push([index, amount]));
    assert.deepEqual(seen, [[0, 1.5]]);
    assert.throws(() => amounts.get(3), RangeError);
});

test("an exception is no null even where the host marks it invalid", () => {
    const marks = { valid: Uint8Array.of(0b01), exceptional: Uint8Array.of(0b10), first: 40n };
    const view = new Integers(new BigInt64Array(2), marks);
    assert.deepEqual([...view.nulls()], []);
    assert.deepEqual([...view.exceptions()].map((index) => view.row(index)), [41n]);
    assert.equal(view.get(1), null);
});

test("nulls beyond the first byte, and none past the end", () => {
    const rows = Array.from({ length: 19 }, (_, index) => (index % 9 === 0 ? null : index));
    assert.deepEqual([...Integers.from(rows).nulls()], [0, 9, 18]);
});

test("every layout reads back", () => {
    const check = (view, expected) => assert.deepEqual([...view].map(([, value]) => value), expected);
    const [least, most] = [-(1n << 127n), (1n << 127n) - 1n];
    const wide = [-1n, null, most, least, 1n << 63n, -(1n << 63n), -(1n << 63n) - 1n, 1n << 64n];
    check(Decimals.from(wide), wide);
    check(Integers.from([1, -(2n ** 63n), null]), [1n, -(2n ** 63n), null]);
    check(Booleans.from([true, false, null]), [true, false, null]);
    check(Texts.from(["plain", null, ""]), ["plain", null, ""]);
    check(Texts.from(["é", null, "\ufeff", "a😀"]), ["é", null, "\ufeff", "a😀"]);
    check(Bytes.from([null, Uint8Array.of(255)]), [null, Uint8Array.of(255)]);
    const answers = [];
    Decimals.from(wide).scan((value) => (value < 0n ? "below" : undefined), (answer, index) => answers.push([answer, index]));
    assert.deepEqual(answers, [["below", 0], ["below", 3], ["below", 5], ["below", 6]]);
});

test("texts are written as UTF-8", () => {
    const texts = ["", "\u0000\u007f", "\u0080\u07ff", "\u0800\ud7ff\ue000\uffff", "\u{10000}\u{10ffff}", "a😀é€"];
    assert.deepEqual(Buffer.from(Texts.from(texts).values), Buffer.from(texts.join("")));
});

test("what does not fit is refused", () => {
    assert.throws(() => Integers.from([2n ** 63n]), RangeError);
    assert.throws(() => Integers.from([0.5]), TypeError);
    assert.throws(() => Integers.from(["1"]), TypeError);
    assert.throws(() => Integers.from([undefined]), TypeError);
    assert.throws(() => Floats.from(["1"]), TypeError);
    assert.throws(() => Decimals.from([1n << 127n]), RangeError);
    assert.throws(() => Texts.from(["\ud800"]), RangeError);
    assert.throws(() => Bytes.from(["a"]), TypeError);
});

test("damaged columns are refused", () => {
    const texts = (offsets, bytes) => new Texts(Uint32Array.from(offsets), Uint8Array.from(bytes));
    assert.throws(() => new Integers(new BigInt64Array(9), { valid: Uint8Array.of(255) }), /bitmap/);
    assert.throws(() => texts([0, 2, 1], [0]), /backwards/);
    assert.throws(() => texts([0, 2], [0]), /elsewhere/);
    assert.throws(() => texts([], []), /elsewhere/);
    assert.throws(() => texts([0, 1], [0xff]).get(0), /UTF-8/);
    assert.throws(() => texts([0, 1, 2], [0xc3, 0xa9]).get(0), /UTF-8/);
    assert.throws(() => new Decimals(new Uint8Array(17)), /16 bytes/);
});

test("an exception does not leave a transform as a null", () => {
    const output = new Output(/** @type {any} */ ({}));
    assert.throws(() => output.floats(0, Floats.from([1, 2]).withException(1)), /refuse those rows/);
});

test("comparisons find what a loop finds", () => {
    const check = (view, limits) => {
        for (const limit of limits) {
            const found = (shows) => [...view].filter(([, value]) => value !== null && shows(value)).map(([index]) => index);
            assert.deepEqual([...view.below(limit)], found((value) => value < limit), `below ${limit}`);
            assert.deepEqual([...view.above(limit)], found((value) => value > limit), `above ${limit}`);
        }
    };
    const around = (numbers) => numbers.flatMap((number) => [number - 1n, number, number + 1n]);
    const ends = (bits) => [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
    const [least, most] = ends(64);
    const integers = [...around([0n, 1n << 32n, -(1n << 32n), 5n]), least, least + 1n, most, most - 1n, null, 7n];
    check(Integers.from(integers).withException(3), [...around([0n, 1n << 32n, -(1n << 32n), 5n, least, most]), 0, 2 ** 40]);
    const [lowest, highest] = ends(128);
    const decimals = [...integers, ...around([1n << 64n, -(1n << 64n), 1n << 96n]), lowest, highest];
    check(Decimals.from(decimals).withException(5), [...around([0n, least, most, 1n << 64n, -(1n << 96n), lowest, highest])]);

    const many = Array.from({ length: 3000 }, (_, index) => (index % 31 === 0 ? null : index % 1500));
    check(Floats.from(many).withException(40), [0, 1, 1499, 2000, -1, NaN, Infinity]);
    const odd = Floats.from([NaN, -0, 0, null, -Infinity, Infinity, 5e-324, NaN, -1, NaN]).withException(7);
    check(odd, [0, -0, 5e-324, -Infinity, Infinity, NaN]);
    assert.deepEqual([...odd.notNumbers()], [0, 9]);
    assert.deepEqual([...Floats.from(many).notNumbers()], []);
    const released = Floats.from([1]);
    released.release();
    assert.throws(() => released.below(2), /after the call/);
    // Also where it was asked before, and is looked at afterwards.
    for (const ask of [(view) => view.below(2), (view) => view.notNumbers(), (view) => view.nulls(), (view) => view.exceptions()]) {
        const kept = Floats.from([1, NaN, null, 0]);
        const indices = ask(kept);
        kept.release();
        assert.throws(() => [...indices], /after the call/);
    }
});
