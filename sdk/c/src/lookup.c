/// Whether keys exist elsewhere. A file of its own: only a check that looks keys up may import this.

#include <string.h>

#include "call.h"
#include "limosa/failure.h"

limosa_lookup limosa_look_up(const limosa_batch *batch, limosa_columns columns, const char *target) {
    host_list found;
    host_exists(batch->handle, columns.indices, columns.count, target, strlen(target), &found);
    if (found.length < batch->length / 8 + (batch->length % 8 > 0)) {
        limosa_fail("the answer to a lookup is too short");
        return (limosa_lookup){0};
    }
    return (limosa_lookup){batch->length, found.start};
}
