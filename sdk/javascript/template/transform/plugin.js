/** The transform {{name}}: takes the blanks from the ends of texts. */

/** @implements {Transform} */
export default class Plugin {
    /**
     * Once.
     *
     * @param {Table} table
     * @param {Settings} settings
     */
    constructor(table, settings) {
        this.start = settings.boolean("start");
        // What comes out: the same column. Another would be `new Column("value", "text")` or `Column.decimal("value", 12, 2)`.
        this.outputs = [table.columns[table.column("value")]];
    }

    /**
     * For each batch, in any order: nothing may be kept from one to the next.
     *
     * @param {Batch} batch
     * @param {Output} output
     */
    apply(batch, output) {
        const texts = batch.texts("value");
        for (const index of texts.exceptions()) {
            output.refuse("unreadable", index);
        }
        output.texts(0, this.trimmed(texts));
    }

    /**
     * One by one: an array of them all would stay in memory until the engine looks for garbage.
     *
     * @param {Texts} texts
     */
    *trimmed(texts) {
        for (const [index, text] of texts) {
            if (!texts.isException(index)) {
                yield text === null ? null : trim(text, this.start);
            }
        }
    }
}

/**
 * @param {string} text
 * @param {boolean} start
 */
export function trim(text, start) {
    return start ? text.trim() : text.trimEnd();
}

/**
 * @typedef {import("limosa-sdk").Batch} Batch
 * @typedef {import("limosa-sdk").Output} Output
 * @typedef {import("limosa-sdk").Settings} Settings
 * @typedef {import("limosa-sdk").Table} Table
 * @typedef {import("limosa-sdk").Texts} Texts
 * @typedef {import("limosa-sdk").Transform} Transform
 */
