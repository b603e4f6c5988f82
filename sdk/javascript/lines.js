/** Prints which lines of a bundle come from which lines of the plugin's own files, as a statement to put behind the bundle. */

import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";

const [map, folder] = process.argv.slice(2);
const { sources, mappings } = JSON.parse(readFileSync(map, "utf8"));

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The numbers of one segment of a source map: five bits a character, the lowest first; the lowest of all is the sign.
 *
 * @param {string} segment
 */
function numbers(segment) {
    const found = [];
    let value = 0;
    let shift = 0;
    for (const character of segment) {
        const digit = DIGITS.indexOf(character);
        value += (digit & 31) << shift;
        shift += 5;
        if (digit < 32) {
            found.push(value & 1 ? -(value >> 1) : value >> 1);
            value = shift = 0;
        }
    }
    return found;
}

/** @type {Record<string, Record<string, number>>} */
const files = {};
let source = 0;
let original = 0;
for (const [index, line] of mappings.split(";").entries()) {
    for (const segment of line.split(",").filter(Boolean)) {
        // Column, source, line, column: each counts from the segment before.
        const [, sourceStep = 0, lineStep = 0] = numbers(segment);
        source += sourceStep;
        original += lineStep;
        const file = relative(folder, resolve(map, "..", sources[source]));
        if (!file.startsWith("..")) {
            files[file] ??= {};
            files[file][index + 1] ??= original + 1;
        }
    }
}
process.stdout.write(`globalThis.limosaLines = ${JSON.stringify(files)};\n`);
