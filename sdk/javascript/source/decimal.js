/** Decimals out of text and floats, exactly or not at all. */

/** Digits that 16 bytes surely hold. */
const MAX_PRECISION = 38;

/** The ends of 16 bytes. */
const LEAST = -(1n << 127n);
const MOST = (1n << 127n) - 1n;

const ZERO = "0".charCodeAt(0);

const NUMBER = /^([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** @typedef {"not-a-number" | "inexact" | "out-of-range"} Reason */

/**
 * Why a number is no decimal of the wanted precision and scale: `not-a-number` where it is not
 * `[+-]digits[.digits][e[+-]digits]`, or NaN or infinite; `inexact` where it has more digits after the point;
 * `out-of-range` where it has more before it.
 */
export class Misfit {
    /** @param {Reason} reason */
    constructor(reason) {
        this.reason = reason;
    }
}

/**
 * A decimal text in parts: ± 0.d₁d₂d₃… × 10^`point`, `digits` without zeros at either end.
 *
 * Compares by value, whatever the number of digits.
 */
export class Digits {
    // Plain properties: in this engine a private one costs a third of a microsecond each time.
    /**
     * @param {string} text What was read.
     * @param {boolean} negative False of zero.
     * @param {string} digits Empty for zero.
     * @param {number} point
     */
    constructor(text, negative, digits, point) {
        /** @readonly */
        this.text = text;
        /** @readonly */
        this.negative = negative;
        /** @readonly */
        this.digits = digits;
        /** @readonly */
        this.point = point;
    }

    /**
     * Reads `[+-]digits[.digits][e[+-]digits]` and nothing else: no space, no `.5`, no `inf`.
     *
     * @param {string} text
     */
    static parse(text) {
        const parts = NUMBER.exec(text);
        if (parts === null) {
            return undefined;
        }
        const exponent = parts[4] === undefined ? 0 : Number(parts[4]);
        // The bound is that of the SDK in Rust, so that both read the same texts.
        if (exponent < -(2 ** 31) || exponent >= 2 ** 31) {
            return undefined;
        }
        const whole = parts[2];
        const all = parts[3] === undefined ? whole : whole + parts[3];
        let start = 0;
        while (all.charCodeAt(start) === ZERO) {
            start += 1;
        }
        let end = all.length;
        while (end > start && all.charCodeAt(end - 1) === ZERO) {
            end -= 1;
        }
        const digits = all.slice(start, end);
        const zero = digits === "";
        return new Digits(text, parts[1] === "-" && !zero, digits, zero ? 0 : whole.length - start + exponent);
    }

    /** The text that was read. */
    toString() {
        return this.text;
    }

    /** The float nearest to it. */
    toNumber() {
        return Number(this.text);
    }

    /**
     * The number × 10^scale, if it is a whole number of at most `precision` (38) digits.
     *
     * @param {number} precision
     * @param {number} scale
     * @returns {bigint | Misfit}
     */
    unscaled(precision, scale) {
        const places = this.point + scale;
        if (this.digits === "") {
            return 0n;
        }
        if (places > Math.min(precision, MAX_PRECISION)) {
            return new Misfit("out-of-range");
        }
        const { magnitude, rest } = this.leading(places);
        if (rest) {
            return new Misfit("inexact");
        }
        return this.negative ? -magnitude : magnitude;
    }

    /**
     * The smallest whole number that is not below the number × 10^scale; the nearest end of 16 bytes past those.
     *
     * So `value < ceiling(scale)` says exactly whether a decimal of that scale is below the number.
     *
     * @param {number} scale
     */
    ceiling(scale) {
        const places = this.point + scale;
        if (places > MAX_PRECISION) {
            return this.negative ? LEAST : MOST;
        }
        const { magnitude, rest } = this.leading(places);
        return this.negative ? -magnitude : magnitude + (rest ? 1n : 0n);
    }

    /** How many digits stand after the point, not counting zeros at the end. */
    get decimals() {
        return Math.max(0, this.digits.length - this.point);
    }

    /**
     * Below zero where this number is less than the other, zero where they are equal, above where it is more.
     *
     * @param {Digits} other
     */
    compare(other) {
        if (this.negative !== other.negative) {
            return this.negative ? -1 : 1;
        }
        return this.negative ? other.compareMagnitude(this) : this.compareMagnitude(other);
    }

    /** @private @param {Digits} other */
    compareMagnitude(other) {
        if (this.digits === "" || other.digits === "") {
            return Math.sign(this.digits.length - other.digits.length);
        }
        if (this.point !== other.point) {
            return Math.sign(this.point - other.point);
        }
        // Neither has zeros at its end, so that the order of texts is the order of the numbers.
        return this.digits < other.digits ? -1 : this.digits > other.digits ? 1 : 0;
    }

    /**
     * The number made of the first `places` (at most 38) digits, and whether more follow.
     *
     * @private
     * @param {number} places
     */
    leading(places) {
        const kept = Math.max(0, places);
        const digits = this.digits.slice(0, kept).padEnd(kept, "0");
        return { magnitude: digits === "" ? 0n : BigInt(digits), rest: this.digits.length > kept };
    }
}

/**
 * The decimal that a text writes, × 10^scale, if it has at most `precision` digits and `scale` of them after the point.
 *
 * @param {string} text
 * @param {number} precision
 * @param {number} scale
 * @returns {bigint | Misfit}
 */
export function fromText(text, precision, scale) {
    return Digits.parse(text)?.unscaled(precision, scale) ?? new Misfit("not-a-number");
}

/**
 * A decimal of one scale in another precision and scale, if it fits; integers have scale 0.
 *
 * @param {bigint} unscaled
 * @param {number} from
 * @param {number} precision
 * @param {number} scale
 * @returns {bigint | Misfit}
 */
export function rescale(unscaled, from, precision, scale) {
    if (unscaled === 0n) {
        return 0n;
    }
    const shift = scale - from;
    if (shift >= POWERS.length) {
        return new Misfit("out-of-range");
    }
    if (shift <= -POWERS.length) {
        return new Misfit("inexact");
    }
    const value = shift >= 0 ? unscaled * POWERS[shift] : unscaled / POWERS[-shift];
    const limit = POWERS[Math.min(precision, MAX_PRECISION)];
    if (value >= limit || value <= -limit) {
        return new Misfit("out-of-range");
    }
    return shift < 0 && value * POWERS[-shift] !== unscaled ? new Misfit("inexact") : value;
}

/** 10^0 to 10^39: sixteen bytes hold no more digits. */
const POWERS = Array.from({ length: 40 }, (_, exponent) => 10n ** BigInt(exponent));

/**
 * The shortest decimal that names a float (what prints as `0.1` is 0.1), × 10^scale, if it fits. Both zeros are zero.
 *
 * @param {number} value
 * @param {number} precision
 * @param {number} scale
 * @returns {bigint | Misfit}
 */
export function fromFloat(value, precision, scale) {
    if (scale < FLOAT_POWERS.length) {
        const power = FLOAT_POWERS[scale];
        const scaled = Math.round(value * power);
        // Past the limit the slow way says which misfit it is; so it does for NaN.
        if (Math.abs(scaled) < FLOAT_POWERS[Math.min(precision, UNAMBIGUOUS_DIGITS)]) {
            // The power is exact up to 10^22, so the quotient is the float nearest to that decimal; and a decimal this short
            // that names the value is found: the product is off by far less than one half.
            return scaled / power === value ? BigInt(scaled) : new Misfit("inexact");
        }
    }
    // NaN and the infinities print as words, which are no numbers.
    return fromText(String(value), precision, scale);
}

/** Decimals of up to 15 digits and floats of 64 bits name each other without ambiguity. */
const UNAMBIGUOUS_DIGITS = 15;

/** The powers of ten that are floats. */
const FLOAT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * An unscaled decimal as text: 150n of scale 2 is `1.50`.
 *
 * @param {bigint} unscaled
 * @param {number} scale
 */
export function toText(unscaled, scale) {
    const sign = unscaled < 0n ? "-" : "";
    const digits = String(unscaled < 0n ? -unscaled : unscaled);
    if (scale <= 0) {
        return sign + (unscaled === 0n ? "0" : digits + "0".repeat(-scale));
    }
    const padded = digits.padStart(scale + 1, "0");
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
