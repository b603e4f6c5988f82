/**
 * Write plugins for Limosa: `plugin.js` exports one class or function by default, and the SDK does the rest.
 *
 * A check in full; with a `plugin.toml` beside it, `sdk/javascript/build` makes it a component:
 *
 * ```js
 * export default class Negative {
 *     inspect(batch, findings) {
 *         batch.floats("amount").forEach((amount, index) => {
 *             if (amount < 0) {
 *                 findings.report("negative", batch.row(index));
 *             }
 *         });
 *     }
 * }
 * ```
 *
 * The logic is best kept in functions over the column views ({@link Floats}, {@link Texts} …): those can be made from
 * plain values with `from`, and tested with Node alone.
 */

export { Batch } from "./batch.js";
export * as calendar from "./calendar.js";
export { Column, Table } from "./column.js";
export * as decimal from "./decimal.js";
export { Digits, Misfit } from "./decimal.js";
export { Findings } from "./findings.js";
export * as log from "./log.js";
export { Lookup } from "./lookup.js";
export { Output } from "./output.js";
export { Queries } from "./query.js";
export { Settings } from "./settings.js";
export { Booleans, Bytes, Decimals, Floats, Integers, Presence, Texts, View } from "./view.js";

/**
 * What the class of a check makes. Its constructor is called once, before the first batch, with the table and the
 * settings: read settings there, look at the columns, and throw where they make no sense.
 *
 * @typedef {object} Check
 * @property {(batch: import("./batch.js").Batch, findings: import("./findings.js").Findings) => void} inspect
 *   For each batch; in key order where the manifest's scope is `table`, in any order where it is `row`.
 * @property {(findings: import("./findings.js").Findings) => void} [close]
 *   Once, after the last batch: report what only the whole table shows.
 */

/**
 * What the class of a transform makes. Its constructor is called once, with the table and the settings.
 *
 * @typedef {object} Transform
 * @property {import("./column.js").Column[]} outputs
 *   The columns that come out, in order. Read once, after the constructor.
 * @property {(batch: import("./batch.js").Batch, output: import("./output.js").Output) => void} apply
 *   For each batch, in any order; a changed row may come again alone at any time, so keep nothing between calls.
 *   Every column of the output is set once; every row comes out or is refused.
 */

/**
 * The function that is a probe. Called once; rows of an answer are reported like rows of a batch.
 *
 * @typedef {(settings: import("./settings.js").Settings, queries: import("./query.js").Queries,
 *   findings: import("./findings.js").Findings) => void} Probe
 */
