/** What a check or a probe has found, handed to the host in few calls. */

import { free, Growing } from "./memory.js";

/** Rows kept before they are handed over, so that no plugin runs out of memory by reporting. */
const BUFFERED_ROWS = 65_536;

/**
 * The interface `findings` as the generated bindings hand it over.
 *
 * @typedef {object} Reporter
 * @property {(code: string, rows: BigUint64Array) => void} report
 * @property {(code: string, more: bigint) => void} count
 */

/** Collects findings; the SDK hands them over after each call of the plugin. Without a host it keeps them, for tests. */
export class Findings {
    #reporter;
    /** @type {Map<string, Growing<BigUint64Array>>} */
    #codes = new Map();
    #buffered = 0;

    /** @param {Reporter} [reporter] */
    constructor(reporter) {
        this.#reporter = reporter;
    }

    /**
     * This row shows what the manifest declares under `code`.
     *
     * @param {string} code
     * @param {bigint} row The host's number: `batch.row(index)`.
     */
    report(code, row) {
        if (typeof row !== "bigint") {
            throw new TypeError("a row is reported by its number, `batch.row(index)`, not by its index");
        }
        let rows = this.#codes.get(code);
        if (rows === undefined) {
            rows = new Growing(BigUint64Array);
            this.#codes.set(code, rows);
        }
        rows.push(row);
        this.#buffered += 1;
        if (this.#buffered === BUFFERED_ROWS) {
            this.flush();
        }
    }

    /**
     * These rows show what the manifest declares under `code`.
     *
     * @param {string} code
     * @param {Iterable<bigint>} rows
     */
    reportAll(code, rows) {
        for (const row of rows) {
            this.report(code, row);
        }
    }

    /**
     * Judges every value of a column: `judge` answers with the code that a value shows, or with undefined. Values that do
     * not fit the column's type, which nobody can judge, are reported under `unreadable`.
     *
     * @template T
     * @param {import("./view.js").View<T>} column
     * @param {string} unreadable
     * @param {(value: T) => string | undefined} judge
     */
    judge(column, unreadable, judge) {
        column.scan(judge, (code, index) => this.report(code, column.row(index)));
        for (const index of column.exceptions()) {
            this.report(unreadable, column.row(index));
        }
    }

    /**
     * `more` further occurrences that no row stands for.
     *
     * @param {string} code
     * @param {bigint | number} more
     */
    count(code, more) {
        const occurrences = BigInt(more);
        if (occurrences < 0n) {
            throw new RangeError(`${more} further occurrences of \`${code}\``);
        }
        if (occurrences > 0n) {
            this.#reporter?.count(code, occurrences);
        }
    }

    /**
     * The numbers of the rows reported under a code, for tests; empty again once they were handed over.
     *
     * @param {string} code
     */
    reported(code) {
        return [...(this.#codes.get(code)?.values ?? [])];
    }

    /** Hands over what was collected. The SDK calls it. */
    flush() {
        this.#buffered = 0;
        if (this.#reporter === undefined) {
            return;
        }
        for (const [code, rows] of this.#codes) {
            this.#reporter.report(code, rows.values);
            free(rows.room);
        }
        this.#codes.clear();
    }
}
