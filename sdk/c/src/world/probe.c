/// The world `probe`: the export that the host calls, and the answers to statements.

#include "limosa/probe.h"

#include <string.h>

#include "../call.h"

/// The SDK holds answers in a list, so that those which nobody gave back are.
typedef struct answer {
    limosa_batch batch;
    struct answer *next;
} answer;

static answer *answers;

const limosa_batch *limosa_query(const char *statement) {
    int32_t handle = host_query(statement, strlen(statement));
    host_list columns;
    host_batch_columns(handle, &columns);
    answer *fresh = limosa_allocate(sizeof *fresh);
    fresh->batch = limosa_batch_from(handle, limosa_table_from(statement, columns.start, columns.length));
    fresh->next = answers;
    answers = fresh;
    return &fresh->batch;
}

void limosa_release(const limosa_batch *batch) {
    for (answer **place = &answers; *place != NULL; place = &(*place)->next) {
        if (&(*place)->batch == batch) {
            host_batch_drop(batch->handle);
            *place = (*place)->next;
            return;
        }
    }
}

EXPORT("probing", "run") host_result *limosa_export_run(void);
host_result *limosa_export_run(void) {
    limosa_probe_run();
    limosa_findings_end();
    while (answers != NULL) {
        limosa_release(&answers->batch);
    }
    limosa_memory_free();
    return limosa_result();
}
