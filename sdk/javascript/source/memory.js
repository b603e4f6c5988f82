/**
 * Gives memory back at once. The engine's collector comes late, when tens of megabytes of arrays have piled up, so the SDK
 * keeps what is as long as a batch in typed arrays, and empties them.
 */

/**
 * Empties arrays that nobody needs any more. Whoever still holds one finds it without elements.
 *
 * @param {...(ArrayBufferView | undefined)} arrays
 */
export function free(...arrays) {
    for (const array of arrays) {
        const buffer = /** @type {any} */ (array?.buffer);
        // Node 20, where tests run, has no `transfer`; there the collector is enough.
        if (buffer !== undefined && !buffer.detached) {
            buffer.transfer?.(0);
        }
    }
}

/**
 * A typed array that grows.
 *
 * @template {BigInt64Array | BigUint64Array | Float64Array | Uint32Array | Uint8Array} A
 */
export class Growing {
    /** @param {new (length: number) => A} kind */
    constructor(kind) {
        this.kind = kind;
        this.room = new kind(1024);
        this.length = 0;
    }

    /** @param {A[number]} value */
    push(value) {
        this.reserve(1);
        this.room[this.length] = value;
        this.length += 1;
    }

    /** @param {number} more */
    reserve(more) {
        const needed = this.length + more;
        if (needed > this.room.length) {
            const narrow = this.room;
            this.room = new this.kind(Math.max(needed, narrow.length * 2));
            this.room.set(/** @type {any} */ (narrow));
            free(narrow);
        }
    }

    /** What is in it, without a copy. */
    get values() {
        return /** @type {A} */ (this.room.subarray(0, this.length));
    }
}
