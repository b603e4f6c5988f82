/// Lines for the author.

#include "limosa/log.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

void limosa_log_with(limosa_level level, const char *const texts[]) {
    char *line;
    size_t length = limosa_join(texts, &line);
    host_log((int32_t)level, line, length);
    free(line);
}
