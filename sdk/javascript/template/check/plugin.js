/** The check {{name}}: finds texts that are too long. */

/** @implements {Check} */
export default class Plugin {
    /**
     * Once, before the first batch.
     *
     * @param {Table} table
     * @param {Settings} settings
     */
    constructor(table, settings) {
        this.longest = settings.integer("longest");
    }

    /**
     * For each batch.
     *
     * @param {Batch} batch
     * @param {Findings} findings
     */
    inspect(batch, findings) {
        // Nulls are no texts and are passed over; values that are no text at all go under `unreadable`.
        findings.judge(batch.texts("value"), "unreadable", (text) => (isLonger(text, this.longest) ? "too-long" : undefined));
    }
}

/**
 * @param {string} text
 * @param {number} longest
 */
export function isLonger(text, longest) {
    // `length` counts some characters twice, such as most emoji; it is never less than their number.
    return text.length > longest && [...text].length > longest;
}

/**
 * @typedef {import("limosa-sdk").Batch} Batch
 * @typedef {import("limosa-sdk").Check} Check
 * @typedef {import("limosa-sdk").Findings} Findings
 * @typedef {import("limosa-sdk").Settings} Settings
 * @typedef {import("limosa-sdk").Table} Table
 */
