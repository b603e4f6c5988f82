/// The failure of the running call, kept until its export answers.

#include "limosa/failure.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

static host_list message;
static bool failed;

size_t limosa_join(const char *const texts[], char **joined) {
    size_t length = 0;
    for (size_t i = 0; texts[i] != NULL; i++) {
        length += strlen(texts[i]);
    }
    char *end = *joined = malloc(length + 1);
    if (end == NULL) {
        __builtin_trap();
    }
    for (size_t i = 0; texts[i] != NULL; i++) {
        size_t part = strlen(texts[i]);
        memcpy(end, texts[i], part);
        end += part;
    }
    *end = 0;
    return length;
}

void limosa_fail_with(const char *const texts[]) {
    if (!failed) {
        char *text;
        message.length = limosa_join(texts, &text);
        message.start = text;
        failed = true;
    }
}

bool limosa_failed(void) {
    return failed;
}

host_result *limosa_result(void) {
    static host_result result;
    result = (host_result){.failed = failed};
    if (failed) {
        // Not freed: the host reads it after this answer, and ends a plugin that failed.
        result.list = message;
        failed = false;
    }
    return &result;
}
