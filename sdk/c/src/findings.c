/// Findings, handed to the host in few calls.

#include "limosa/findings.h"

#include <string.h>

#include "call.h"
#include "coded.h"
#include "limosa/failure.h"

/// Rows kept before they are handed over: 512 KiB, so that no plugin runs out of memory by reporting.
enum { BUFFERED_ROWS = 65536 };

static limosa_coded *found;
static size_t buffered;

static void hand_over(void) {
    for (limosa_coded *list = found; list != NULL; list = list->next) {
        if (list->count > 0) {
            host_report(list->code, strlen(list->code), list->rows, list->count);
            list->count = 0;
        }
    }
    buffered = 0;
}

void limosa_findings_end(void) {
    if (limosa_failed()) {
        for (limosa_coded *list = found; list != NULL; list = list->next) {
            list->count = 0;
        }
        buffered = 0;
    }
    hand_over();
}

void limosa_report(const char *code, const limosa_batch *batch, uint32_t row) {
    limosa_report_number(code, batch->first_row + row);
}

void limosa_report_number(const char *code, uint64_t number) {
    *(uint64_t *)limosa_coded_push(&found, code, sizeof number) = number;
    if (++buffered == BUFFERED_ROWS) {
        hand_over();
    }
}

void limosa_report_exceptions(const char *code, const limosa_presence *rows) {
    // Without a bitmap there is none: the loop is not worth its rows.
    uint32_t end = rows->exceptional == NULL ? 0 : rows->length;
    for (uint32_t row = 0; row < end; row++) {
        if (limosa_is_exception(rows, row)) {
            limosa_report_number(code, rows->first_row + row);
        }
    }
}

void limosa_count(const char *code, uint64_t more) {
    if (more > 0) {
        host_count(code, strlen(code), (int64_t)more);
    }
}
