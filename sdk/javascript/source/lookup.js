/** Whether keys exist elsewhere. */

import { bytesOf, indices, isSet } from "./bits.js";

/** The answer to a lookup, row by row. A null key counts as existing. */
export class Lookup {
    #found;
    #length;

    /**
     * @param {Uint8Array} found
     * @param {number} length
     */
    constructor(found, length) {
        if (found.length < bytesOf(length)) {
            throw new Error("the answer to a lookup is too short");
        }
        this.#found = found;
        this.#length = length;
    }

    /**
     * Whether the key of a row exists.
     *
     * @param {number} index
     */
    exists(index) {
        return isSet(this.#found, index);
    }

    /** The indices of the rows whose key does not exist, one by one. */
    missing() {
        return indices(this.#found, this.#length, 0);
    }
}
