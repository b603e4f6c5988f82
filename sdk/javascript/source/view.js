/** One column with its nulls and its exceptions, to read or to hand back. */

import { bytesOf, clear, indices, isSet, set } from "./bits.js";
import * as compare from "./compare.js";
import { free, Growing } from "./memory.js";

/**
 * A column of a batch. Make one with `from` to hand it back, or to test.
 *
 * A row holds a value, or a null, or an *exception*: a stored value that does not fit the column's type (text in a
 * number column of SQLite, MySQL's day zero). An exception is no null, and not readable.
 *
 * A column of a batch is there until the call that the batch was handed to ends; then its memory is given back. Values that
 * were read stay, arrays do not.
 *
 * @template T
 */
export class View {
    // Plain properties: in this engine a private one costs a third of a microsecond each time.
    /**
     * @param {number} length
     * @param {Marks} marks
     */
    constructor(length, { valid, exceptional, first = 0n } = {}) {
        const bytes = bytesOf(length);
        for (const bits of [valid, exceptional]) {
            if (bits !== undefined && bits.length < bytes) {
                throw new Error("a bitmap is too short");
            }
        }
        /** Number of rows. */
        this.length = length;
        /** The number that the host gave the first row. */
        this.first = first;
        /** One bit a row, set where the value is not null; undefined without nulls. */
        this.valid = valid;
        /** One bit a row, set where the value does not fit the column's type; undefined where all fit. */
        this.exceptional = exceptional;
        /** One bit a row, set where a value can be read; undefined where all can: then a loop over `values` needs no question. */
        this.readable = both(valid, exceptional);
        /** @private */
        this.released = false;
    }

    /**
     * The value of a row by its index in the batch: null for a null or an exception.
     *
     * @param {number} index
     * @returns {T | null}
     */
    get(index) {
        this.expectHeld();
        if (!(index >= 0 && index < this.length)) {
            throw new RangeError(`row ${index} of a column of ${this.length} rows`);
        }
        return this.isReadable(index) ? this.read(index) : null;
    }

    /**
     * The value of a row, whatever nulls and exceptions say: of those, something of no meaning.
     *
     * @protected
     * @param {number} index
     * @returns {T}
     */
    read(index) {
        throw new Error(`a view of ${this.length} rows cannot read row ${index}`);
    }

    /**
     * Calls `visit` with every value that is there, and its index: nulls and exceptions are left out.
     *
     * @param {(value: T, index: number) => void} visit
     */
    forEach(visit) {
        this.scan(/** @type {any} */ (visit), () => {});
    }

    /**
     * Calls `judge` with every value that is there, and `found` with each answer that is not undefined, and its index. The
     * fastest way over a column that is not a loop over `values`.
     *
     * @template A
     * @param {(value: T, index: number) => A | undefined} judge
     * @param {(answer: A, index: number) => void} found
     */
    scan(judge, found) {
        this.expectHeld();
        const { length, readable } = this;
        for (let index = 0; index < length; index++) {
            // `isSet`, without its call.
            if (readable === undefined || (readable[index >> 3] >> (index & 7)) & 1) {
                const answer = judge(this.read(index), index);
                if (answer !== undefined) {
                    found(answer, index);
                }
            }
        }
    }

    /**
     * Every row as its index and its value, null for a null or an exception. Slower than `forEach`: it makes a pair for each row.
     *
     * @returns {IterableIterator<[number, T | null]>}
     */
    *[Symbol.iterator]() {
        this.expectHeld();
        for (let index = 0; index < this.length; index++) {
            yield [index, this.isReadable(index) ? this.read(index) : null];
        }
    }

    /**
     * The indices of the rows that hold a null, one by one.
     *
     * @returns {Generator<number, void>}
     */
    *nulls() {
        this.expectHeld();
        if (this.valid !== undefined) {
            for (const index of this.whileHeld(indices(this.valid, this.length, 0))) {
                if (!this.isException(index)) {
                    yield index;
                }
            }
        }
    }

    /**
     * The indices of the rows that hold a value which does not fit the column's type, one by one.
     *
     * @returns {Generator<number, void>}
     */
    *exceptions() {
        this.expectHeld();
        if (this.exceptional !== undefined) {
            yield* this.whileHeld(indices(this.exceptional, this.length, 1));
        }
    }

