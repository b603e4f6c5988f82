/** The probe {{name}}: finds values that are there too often. The database counts, the plugin judges. */

const OCCURRENCES = 0;

/**
 * Once.
 *
 * @param {Settings} settings
 * @param {Queries} queries
 * @param {Findings} findings
 */
export default function probe(settings, queries, findings) {
    const most = BigInt(settings.integer("most"));
    const values = queries.run("frequent");
    if (values.length === 0) {
        // SQLite knows the type of a calculated column by its values: without a row it is none to read.
        return;
    }
    values.integers(OCCURRENCES).forEach((occurrences, index) => {
        if (occurrences > most) {
            // The row stands for the value: the host shows it. It counts once; the others too many are counted besides.
            findings.report("frequent", values.row(index));
            findings.count("frequent", occurrences - most - 1n);
        }
    });
}

/**
 * @typedef {import("limosa-sdk").Findings} Findings
 * @typedef {import("limosa-sdk").Queries} Queries
 * @typedef {import("limosa-sdk").Settings} Settings
 */
