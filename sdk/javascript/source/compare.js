/**
 * The rows of a column that are below or above a limit, without a call for each: what passes is passed over by the engine's own
 * loops where it has one, else by a plain loop over numbers. Loops stand in functions of their own, since one in a generator is
 * several times slower.
 */

import { isSet } from "./bits.js";

/** Floats that the engine looks at together: few enough to be handed to a function, and most of the time none of them is found. */
const BLOCK = 1024;

/**
 * The indices of floats below the limit, or above it.
 *
 * @param {Float64Array} values
 * @param {Uint8Array | undefined} readable One bit a row, set where there is a value.
 * @param {number} limit
 * @param {boolean} above
 */
export function* floats(values, readable, limit, above) {
    const extreme = above ? Math.max : Math.min;
    const next = above ? nextAbove : nextBelow;
    for (let start = 0; start < values.length; start += BLOCK) {
        const block = values.subarray(start, start + BLOCK);
        // NaN where one of them is NaN: then each is looked at.
        const farthest = extreme.apply(undefined, /** @type {any} */ (block));
        if (above ? farthest <= limit : farthest >= limit) {
            continue;
        }
        for (let place = next(block, limit, 0); place < block.length; place = next(block, limit, place + 1)) {
            if (readable === undefined || isSet(readable, start + place)) {
                yield start + place;
            }
        }
    }
}

/**
 * The indices of floats that are NaN.
 *
 * @param {Float64Array} values
 * @param {Uint8Array | undefined} readable
 */
export function* notNumbers(values, readable) {
    // The engine's own loop says whether there is one; seldom is one to be found.
    if (values.includes(NaN)) {
        for (let index = 0; index < values.length; index++) {
            if (Number.isNaN(values[index]) && (readable === undefined || isSet(readable, index))) {
                yield index;
            }
        }
    }
}

/**
 * The indices of whole numbers that are below the limit, or of those that are not.
 *
 * @param {Int32Array} words Two's complement, `width` words a row, the lowest first.
 * @param {number} width
 * @param {Uint8Array | undefined} readable
 * @param {bigint} limit
 * @param {boolean} wanted Whether those below are wanted.
 */
export function* wholes(words, width, readable, limit, wanted) {
    const bounds = boundsOf(limit, width);
    const rows = words.length / width;
    // Words below the top one have no sign; to take it away from each would cost as much as all the rest.
    const lower = new Uint32Array(words.buffer, words.byteOffset, words.length);
    for (let index = 0; (index = nextWhole(words, lower, bounds, wanted, index)) < rows; index++) {
        if (readable === undefined || isSet(readable, index)) {
            yield index;
        }
    }
}

/**
 * The first place from `place` on whose value is below the limit, or the length.
 *
 * @param {Float64Array} values
 * @param {number} limit
 * @param {number} place
 */
function nextBelow(values, limit, place) {
    const length = values.length;
    while (place < length && !(values[place] < limit)) {
        place++;
    }
    return place;
}

/**
 * Likewise above the limit.
 *
 * @param {Float64Array} values
 * @param {number} limit
 * @param {number} place
 */
function nextAbove(values, limit, place) {
    const length = values.length;
    while (place < length && !(values[place] > limit)) {
        place++;
    }
    return place;
}

/**
 * A limit word by word, the lowest first; the top one, which has the sign, is infinite where all numbers of that width are on one side.
 *
 * @param {bigint} limit
 * @param {number} width
 */
function boundsOf(limit, width) {
    const bits = 32 * width;
    const bounds = Array.from({ length: width }, (_, word) => Number(BigInt.asUintN(32, limit >> BigInt(32 * word))));
    const inside = BigInt.asIntN(bits, limit) === limit;
    bounds[width - 1] = inside ? Number(limit >> BigInt(bits - 32)) : limit > 0n ? Infinity : -Infinity;
    return bounds;
}

/**
 * The first index from `index` on whose number is below the limit, or is not; or the number of rows.
 *
 * @param {Int32Array} words
 * @param {Uint32Array} lower The same words without a sign.
 * @param {number[]} bounds
 * @param {boolean} wanted
 * @param {number} index
 */
function nextWhole(words, lower, bounds, wanted, index) {
    const length = words.length;
    const width = bounds.length;
    const top = bounds[width - 1];
    const next = bounds[width - 2];
    for (let place = index * width + width - 1; place < length; place += width) {
        const word = words[place];
        let below = word < top;
        if (word === top) {
            // The first lower word that differs decides.
            let own = lower[place - 1];
            let bound = next;
            for (let rank = width - 3; rank >= 0 && own === bound; rank--) {
                own = lower[place - width + 1 + rank];
                bound = bounds[rank];
            }
            below = own < bound;
        }
        if (below === wanted) {
            return (place - width + 1) / width;
        }
    }
    return length / width;
}
