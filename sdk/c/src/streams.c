/// `stdout` and `stderr`, of which the lines go to the log.
///
/// A plugin has no files. The C library reaches these two through the four functions below; because they are here,
/// `fprintf(stderr, …)` and `assert` work, and the component does not import them. The names and types are the C library's.

#include <stdbool.h>

#include "host.h"
#include "limosa/log.h"


/// A piece of what is written.
typedef struct piece {
    const char *start;
    size_t length;
} piece;

enum { SUCCESS = 0, BAD_FILE = 8, CANNOT_SEEK = 70, STDOUT = 1, STDERR = 2 };

int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t file, int32_t pieces, int32_t count, int32_t written);
int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t file);
int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t file, int64_t offset, int32_t from, int32_t position);
int32_t __imported_wasi_snapshot_preview1_fd_fdstat_get(int32_t file, int32_t status);

int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t file, int32_t pieces, int32_t count, int32_t written) {
    if (file != STDOUT && file != STDERR) {
        return BAD_FILE;
    }
    static char line[1024];
    static size_t length;
    size_t total = 0;
    for (int32_t i = 0; i < count; i++) {
        piece part = ((const piece *)(intptr_t)pieces)[i];
        total += part.length;
        for (size_t at = 0; at < part.length; at++) {
            bool ends = part.start[at] == '\n';
            if (!ends) {
                line[length++] = part.start[at];
            }
            // `stderr` is not buffered, so that one line comes in many pieces.
            if (ends || length == sizeof line) {
                host_log(file == STDERR ? LIMOSA_ERROR : LIMOSA_INFORMATION, line, length);
                length = 0;
            }
        }
    }
    *(size_t *)(intptr_t)written = total;
    return SUCCESS;
}

int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t file) {
    (void)file;
    return SUCCESS;
}

int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t file, int64_t offset, int32_t from, int32_t position) {
    (void)file, (void)offset, (void)from, (void)position;
    return CANNOT_SEEK;
}

int32_t __imported_wasi_snapshot_preview1_fd_fdstat_get(int32_t file, int32_t status) {
    (void)file, (void)status;
    return BAD_FILE;
}
