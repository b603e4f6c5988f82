/** Lines for the author while developing: they go nowhere unless the host was told to show them. */

/** @typedef {(level: number, message: string) => void} Sink */

/** @type {Sink} */
let sink = () => {};

/**
 * Says where lines go. The SDK calls it.
 *
 * @param {Sink} write
 */
export function sendTo(write) {
    sink = write;
}

/** Something failed. @param {string} message */
export function error(message) {
    sink(0, message);
}

/** Something is odd. @param {string} message */
export function warning(message) {
    sink(1, message);
}

/** Something happened. @param {string} message */
export function information(message) {
    sink(2, message);
}

/** What the plugin does. @param {string} message */
export function debug(message) {
    sink(3, message);
}

/** How it does it. @param {string} message */
export function trace(message) {
    sink(4, message);
}
