/// {{name}}: finds values that are there more than once. The database counts, the plugin reports.

#include <limosa/probe.h>

void limosa_probe_run(void) {
    const limosa_batch *repeated = limosa_query("repeated");
    if (repeated->length == 0) {
        return; // SQLite knows the type of a calculated column by its values: without a row it is none to read.
    }
    limosa_integers occurrences = limosa_read_integers(repeated, limosa_column_of(repeated->table, "occurrences")->index);
    for (uint32_t row = 0; row < occurrences.rows.length; row++) {
        limosa_report("repeated", repeated, row);
        // The first of them may stay, and one more is reported: the row of the answer stands for it.
        limosa_count("repeated", (uint64_t)occurrences.values[row] - 2);
    }
}
