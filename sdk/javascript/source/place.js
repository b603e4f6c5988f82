/** Where in the author's files an error was thrown. */

/**
 * For each of the author's files: line of the bundle to line of the file. The build script writes it behind the bundle.
 *
 * @typedef {Record<string, Record<string, number>>} Lines
 */

/**
 * The first place of a stack that is in one of the author's files, as `plugin.js:12`.
 *
 * @param {string} stack
 */
export function placeOf(stack) {
    /** @type {Lines} */
    const files = /** @type {any} */ (globalThis).limosaLines ?? {};
    for (const [, line] of stack.matchAll(/bundle\.js:([0-9]+):[0-9]+$/gm)) {
        for (const [file, lines] of Object.entries(files)) {
            if (lines[line] !== undefined) {
                return `${file}:${lines[line]}`;
            }
        }
    }
    return undefined;
}
