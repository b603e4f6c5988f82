/** The rows that a transform hands back. */

import { free, Growing } from "./memory.js";
import { Booleans, Bytes, Decimals, Floats, Integers, Texts } from "./view.js";

/**
 * The resource `builder` as the generated bindings hand it over.
 *
 * @typedef {object} Builder
 * @property {(rows: Uint32Array) => void} origins
 * @property {(output: number, input: number) => void} keep
 * @property {(output: number, values: BigInt64Array, validity: Uint8Array | undefined) => void} integers
 * @property {(output: number, values: Float64Array, validity: Uint8Array | undefined) => void} floats
 * @property {(output: number, values: Uint8Array, validity: Uint8Array | undefined) => void} decimals
 * @property {(output: number, offsets: Uint32Array, values: Uint8Array, validity: Uint8Array | undefined) => void} bytes
 * @property {(rows: Uint32Array, code: string) => void} refuse
 */

/**
 * Collects the rows that replace one batch.
 *
 * Without `origins`, a column has one row for each row of the batch that was not refused. A setter takes a view, or
 * anything that gives the values one by one, null for a null.
 */
export class Output {
    #builder;
    /** @type {Map<string, Growing<Uint32Array>>} */
    #refused = new Map();

    /** @param {Builder} builder */
    constructor(builder) {
        this.#builder = builder;
    }

    /**
     * Which row each row of the output comes from, as indices in the batch; ascending.
     *
     * @param {Iterable<number>} indices
     */
    origins(indices) {
        this.#builder.origins(Uint32Array.from(indices));
    }

    /**
     * The column `output` is the column `input` of the batch, untouched; its values never cross.
     *
     * @param {number} output
     * @param {number} input
     */
    keep(output, input) {
        this.#builder.keep(output, input);
    }

    /**
     * Integers, dates, times, timestamps.
     *
     * @param {number} column
     * @param {Integers | Iterable<bigint | number | null>} values
     */
    integers(column, values) {
        this.#set(column, values instanceof Integers ? values : Integers.from(values), values, (view) => {
            this.#builder.integers(column, view.values, view.valid);
        });
    }

    /**
     * Booleans.
     *
     * @param {number} column
     * @param {Booleans | Iterable<boolean | null>} values
     */
    booleans(column, values) {
        this.#set(column, values instanceof Booleans ? values : Booleans.from(values), values, (view) => {
            this.#builder.integers(column, view.values, view.valid);
        });
    }

    /**
     * Floats.
     *
     * @param {number} column
     * @param {Floats | Iterable<number | null>} values
     */
    floats(column, values) {
        this.#set(column, values instanceof Floats ? values : Floats.from(values), values, (view) => {
            this.#builder.floats(column, view.values, view.valid);
        });
    }

    /**
     * Decimals as whole numbers, × 10^scale of the output column.
     *
     * @param {number} column
     * @param {Decimals | Iterable<bigint | null>} values
     */
    decimals(column, values) {
        this.#set(column, values instanceof Decimals ? values : Decimals.from(values), values, (view) => {
            this.#builder.decimals(column, view.bytes, view.valid);
        });
    }

    /**
     * Text, UUIDs, JSON, decimals over 38 digits.
     *
     * @param {number} column
     * @param {Texts | Iterable<string | null>} values
     */
    texts(column, values) {
        this.#set(column, values instanceof Texts ? values : Texts.from(values), values, (view) => {
            this.#builder.bytes(column, view.offsets, view.values, view.valid);
        });
    }

    /**
     * Bytes.
     *
     * @param {number} column
     * @param {Bytes | Iterable<Uint8Array | null>} values
     */
    bytes(column, values) {
        this.#set(column, values instanceof Bytes ? values : Bytes.from(values), values, (view) => {
            this.#builder.bytes(column, view.offsets, view.values, view.valid);
        });
    }

    /**
     * This row cannot be carried, for the reason that the manifest declares under `code`.
     *
     * @param {string} code
     * @param {number} index Its index in the batch.
     */
    refuse(code, index) {
        let rows = this.#refused.get(code);
        if (rows === undefined) {
            rows = new Growing(Uint32Array);
            this.#refused.set(code, rows);
        }
        rows.push(index);
    }

    /** Hands over what was refused. The SDK calls it. */
    flush() {
        for (const [code, rows] of this.#refused) {
            this.#builder.refuse(rows.values, code);
            free(rows.room);
        }
        this.#refused.clear();
    }

    /**
     * @template {import("./view.js").View<any>} V
     * @param {number} column
     * @param {V} view
     * @param {unknown} given
     * @param {(view: V) => void} hand
     */
    #set(column, view, given, hand) {
        // An exception has no value that could be handed back, and must not become a null on its way.
        if (view.exceptions().next().done !== true) {
            throw new Error(
                `output column ${column} holds values that do not fit their type: refuse those rows, or keep the column`,
            );
        }
        hand(view);
        // A view that the plugin made is the plugin's.
        if (view !== given) {
            view.release();
        }
    }
}
