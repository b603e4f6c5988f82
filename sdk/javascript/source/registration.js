/** Makes what `plugin.js` exports the export of a component: the only file that the build script's entry calls. */

import { Batch, tableOf } from "./batch.js";
import { Findings } from "./findings.js";
import * as log from "./log.js";
import { Output } from "./output.js";
import { placeOf } from "./place.js";
import { Queries } from "./query.js";
import { Settings } from "./settings.js";

/**
 * The host's interfaces. One that the manifest has no use for is not imported.
 *
 * @typedef {object} Host
 * @property {{ get: (name: string) => string | undefined }} [settings]
 * @property {{ write: log.Sink }} log
 * @property {import("./findings.js").Reporter} [findings]
 * @property {{ exists: import("./batch.js").Exists }} [lookup]
 * @property {{ run: (statement: string) => import("./batch.js").Handle }} [query]
 */

/**
 * The export `checking`.
 *
 * @param {any} Plugin
 * @param {Host} host
 */
export function checking(Plugin, host) {
    expectExport(Plugin, "a class with a method `inspect`", typeof Plugin?.prototype?.inspect === "function");
    /** @type {{ plugin: import("./index.js").Check, table: import("./column.js").Table } | undefined} */
    let opened;

    const current = () => {
        if (opened === undefined) {
            throw new Error("the check was not opened");
        }
        return opened;
    };
    return guarded(host, {
        /** @param {string} name @param {import("./batch.js").HostColumn[]} columns */
        open(name, columns) {
            const table = tableOf(name, columns);
            opened = { plugin: new Plugin(table, settings(host)), table };
        },
        /** @param {import("./batch.js").Handle} rows */
        inspect(rows) {
            const { plugin, table } = current();
            const findings = new Findings(host.findings);
            const batch = new Batch(rows, table, host.lookup?.exists);
            expectDone(plugin.inspect(batch, findings));
            findings.flush();
            batch.release();
        },
        close() {
            const { plugin } = current();
            opened = undefined;
            const findings = new Findings(host.findings);
            expectDone(plugin.close?.(findings));
            findings.flush();
        },
    });
}

/**
 * The export `transforming`.
 *
 * @param {any} Plugin
 * @param {Host} host
 */
export function transforming(Plugin, host) {
    expectExport(Plugin, "a class with a method `apply`", typeof Plugin?.prototype?.apply === "function");
    /** @type {{ plugin: import("./index.js").Transform, table: import("./column.js").Table } | undefined} */
    let opened;

    return guarded(host, {
        /** @param {string} name @param {import("./batch.js").HostColumn[]} columns */
        open(name, columns) {
            const table = tableOf(name, columns);
            opened = { plugin: new Plugin(table, settings(host)), table };
            const { outputs } = opened.plugin;
            if (!Array.isArray(outputs)) {
                throw new Error("the transform does not say its columns: set `this.outputs` in the constructor");
            }
            return outputs.map(({ role, type, nullable, attributes }) => ({
                name: role,
                type,
                nullable,
                attributes: [...attributes],
            }));
        },
        /** @param {import("./batch.js").Handle} rows @param {import("./output.js").Builder} builder */
        apply(rows, builder) {
            if (opened === undefined) {
                throw new Error("the transform was not opened");
            }
            const output = new Output(builder);
            const batch = new Batch(rows, opened.table);
            expectDone(opened.plugin.apply(batch, output));
            output.flush();
            batch.release();
        },
    });
}

/**
 * The export `probing`.
 *
 * @param {any} plugin
 * @param {Host} host
 */
export function probing(plugin, host) {
    expectExport(plugin, "a function", typeof plugin === "function");
    return guarded(host, {
        run() {
            const findings = new Findings(host.findings);
            const queries = new Queries((statement) => /** @type {any} */ (host.query).run(statement));
            expectDone(plugin(settings(host), queries, findings));
            findings.flush();
            queries.release();
        },
    });
}

/** @param {Host} host */
function settings(host) {
    return new Settings((name) => {
        if (host.settings === undefined) {
            throw new Error(`the manifest has no \`[settings.${name}]\``);
        }
        return host.settings.get(name);
    });
}

/**
 * Turns whatever a plugin throws into the text of the interface's error, and says where it was thrown.
 *
 * @template {Record<string, (...values: any[]) => any>} F
 * @param {Host} host
 * @param {F} functions
 * @returns {F}
 */
function guarded(host, functions) {
    const guard = (/** @type {(...values: any[]) => any} */ call) =>
        (/** @type {any[]} */ ...values) => {
            log.sendTo(host.log.write);
            try {
                return call(...values);
            } catch (error) {
                // The bindings hand a thrown text to the host, and trap on a thrown `Error`.
                throw described(error);
            }
        };
    const entries = Object.entries(functions).map(([name, call]) => [name, guard(call)]);
    return Object.fromEntries(entries);
}

/** @param {unknown} error */
function described(error) {
    if (!(error instanceof Error)) {
        return String(error);
    }
    log.error(String(error.stack));
    const place = placeOf(String(error.stack));
    // A plain error is a sentence for whoever configured the plugin; any other is a mistake in the plugin's code.
    const text = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
    return place === undefined ? text : `${text} (${place})`;
}

/**
 * @param {unknown} exported
 * @param {string} wanted
 * @param {boolean} fits
 */
function expectExport(exported, wanted, fits) {
    if (!fits) {
        throw new Error(`plugin.js exports ${exported === undefined ? "nothing" : "something else"} by default, not ${wanted}`);
    }
}

/** @param {unknown} result */
function expectDone(result) {
    if (typeof (/** @type {any} */ (result)?.then) === "function") {
        throw new Error("a plugin's functions are not asynchronous: there is nothing to wait for");
    }
}
