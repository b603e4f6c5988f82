/** Finds amounts below a minimum, compared exactly. */

import { Digits } from "limosa-sdk";

const NEGATIVE = "negative";
const NOT_A_NUMBER = "not-a-number";
const UNREADABLE = "unreadable";

/** @implements {Check} */
export default class NegativeAmounts {
    /**
     * @param {Table} table
     * @param {Settings} settings
     */
    constructor(table, settings) {
        this.judge = judgeOf(table.columns[table.column("amount")], settings.number("minimum"));
    }

    /**
     * @param {Batch} batch
     * @param {Findings} findings
     */
    inspect(batch, findings) {
        this.judge(batch, findings);
    }
}

/**
 * Puts the minimum into the form that the column's values are compared with: one comparison a row, no rounding.
 *
 * @param {Column} column
 * @param {Digits} minimum
 * @returns {(batch: Batch, findings: Findings) => void}
 */
function judgeOf(column, minimum) {
    if (column.kind === "integer") {
        const least = minimum.ceiling(0);
        return (batch, findings) => whole(batch.integers("amount"), least, batch, findings);
    }
    if (column.kind === "float") {
        // The float nearest to the minimum: a stored 0.3 is not below 0.3, though both stand for a little less.
        const least = minimum.toNumber();
        return (batch, findings) => floats(batch.floats("amount"), least, batch, findings);
    }
    if (column.isFixedPoint) {
        const least = minimum.ceiling(column.scale ?? 0);
        return (batch, findings) => whole(batch.decimals("amount"), least, batch, findings);
    }
    const judge = judgeText(minimum);
    return (batch, findings) => findings.judge(batch.texts("amount"), UNREADABLE, judge);
}

/**
 * Integers, and decimals × 10^scale.
 *
 * @param {Integers | Decimals} amounts
 * @param {bigint} least The smallest whole number that is not below the minimum.
 * @param {Batch} batch
 * @param {Findings} findings
 */
function whole(amounts, least, batch, findings) {
    findings.reportAll(NEGATIVE, batch.rows(amounts.below(least)));
    findings.reportAll(UNREADABLE, batch.rows(amounts.exceptions()));
}

/**
 * @param {Floats} amounts
 * @param {number} least
 * @param {Batch} batch
 * @param {Findings} findings
 */
function floats(amounts, least, batch, findings) {
    findings.reportAll(NEGATIVE, batch.rows(amounts.below(least)));
    findings.reportAll(NOT_A_NUMBER, batch.rows(amounts.notNumbers()));
    findings.reportAll(UNREADABLE, batch.rows(amounts.exceptions()));
}

/** @param {Digits} minimum For decimals too wide for 16 bytes: those come as text. */
export function judgeText(minimum) {
    return (/** @type {string} */ text) => {
        const amount = Digits.parse(text);
        if (amount !== undefined) {
            return amount.compare(minimum) < 0 ? NEGATIVE : undefined;
        }
        return text.toLowerCase() === "nan" ? NOT_A_NUMBER : UNREADABLE;
    };
}

/**
 * @typedef {import("limosa-sdk").Batch} Batch
 * @typedef {import("limosa-sdk").Check} Check
 * @typedef {import("limosa-sdk").Column} Column
 * @typedef {import("limosa-sdk").Decimals} Decimals
 * @typedef {import("limosa-sdk").Findings} Findings
 * @typedef {import("limosa-sdk").Floats} Floats
 * @typedef {import("limosa-sdk").Integers} Integers
 * @typedef {import("limosa-sdk").Settings} Settings
 * @typedef {import("limosa-sdk").Table} Table
 */
