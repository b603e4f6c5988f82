/** A run of rows, read column by column. */

import { Column, Table } from "./column.js";
import { Lookup } from "./lookup.js";
import { Booleans, Bytes, Decimals, Floats, Integers, Presence, Texts } from "./view.js";

/**
 * The resource `batch` as the generated bindings hand it over.
 *
 * @typedef {object} Handle
 * @property {() => number} length
 * @property {() => bigint} firstRow
 * @property {() => HostColumn[]} columns
 * @property {(column: number) => Uint8Array | undefined} validity
 * @property {(column: number) => Uint8Array | undefined} exceptions
 * @property {(column: number) => BigInt64Array} integers
 * @property {(column: number) => Float64Array} floats
 * @property {(column: number) => Uint8Array} decimals
 * @property {(column: number) => [Uint32Array, Uint8Array]} bytes
 */

/**
 * @typedef {{ name: string, type: string, nullable: boolean, attributes: [string, string][] }} HostColumn
 */

/**
 * @callback Exists
 * @param {Handle} rows
 * @param {Uint16Array} columns
 * @param {string} target
 * @returns {Uint8Array}
 */

/**
 * Rows that the host holds. Nothing crosses until a column is asked for, and then the whole column in one piece: ask for
 * those that you use, once each. A column is named by its index, or by its role where that is bound to one column.
 */
export class Batch {
    #handle;
    #exists;
    #owned = false;
    /** @type {import("./view.js").View<any>[]} */
    #views = [];

    /**
     * @param {Handle} handle
     * @param {Table} table
     * @param {Exists} [exists]
     */
    constructor(handle, table, exists) {
        this.#handle = handle;
        this.#exists = exists;
        /** Number of rows. */
        this.length = handle.length();
        /** The number that the host gave the first row. */
        this.first = handle.firstRow();
        /** The columns, and what table they are of. */
        this.table = table;
    }

    /**
     * The number that the host knows a row by. A check of scope `table` may keep it and report it later: it stays valid
     * until `close`.
     *
     * @param {number} index
     */
    row(index) {
        return this.first + BigInt(index);
    }

    /**
     * The numbers of all rows, or of those at `indices`, one by one.
     *
     * @param {Iterable<number>} [indices]
     * @returns {Generator<bigint, void>}
     */
    *rows(indices = upTo(this.length)) {
        for (const index of indices) {
            yield this.row(index);
        }
    }

    /**
     * Integers, dates (days since 1970-01-01), times and timestamps (microseconds); booleans as 0 and 1.
     *
     * @param {number | string} column
     */
    integers(column) {
        const kinds = ["boolean", "integer", "date", "time", "timestamp"];
        const index = this.#expect(column, "integers", ({ kind }) => kinds.includes(kind));
        return this.#view(index, (marks) => new Integers(this.#handle.integers(index), marks));
    }

    /**
     * Booleans.
     *
     * @param {number | string} column
     */
    booleans(column) {
        const index = this.#expect(column, "booleans", ({ kind }) => kind === "boolean");
        return this.#view(index, (marks) => new Booleans(this.#handle.integers(index), marks));
    }

    /**
     * Floats.
     *
     * @param {number | string} column
     */
    floats(column) {
        const index = this.#expect(column, "floats", ({ kind }) => kind === "float");
        return this.#view(index, (marks) => new Floats(this.#handle.floats(index), marks));
    }

    /**
     * Decimals of at most 38 digits as whole numbers, × 10^`scale` of the column.
     *
     * @param {number | string} column
     */
    decimals(column) {
        const index = this.#expect(column, "decimals of at most 38 digits", ({ isFixedPoint }) => isFixedPoint);
        return this.#view(index, (marks) => new Decimals(this.#handle.decimals(index), marks));
    }

    /**
     * Text, UUIDs, JSON; wider or unbounded decimals; types that this SDK does not know.
     *
     * @param {number | string} column
     */
    texts(column) {
        const kinds = ["text", "uuid", "json", "other"];
        const index = this.#expect(
            column,
            "text",
            ({ kind, isFixedPoint }) => kinds.includes(kind) || (kind === "decimal" && !isFixedPoint),
        );
        return this.#view(index, (marks) => new Texts(...this.#handle.bytes(index), marks));
    }

    /**
     * Bytes, or the bytes of a text.
     *
     * @param {number | string} column
     */
    bytes(column) {
        const kinds = ["bytes", "text", "uuid", "json", "other"];
        const index = this.#expect(column, "bytes", ({ kind }) => kinds.includes(kind));
        return this.#view(index, (marks) => new Bytes(...this.#handle.bytes(index), marks));
    }

    /**
     * Which rows are null or exceptions, without a value: for columns of any type.
     *
     * @param {number | string} column
     */
    presence(column) {
        const index = this.#expect(column, "presence", () => true);
        return this.#view(index, (marks) => new Presence(this.length, marks));
    }

    /**
     * Which rows' values of `columns` exist in the target that the configuration binds to `target`.
     *
     * @param {Iterable<number>} columns
     * @param {string} target A lookup that the manifest declares.
     */
    lookup(columns, target) {
        if (this.#exists === undefined) {
            throw new Error(`nothing can be looked up: the manifest has no \`[lookups.${target}]\``);
        }
        return new Lookup(this.#exists(this.#handle, Uint16Array.from(columns), target), this.length);
    }

    /**
     * Gives the memory of all columns back, and the rows of an answer to the host. The SDK calls it when a call of the plugin
     * ends; a probe that asks for many answers calls it on those that it has read.
     */
    release() {
        for (const view of this.#views.splice(0)) {
            view.release();
        }
        if (this.#owned) {
            this.#owned = false;
            /** @type {any} */ (this.#handle)[Symbol.dispose ?? Symbol.for("dispose")]();
        }
    }

    /**
     * The answer to a statement: it carries its own columns, and is to be given back.
     *
     * @param {Handle} handle
     * @param {string} statement
     */
    static owned(handle, statement) {
        const batch = new Batch(handle, tableOf(statement, handle.columns()));
        batch.#owned = true;
        return batch;
    }

    /**
     * @param {number | string} column
     * @param {string} wanted
     * @param {(column: Column) => boolean} fits
     */
    #expect(column, wanted, fits) {
        const index = typeof column === "string" ? this.table.column(column) : column;
        const found = this.table.columns[index];
        if (found === undefined) {
            throw new Error(`column ${index} is not there, and was read as ${wanted}`);
        }
        if (!fits(found)) {
            throw new Error(`column ${index} is ${found.type} (role \`${found.role}\`), not ${wanted}`);
        }
        return index;
    }

    /**
     * @template {import("./view.js").View<any>} V
     * @param {number} index
     * @param {(marks: import("./view.js").Marks) => V} make
     */
    #view(index, make) {
        const valid = this.#handle.validity(index);
        const exceptional = this.#handle.exceptions(index);
        const view = make({ valid, exceptional, first: this.first });
        if (view.length !== this.length) {
            throw new Error(`column ${index} has not as many rows as its batch`);
        }
        this.#views.push(view);
        return view;
    }
}

/**
 * The host's columns as a plugin sees them.
 *
 * @param {string} name
 * @param {HostColumn[]} columns
 */
export function tableOf(name, columns) {
    return new Table(
        name,
        columns.map(({ name, type, nullable, attributes }) => new Column(name, type, nullable, attributes)),
    );
}

/** @param {number} length */
function* upTo(length) {
    for (let index = 0; index < length; index++) {
        yield index;
    }
}