    /** Gives the memory of the column back. The SDK calls it. */
    release() {
        this.released = true;
        free(this.valid, this.exceptional, this.readable, ...this.arrays());
    }

    /**
     * The arrays that hold the values.
     *
     * @protected
     * @returns {ArrayBufferView[]}
     */
    arrays() {
        return [];
    }

    /** @protected */
    expectHeld() {
        if (this.released) {
            throw new Error("a column was read after the call that its batch was handed to: keep values, not columns");
        }
    }

    /**
     * Indices, as long as the column is held: afterwards its arrays hold something else.
     *
     * @protected
     * @param {Iterable<number>} indices
     * @returns {Generator<number, void>}
     */
    *whileHeld(indices) {
        this.expectHeld();
        for (const index of indices) {
            yield index;
            this.expectHeld();
        }
    }

    /** @param {number} index */
    isNull(index) {
        return this.valid !== undefined && !isSet(this.valid, index) && !this.isException(index);
    }

    /** @param {number} index */
    isException(index) {
        return this.exceptional !== undefined && isSet(this.exceptional, index);
    }

    /**
     * Whether a row holds a value that can be read.
     *
     * @param {number} index
     */
    isReadable(index) {
        return this.readable === undefined || isSet(this.readable, index);
    }

    /**
     * The number that the host knows a row by.
     *
     * @param {number} index
     */
    row(index) {
        return this.first + BigInt(index);
    }

    /**
     * Marks a row as an exception, for tests of what a plugin makes of it.
     *
     * @param {number} index
     */
    withException(index) {
        this.exceptional ??= new Uint8Array(bytesOf(this.length));
        set(this.exceptional, index);
        this.readable = both(this.valid, this.exceptional);
        return this;
    }
}

/**
 * What the host says of a column's rows beside their values.
 *
 * @typedef {object} Marks
 * @property {Uint8Array} [valid]
 * @property {Uint8Array} [exceptional]
 * @property {bigint} [first]
 */

/**
 * @param {Uint8Array | undefined} valid
 * @param {Uint8Array | undefined} exceptional
 */
function both(valid, exceptional) {
    if (exceptional === undefined) {
        return valid;
    }
    return exceptional.map((odd, byte) => (valid === undefined ? 0xff : valid[byte]) & ~odd);
}

/**
 * Values that lie in a typed array, one element a row.
 *
 * @template T
 * @template {ArrayLike<T>} A
 * @extends {View<T>}
 */
class Plain extends View {
    /**
     * @param {A} values
     * @param {Marks} [marks]
     */
    constructor(values, marks) {
        super(values.length, marks);
        /** All values as they lie, for loops that are in a hurry; nulls and exceptions read as something of no meaning. */
        this.values = values;
    }

    /** @override @protected */
    arrays() {
        return [/** @type {any} */ (this.values)];
    }

    /** @override @protected @param {number} index */
    read(index) {
        return this.values[index];
    }

    /**
     * The loop of `View`, with one call for each row instead of two.
     *
     * @override
     * @template A
     * @param {(value: T, index: number) => A | undefined} judge
     * @param {(answer: A, index: number) => void} found
     */
    scan(judge, found) {
        this.expectHeld();
        const { values, length, readable } = this;
        for (let index = 0; index < length; index++) {
            // `isSet`, without its call.
            if (readable === undefined || (readable[index >> 3] >> (index & 7)) & 1) {
                const answer = judge(values[index], index);
                if (answer !== undefined) {
                    found(answer, index);
                }
            }
        }
    }
}

/**
 * Integers, dates (days since 1970-01-01), times and timestamps (microseconds).
 *
 * @extends {Plain<bigint, BigInt64Array>}
 */
export class Integers extends Plain {
    /** @param {Iterable<bigint | number | null>} rows */
    static from(rows) {
        const { values, valid } = collect(BigInt64Array, rows, (value) => {
            if (typeof value === "number" && Number.isSafeInteger(value)) {
                return BigInt(value);
            }
            const integer = value === null ? 0n : expect("bigint", value);
            if (BigInt.asIntN(64, integer) !== integer) {
                throw new RangeError(`${integer} does not fit into 64 bits`);
            }
            return integer;
        });
        return new Integers(values, { valid });
    }

    /**
     * The indices of the rows whose value is less than the limit, one by one: nulls and exceptions are left out. Much faster than
     * a function for each value.
     *
     * @param {bigint | number} limit A whole number.
     */
    below(limit) {
        return this.beside(BigInt(limit), true);
    }

