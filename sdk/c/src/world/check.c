/// The world `check`: the exports that the host calls.

#include "limosa/check.h"

#include "../call.h"

static limosa_table *table;

__attribute__((weak)) void limosa_check_close(void) {}

static host_result *end(void) {
    limosa_findings_end();
    limosa_memory_free();
    return limosa_result();
}

EXPORT("checking", "open") host_result *limosa_export_open(char *, size_t, host_column *, size_t);
host_result *limosa_export_open(char *name, size_t length, host_column *columns, size_t count) {
    (void)length; // A NUL ends it.
    table = limosa_table_from(name, columns, count);
    limosa_check_open(table);
    limosa_memory_keep();
    return limosa_result();
}

EXPORT("checking", "inspect") host_result *limosa_export_inspect(int32_t);
host_result *limosa_export_inspect(int32_t handle) {
    limosa_batch batch = limosa_batch_from(handle, table);
    limosa_check_inspect(&batch);
    // Borrowed from the host: it has to be given back before the answer.
    host_batch_drop(handle);
    return end();
}

EXPORT("checking", "close") host_result *limosa_export_close(void);
host_result *limosa_export_close(void) {
    limosa_check_close();
    return end();
}
