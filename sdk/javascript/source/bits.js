/** One bit a row, least significant bit of a byte first: how the interface says which rows are null, odd or found. */

/** @param {number} rows */
export function bytesOf(rows) {
    return Math.ceil(rows / 8);
}

/**
 * @param {Uint8Array} bits
 * @param {number} index
 */
export function isSet(bits, index) {
    return ((bits[index >> 3] >> (index & 7)) & 1) === 1;
}

/**
 * @param {Uint8Array} bits
 * @param {number} index
 */
export function set(bits, index) {
    bits[index >> 3] |= 1 << (index & 7);
}

/**
 * @param {Uint8Array} bits
 * @param {number} index
 */
export function clear(bits, index) {
    bits[index >> 3] &= ~(1 << (index & 7));
}

/**
 * The rows whose bit is `wanted` (0 or 1), ascending. Looks at eight rows at a time, as most bytes hold none.
 *
 * @param {Uint8Array} bits
 * @param {number} rows
 * @param {0 | 1} wanted
 */
export function* indices(bits, rows, wanted) {
    const flip = wanted === 1 ? 0 : 0xff;
    for (let byte = 0; byte * 8 < rows; byte++) {
        for (let rest = bits[byte] ^ flip; rest !== 0; rest &= rest - 1) {
            const index = byte * 8 + 31 - Math.clz32(rest & -rest);
            if (index < rows) {
                yield index;
            }
        }
    }
}
