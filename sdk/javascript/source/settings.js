/** The settings that the manifest declares, read as what they should be. */

import { Digits } from "./decimal.js";

/**
 * The values of the configuration, or the defaults of the manifest.
 *
 * Ask only for declared names: the host stops a plugin that asks for another.
 */
export class Settings {
    #get;

    /** @param {(name: string) => string | undefined} get */
    constructor(get) {
        this.#get = get;
    }

    /**
     * Settings for tests.
     *
     * @param {Record<string, string>} values
     */
    static from(values) {
        return new Settings((name) => values[name]);
    }

    /**
     * The value as it was given; undefined where it is optional and was not.
     *
     * @param {string} name
     */
    get(name) {
        return this.#get(name);
    }

    /**
     * The value as it was given.
     *
     * @param {string} name
     */
    text(name) {
        const value = this.get(name);
        if (value === undefined) {
            throw new Error(`the setting \`${name}\` is not given`);
        }
        return value;
    }

    /**
     * A number as it was written, digit by digit.
     *
     * @param {string} name
     */
    number(name) {
        return this.parsed(name, "a number", Digits.parse);
    }

    /**
     * A number as the float nearest to it.
     *
     * @param {string} name
     */
    float(name) {
        return this.number(name).toNumber();
    }

    /**
     * A whole number of at most 15 digits.
     *
     * @param {string} name
     */
    integer(name) {
        return this.parsed(name, "a whole number of at most 15 digits", (text) =>
            /^[+-]?[0-9]{1,15}$/.test(text) ? Number(text) : undefined,
        );
    }

    /**
     * `true` or `false`.
     *
     * @param {string} name
     */
    boolean(name) {
        return this.parsed(name, "true or false", (text) =>
            text === "true" ? true : text === "false" ? false : undefined,
        );
    }

    /**
     * The value as `parse` reads it; `wanted` says in an error what would do, with its article.
     *
     * @template T
     * @param {string} name
     * @param {string} wanted
     * @param {(text: string) => T | undefined} parse
     * @returns {T}
     */
    parsed(name, wanted, parse) {
        const value = this.text(name);
        const parsed = parse(value);
        if (parsed === undefined) {
            throw new Error(`the setting \`${name}\` is \`${value}\`, which is not ${wanted}`);
        }
        return parsed;
    }
}