    /**
     * The indices of the rows whose value is greater than the limit, likewise.
     *
     * @param {bigint | number} limit A whole number.
     */
    above(limit) {
        return this.beside(BigInt(limit) + 1n, false);
    }

    /** @private @param {bigint} limit @param {boolean} below */
    beside(limit, below) {
        this.expectHeld();
        const words = new Int32Array(this.values.buffer, this.values.byteOffset, this.length * 2);
        return this.whileHeld(compare.wholes(words, 2, this.readable, limit, below));
    }
}

/**
 * Floats.
 *
 * @extends {Plain<number, Float64Array>}
 */
export class Floats extends Plain {
    /** @param {Iterable<number | null>} rows */
    static from(rows) {
        const { values, valid } = collect(Float64Array, rows, (value) => (value === null ? 0 : expect("number", value)));
        return new Floats(values, { valid });
    }

    /**
     * The indices of the rows whose value is less than the limit, one by one: nulls, exceptions and NaN are left out. Much faster
     * than a function for each value, or a loop.
     *
     * @param {number} limit
     */
    below(limit) {
        this.expectHeld();
        return this.whileHeld(compare.floats(this.values, this.readable, limit, false));
    }

    /**
     * The indices of the rows whose value is greater than the limit, likewise.
     *
     * @param {number} limit
     */
    above(limit) {
        this.expectHeld();
        return this.whileHeld(compare.floats(this.values, this.readable, limit, true));
    }

    /** The indices of the rows that hold NaN, which is neither below nor above anything, likewise. */
    notNumbers() {
        this.expectHeld();
        return this.whileHeld(compare.notNumbers(this.values, this.readable));
    }
}

/**
 * Booleans.
 *
 * @extends {View<boolean>}
 */
export class Booleans extends View {
    /**
     * @param {BigInt64Array} values 0 or 1.
     * @param {Marks} [marks]
     */
    constructor(values, marks) {
        super(values.length, marks);
        this.values = values;
    }

    /** @param {Iterable<boolean | null>} rows */
    static from(rows) {
        const { values, valid } = collect(BigInt64Array, rows, (value) => {
            return value !== null && expect("boolean", value) ? 1n : 0n;
        });
        return new Booleans(values, { valid });
    }

    /** @override @protected */
    arrays() {
        return [this.values];
    }

    /** @override @protected @param {number} index */
    read(index) {
        return this.values[index] !== 0n;
    }
}

/**
 * Decimals of at most 38 digits as whole numbers × 10^scale of the column: 1.50 of scale 2 is 150n.
 *
 * @extends {View<bigint>}
 */
export class Decimals extends View {
    /**
     * @param {Uint8Array} bytes 16 bytes a row, little-endian two's complement.
     * @param {Marks} [marks]
     */
    constructor(bytes, marks) {
        if (bytes.length % 16 !== 0) {
            throw new Error("its decimals are not of 16 bytes");
        }
        super(bytes.length / 16, marks);
        // A typed array of wider elements must begin at a multiple of their width.
        this.bytes = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
        /** Two halves of 64 bits a row, the low one first. */
        this.halves = new BigInt64Array(this.bytes.buffer, this.bytes.byteOffset, this.length * 2);
        /** The same bytes as four words a row. */
        this.words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, this.length * 4);
    }

    /** @param {Iterable<bigint | null>} rows */
    static from(rows) {
        const high = new Growing(BigInt64Array);
        const { values, valid } = collect(BigInt64Array, rows, (value) => {
            const decimal = value === null ? 0n : expect("bigint", value);
            if (BigInt.asIntN(128, decimal) !== decimal) {
                throw new RangeError(`${decimal} does not fit into 16 bytes`);
            }
            high.push(decimal >> 64n);
            return decimal;
        });
        const halves = new BigInt64Array(values.length * 2);
        for (let index = 0; index < values.length; index++) {
            halves[index * 2] = values[index];
            halves[index * 2 + 1] = high.room[index];
        }
        free(values, high.room);
        return new Decimals(new Uint8Array(halves.buffer), { valid });
    }

    /**
     * The indices of the rows whose value is less than the limit, one by one: nulls and exceptions are left out. Much faster than
     * a function for each value.
     *
     * @param {bigint | number} limit × 10^`scale`, as the values are.
     */
    below(limit) {
        this.expectHeld();
        return this.whileHeld(compare.wholes(this.words, 4, this.readable, BigInt(limit), true));
    }

    /**
     * The indices of the rows whose value is greater than the limit, likewise.
     *
     * @param {bigint | number} limit × 10^`scale`, as the values are.
     */
    above(limit) {
        this.expectHeld();
        return this.whileHeld(compare.wholes(this.words, 4, this.readable, BigInt(limit) + 1n, false));
    }

    /** @override @protected */
    arrays() {
        return [this.bytes];
    }

    /** @override @protected @param {number} index */
    read(index) {
        return decimal(this.halves, this.words, index);
    }

    /**
     * The loop of `View` with what `read` needs at hand.
     *
     * @override
     * @template A
     * @param {(value: bigint, index: number) => A | undefined} judge
     * @param {(answer: A, index: number) => void} found
     */
    scan(judge, found) {
        this.expectHeld();
        const { length, readable, halves, words } = this;
        for (let index = 0; index < length; index++) {
            // `isSet`, without its call.
            if (readable === undefined || (readable[index >> 3] >> (index & 7)) & 1) {
                const answer = judge(decimal(halves, words, index), index);
                if (answer !== undefined) {
                    found(answer, index);
                }
            }
        }
    }
}

