/// {{name}}: finds values above a limit.

#include <limosa/check.h>

/// The columns come in the order of the manifest's roles: this is the place of `value`.
enum { VALUE = 0 };

static int64_t most;

void limosa_check_open(const limosa_table *table) {
    (void)table;
    most = limosa_setting_integer("most");
}

void limosa_check_inspect(const limosa_batch *batch) {
    limosa_integers values = limosa_read_integers(batch, VALUE);
    for (uint32_t row = 0; row < values.rows.length; row++) {
        // A null is no value, and passes.
        if (limosa_has_value(&values.rows, row) && values.values[row] > most) {
            limosa_report("too-much", batch, row);
        }
    }
    limosa_report_exceptions("unreadable", &values.rows);
}
