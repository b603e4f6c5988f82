/// Tests of the exact decimals, run natively: the commands stand in the README.

#include <limosa/decimal.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures;

/// A row of a table of numbers: what is expected, where it fits, and the misfit where it does not.
static void expect(const char *what, limosa_misfit misfit, limosa_decimal value, limosa_misfit wanted, limosa_decimal number) {
    if (misfit != wanted || (wanted == LIMOSA_FITS && value != number)) {
        fprintf(stderr, "%s: %d %lld\n", what, misfit, (long long)value);
        failures++;
    }
}

static void text(const char *source, limosa_misfit wanted, limosa_decimal number) {
    limosa_decimal value = 0;
    limosa_misfit misfit = limosa_decimal_from_text(source, strlen(source), 12, 2, &value);
    expect(source, misfit, value, wanted, number);
}

static void real(double source, uint8_t precision, uint8_t scale, limosa_misfit wanted, limosa_decimal number) {
    char what[32];
    snprintf(what, sizeof what, "%.17g", source);
    limosa_decimal value = 0;
    limosa_misfit misfit = limosa_decimal_from_float(source, precision, scale, &value);
    expect(what, misfit, value, wanted, number);
}

static void rescaled(limosa_decimal source, int32_t from, limosa_misfit wanted, limosa_decimal number) {
    limosa_decimal value = 0;
    limosa_misfit misfit = limosa_decimal_rescale(source, from, 12, 2, &value);
    expect("rescaled", misfit, value, wanted, number);
}

static limosa_digits digits(const char *source) {
    limosa_digits read = {0};
    if (!limosa_digits_parse(source, strlen(source), &read)) {
        fprintf(stderr, "%s: no number\n", source);
        failures++;
    }
    return read;
}

static void ceiling(const char *source, int32_t scale, limosa_decimal wanted) {
    limosa_digits read = digits(source);
    expect(source, LIMOSA_FITS, limosa_digits_ceiling(&read, scale), LIMOSA_FITS, wanted);
}

static void after_point(const char *source, uint64_t wanted) {
    limosa_digits read = digits(source);
    expect(source, LIMOSA_FITS, limosa_digits_after_point(&read), LIMOSA_FITS, wanted);
}

/// The numbers ascend, or are equal where they stand in one row.
static void ascending(void) {
    static const char *const ROWS[][3] = {
        {"-1e400", "-10e399"}, {"-1.1", "-1.10"}, {"-1", "-0.1e1"}, {"-0.01", "-1e-2"}, {"0", "-0.00", "0e9"},
        {"1e-400"}, {"0.0999"}, {"0.1", "+0.10"}, {"1", "1.000"}, {"1.0000000000000000000000000000000000000000001"},
        {"9"}, {"10", "1e1"}, {"1e2147483647"},
    };
    enum { COUNT = sizeof ROWS / sizeof *ROWS };
    for (int left = 0; left < COUNT * 3; left++) {
        for (int right = 0; right < COUNT * 3; right++) {
            const char *first = ROWS[left / 3][left % 3], *second = ROWS[right / 3][right % 3];
            if (first != NULL && second != NULL) {
                limosa_digits one = digits(first), other = digits(second);
                int order = limosa_digits_compare(&one, &other), wanted = left / 3 - right / 3;
                expect(first, LIMOSA_FITS, (order > 0) - (order < 0), LIMOSA_FITS, (wanted > 0) - (wanted < 0));
            }
        }
    }
}

int main(void) {
    text("0", LIMOSA_FITS, 0);
    text("-0.000", LIMOSA_FITS, 0);
    text("1.98", LIMOSA_FITS, 198);
    text("+007.50", LIMOSA_FITS, 750);
    text("-0.05", LIMOSA_FITS, -5);
    text("1.5e3", LIMOSA_FITS, 150000);
    text("15000E-4", LIMOSA_FITS, 150);
    text("0e999999999", LIMOSA_FITS, 0);
    text("9999999999.99", LIMOSA_FITS, 999999999999);
    text("1.985", LIMOSA_INEXACT, 0);
    text("1e-3", LIMOSA_INEXACT, 0);
    text("1e-2147483648", LIMOSA_INEXACT, 0);
    text("10000000000", LIMOSA_OUT_OF_RANGE, 0);
    text("1e2147483647", LIMOSA_OUT_OF_RANGE, 0);
    static const char *const WRONG[] = {"",    "-",   "+-1", ".",  ".5", "5.",             "1,5",   " 1",    "1 ",
                                        "0x1", "inf", "NaN", "1e", "e1", "1e99999999999", "1e5.0", "1.2.3", "１"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        text(WRONG[i], LIMOSA_NOT_A_NUMBER, 0);
    }

    real(19.99, 12, 2, LIMOSA_FITS, 1999);
    real(-0.0, 12, 2, LIMOSA_FITS, 0);
    real(1e9, 12, 2, LIMOSA_FITS, 100000000000);
    real(0.1 + 0.2, 12, 2, LIMOSA_INEXACT, 0);
    real(1.005, 12, 2, LIMOSA_INEXACT, 0);
    real(1e-300, 12, 2, LIMOSA_INEXACT, 0);
    real(1e10, 12, 2, LIMOSA_OUT_OF_RANGE, 0);
    real(-1e300, 38, 2, LIMOSA_OUT_OF_RANGE, 0);
    real(NAN, 12, 2, LIMOSA_NOT_A_NUMBER, 0);
    real(-INFINITY, 12, 2, LIMOSA_NOT_A_NUMBER, 0);
    // Two cents share this float; its shortest name decides.
    real(80000000000000.02, 38, 2, LIMOSA_FITS, 8000000000000002);
    real(-80000000000000.02, 38, 2, LIMOSA_FITS, -8000000000000002);
    // A power of two, of which the nearest decimal of 16 digits is the name of another float: it ends in 802, not 801.
    real(0x1p-44, 38, 29, LIMOSA_FITS, 5684341886080802);
    real(0x1p-44, 38, 28, LIMOSA_INEXACT, 0);

    rescaled(7, 0, LIMOSA_FITS, 700);
    rescaled(-1500, 3, LIMOSA_FITS, -150);
    rescaled(7, -2, LIMOSA_FITS, 70000);
    rescaled(0, 60, LIMOSA_FITS, 0);
    rescaled(1, 60, LIMOSA_INEXACT, 0);
    rescaled(1501, 3, LIMOSA_INEXACT, 0);
    rescaled(1, -60, LIMOSA_OUT_OF_RANGE, 0);
    rescaled(10000000000, 0, LIMOSA_OUT_OF_RANGE, 0);
    rescaled(LIMOSA_DECIMAL_MIN, 0, LIMOSA_OUT_OF_RANGE, 0);

    ceiling("0", 2, 0);
    ceiling("0.5", 0, 1);
    ceiling("-0.5", 0, 0);
    ceiling("1.005", 2, 101);
    ceiling("-1.005", 2, -100);
    ceiling("150", -2, 2);
    ceiling("0.0001", 2, 1);
    ceiling("1e60", 0, LIMOSA_DECIMAL_MAX);
    ceiling("-1e60", 0, LIMOSA_DECIMAL_MIN);

    after_point("0", 0);
    after_point("100", 0);
    after_point("1.50", 1);
    after_point("1.5e-7", 8);
    after_point("1.25e1", 1);
    after_point("0.001", 3);

    ascending();
    return failures > 0;
}