/**
 * @param {BigInt64Array} halves
 * @param {Int32Array} words
 * @param {number} index
 */
function decimal(halves, words, index) {
    const low = halves[index * 2];
    const sign = words[index * 4 + 1] >> 31;
    // Most decimals fit into 8 bytes; putting two halves together costs several times as much as reading one.
    if (words[index * 4 + 2] === sign && words[index * 4 + 3] === sign) {
        return low;
    }
    return (halves[index * 2 + 1] << 64n) | BigInt.asUintN(64, low);
}

/**
 * Runs of bytes.
 *
 * @extends {View<Uint8Array>}
 */
export class Bytes extends View {
    /**
     * @param {Uint32Array} offsets One more than there are rows: row `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`.
     * @param {Uint8Array} values
     * @param {Marks} [marks]
     */
    constructor(offsets, values, marks) {
        expectOffsets(offsets, values);
        super(offsets.length - 1, marks);
        this.offsets = offsets;
        this.values = values;
    }

    /** @param {Iterable<Uint8Array | null>} rows */
    static from(rows) {
        const packed = new Growing(Uint8Array);
        const { offsets, valid } = pack(packed, rows, (value) => {
            if (!(value instanceof Uint8Array)) {
                throw new TypeError("bytes are given as a Uint8Array");
            }
            packed.reserve(value.length);
            packed.room.set(value, packed.length);
            return value.length;
        });
        return new Bytes(offsets, packed.values, { valid });
    }

    /** @override @protected */
    arrays() {
        return [this.offsets, this.values];
    }

    /** @override @protected @param {number} index */
    read(index) {
        // A copy, so that a value may be kept when the column is gone.
        return this.values.slice(this.offsets[index], this.offsets[index + 1]);
    }
}

/**
 * Text, UUIDs, JSON, and decimals that are wider than 38 digits.
 *
 * @extends {View<string>}
 */
export class Texts extends View {
    /**
     * @param {Uint32Array} offsets As of {@link Bytes}.
     * @param {Uint8Array} values UTF-8.
     * @param {Marks} [marks]
     */
    constructor(offsets, values, marks) {
        expectOffsets(offsets, values);
        super(offsets.length - 1, marks);
        this.offsets = offsets;
        this.values = values;
    }

    /** @param {Iterable<string | null>} rows */
    static from(rows) {
        const packed = new Growing(Uint8Array);
        const { offsets, valid } = pack(packed, rows, (value) => {
            const text = expect("string", value);
            // Half a surrogate pair has no encoding.
            if (!text.isWellFormed()) {
                throw new RangeError("a text with half a surrogate pair cannot be written as UTF-8");
            }
            // No character of one unit takes more than three bytes.
            packed.reserve(text.length * 3);
            return encode(text, packed.room, packed.length);
        });
        return new Texts(offsets, packed.values, { valid });
    }

    /** @override @protected */
    arrays() {
        return [this.offsets, this.values];
    }

    /** @override @protected @param {number} index */
    read(index) {
        // Row by row: one text of the whole column, to be cut up, is no faster, and is garbage that stays for long.
        return decode(this.values.subarray(this.offsets[index], this.offsets[index + 1]));
    }
}

