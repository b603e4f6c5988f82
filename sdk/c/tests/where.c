/// Tests of the rows that show something, run natively: the command stands in the README.

#include <limosa/where.h>

#include <stdio.h>

enum { ROWS = 1000 };

static uint8_t valid[ROWS / 8 + 1], exceptional[ROWS / 8 + 1];
static int64_t values[ROWS];

/// 1 if the macro gives other rows than one comparison after the other, or in another order.
static int differs(const limosa_presence *rows, int64_t least) {
    uint32_t next = 0;
    LIMOSA_ROWS_WHERE(row, rows, values[row] < least) {
        for (; next < row; next++) {
            if (values[next] < least && limosa_has_value(rows, next)) {
                return 1;
            }
        }
        if (next != row || values[row] >= least || !limosa_has_value(rows, row)) {
            return 1;
        }
        next++;
    }
    for (; next < rows->length; next++) {
        if (values[next] < least && limosa_has_value(rows, next)) {
            return 1;
        }
    }
    return 0;
}

int main(void) {
    for (uint32_t row = 0; row < ROWS; row++) {
        valid[row / 8] |= (uint8_t)((row % 31 != 0) << row % 8);
        exceptional[row / 8] |= (uint8_t)((row % 7 == 0) << row % 8);
        values[row] = row * 7919 % 1009;
    }
    int failures = 0;
    uint32_t found = 0;
    for (uint32_t length = 0; length <= ROWS; length++) {
        for (int64_t least = 0; least < 1009; least += 84) {
            limosa_presence rows = {
                .length = length,
                .valid = length % 2 ? valid : NULL,
                .exceptional = length % 3 ? exceptional : NULL,
            };
            failures += differs(&rows, least);
            // As the whole of an `if`, without braces of its own.
            if (length > 0)
                LIMOSA_ROWS_WHERE(row, &rows, values[row] < least)
                    found++;
            else
                found += length;
        }
    }
    printf("%d failures, %u rows found\n", failures, found);
    return failures > 0 || found == 0;
}
