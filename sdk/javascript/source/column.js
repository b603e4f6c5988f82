/** What a plugin knows of the columns it was given. */

/**
 * What a column holds. `other` is a type that this SDK does not know; it is read as text.
 *
 * @typedef {"boolean" | "integer" | "float" | "decimal" | "text" | "bytes" | "date" | "time" | "timestamp" | "uuid" |
 *   "json" | "other"} Kind
 */

/** @type {ReadonlySet<string>} */
const KINDS = new Set([
    "boolean",
    "integer",
    "float",
    "decimal",
    "text",
    "bytes",
    "date",
    "time",
    "timestamp",
    "uuid",
    "json",
]);

/** Digits that 16 bytes surely hold; wider decimals come as text. */
const FIXED_POINT_DIGITS = 38;

/** One column of a batch. */
export class Column {
    /**
     * @param {string} role The role of the manifest that it was bound to; for the output of a transform the column's name.
     * @param {string} type The name of its type: `integer`, `decimal`, `text` …
     * @param {boolean} nullable Whether nulls are expected.
     * @param {Iterable<[string, string]>} attributes What the type needs beyond its name: `precision` and `scale` of a
     *   decimal, `zone` of a timestamp.
     */
    constructor(role, type, nullable = true, attributes = []) {
        this.role = role;
        this.type = type;
        this.nullable = nullable;
        /** @type {ReadonlyMap<string, string>} */
        this.attributes = new Map(attributes);
    }

    /**
     * A decimal column of so many digits in all, and so many after the point.
     *
     * @param {string} role
     * @param {number} precision
     * @param {number} scale
     * @param {boolean} nullable
     */
    static decimal(role, precision, scale, nullable = true) {
        return new Column(role, "decimal", nullable, [
            ["precision", String(precision)],
            ["scale", String(scale)],
        ]);
    }

    /**
     * What it holds.
     *
     * @returns {Kind}
     */
    get kind() {
        return KINDS.has(this.type) ? /** @type {Kind} */ (this.type) : "other";
    }

    /** The most digits of a decimal; undefined where the type has no bound. */
    get precision() {
        return wholeNumber(this.attributes.get("precision"));
    }

    /** The digits after the point of a decimal; below zero where it counts tens, hundreds … */
    get scale() {
        return wholeNumber(this.attributes.get("scale"));
    }

    /** Whether its values are read by `decimals`. */
    get isFixedPoint() {
        const precision = this.precision;
        return this.kind === "decimal" && this.scale !== undefined && precision !== undefined && precision <= FIXED_POINT_DIGITS;
    }
}

/** The table that a plugin was bound to, as far as it may see it. */
export class Table {
    /**
     * @param {string} name Its name, for the plugin's own use.
     * @param {readonly Column[]} columns Its columns, in the order of the manifest's roles.
     */
    constructor(name, columns) {
        this.name = name;
        this.columns = columns;
    }

    /**
     * The index of the first column of a role.
     *
     * @param {string} role
     */
    column(role) {
        const [first] = this.role(role);
        if (first === undefined) {
            throw new Error(`no column is bound to the role \`${role}\``);
        }
        return first;
    }

    /**
     * The indices of all columns of a role.
     *
     * @param {string} role
     */
    role(role) {
        return [...this.columns.keys()].filter((index) => this.columns[index].role === role);
    }
}

/** @param {string | undefined} text */
function wholeNumber(text) {
    return text !== undefined && /^[+-]?[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}