/**
 * Which rows are null or exceptions, without a value: for columns of any type.
 *
 * @extends {View<true>}
 */
export class Presence extends View {
    /** @override @protected @returns {true} */
    read() {
        return true;
    }
}

/** A mark of byte order at the start is part of the text, and text that is no UTF-8 must not pass as something else. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes */
function decode(bytes) {
    try {
        return DECODER.decode(bytes);
    } catch {
        throw new Error("its text is not UTF-8");
    }
}

/**
 * Writes a text as UTF-8 into `bytes`, and says how many there are. By hand: the engine's own encoder loses some memory with
 * each call, which over millions of rows adds up.
 *
 * @param {string} text
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function encode(text, bytes, start) {
    let place = start;
    for (let unit = 0; unit < text.length; unit++) {
        const code = text.charCodeAt(unit);
        if (code < 0x80) {
            bytes[place++] = code;
        } else if (code < 0x800) {
            bytes[place++] = 0xc0 | (code >> 6);
            bytes[place++] = 0x80 | (code & 0x3f);
        } else if (code < 0xd800 || code > 0xdfff) {
            bytes[place++] = 0xe0 | (code >> 12);
            bytes[place++] = 0x80 | ((code >> 6) & 0x3f);
            bytes[place++] = 0x80 | (code & 0x3f);
        } else {
            const point = /** @type {number} */ (text.codePointAt(unit));
            unit += 1;
            bytes[place++] = 0xf0 | (point >> 18);
            bytes[place++] = 0x80 | ((point >> 12) & 0x3f);
            bytes[place++] = 0x80 | ((point >> 6) & 0x3f);
            bytes[place++] = 0x80 | (point & 0x3f);
        }
    }
    return place - start;
}

/**
 * @param {Uint32Array} offsets
 * @param {Uint8Array} values
 */
function expectOffsets(offsets, values) {
    for (let index = 1; index < offsets.length; index++) {
        if (offsets[index] < offsets[index - 1]) {
            throw new Error("offsets run backwards");
        }
    }
    if (offsets[offsets.length - 1] !== values.length) {
        throw new Error("offsets end elsewhere than the bytes");
    }
}

/**
 * Collects values and, once there is a null, the bitmap.
 *
 * @template T
 * @template {BigInt64Array | Float64Array | Uint32Array} A
 * @param {new (length: number) => A} kind
 * @param {Iterable<T | null>} rows
 * @param {(value: T | null) => A[number]} convert Says also what stands where a null is.
 */
function collect(kind, rows, convert) {
    const values = new Growing(kind);
    const nulls = new Growing(Uint32Array);
    for (const row of rows) {
        if (row === undefined) {
            throw new TypeError("a row without a value is null, not undefined");
        }
        if (row === null) {
            nulls.push(values.length);
        }
        values.push(convert(row));
    }
    let valid;
    if (nulls.length > 0) {
        valid = new Uint8Array(bytesOf(values.length)).fill(0xff);
        for (let index = 0; index < nulls.length; index++) {
            clear(valid, nulls.room[index]);
        }
    }
    free(nulls.room);
    return { values: values.values, valid };
}

/**
 * Collects values that lie one behind the other in `packed`.
 *
 * @template T
 * @param {Growing<Uint8Array>} packed
 * @param {Iterable<T | null>} rows
 * @param {(value: T) => number} put Writes a value behind those that are there, and says in how many bytes.
 */
function pack(packed, rows, put) {
    const { values: ends, valid } = collect(Uint32Array, rows, (value) => {
        packed.length += value === null ? 0 : put(value);
        return packed.length;
    });
    const offsets = new Uint32Array(ends.length + 1);
    offsets.set(ends, 1);
    free(ends);
    return { offsets, valid };
}

/** @typedef {{ bigint: bigint, boolean: boolean, number: number, string: string }} Primitives */

/**
 * A value of the wrong type would be converted without a word by a typed array.
 *
 * @template {keyof Primitives} K
 * @param {K} type
 * @param {unknown} value
 * @returns {Primitives[K]}
 */
function expect(type, value) {
    if (typeof value !== type) {
        throw new TypeError(`a ${type} was expected, and a ${typeof value} was given`);
    }
    return /** @type {any} */ (value);
}
