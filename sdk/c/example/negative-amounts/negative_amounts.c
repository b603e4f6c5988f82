/// Finds amounts below a minimum, compared exactly.

#include <limosa/check.h>
#include <math.h>
#include <strings.h>

enum { AMOUNT = 0 };

static const char NEGATIVE[] = "negative";
static const char NOT_A_NUMBER[] = "not-a-number";
static const char UNREADABLE[] = "unreadable";

/// The minimum in the form that the column's values are compared with: one comparison a row, no rounding.
static struct {
    enum { AS_INTEGERS, AS_FLOATS, AS_DECIMALS, AS_TEXTS } form;
    /// Whether an integer is below it, and the greatest of those.
    bool any_below;
    int64_t greatest_below;
    /// The smallest decimal of the column's scale (× 10^scale) that is not below it.
    limosa_decimal ceiling;
    /// The float nearest to it: a stored 0.3 is not below 0.3, though both stand for a little less.
    double nearest;
    /// The minimum itself, for decimals too wide for 16 bytes: those come as text.
    limosa_digits digits;
} minimum;

void limosa_check_open(const limosa_table *table) {
    const limosa_column *amount = limosa_column_of(table, "amount");
    minimum.digits = limosa_setting_digits("minimum");
    int32_t scale = 0;
    if (amount->kind == LIMOSA_INTEGER) {
        minimum.form = AS_INTEGERS;
        limosa_decimal ceiling = limosa_digits_ceiling(&minimum.digits, 0);
        minimum.any_below = ceiling > INT64_MIN;
        minimum.greatest_below = ceiling > INT64_MAX ? INT64_MAX : (int64_t)(ceiling - minimum.any_below);
    } else if (amount->kind == LIMOSA_FLOAT) {
        minimum.form = AS_FLOATS;
        minimum.nearest = limosa_setting_float("minimum");
    } else if (limosa_is_fixed_point(amount) && limosa_scale(amount, &scale)) {
        minimum.form = AS_DECIMALS;
        minimum.ceiling = limosa_digits_ceiling(&minimum.digits, scale);
    } else {
        minimum.form = AS_TEXTS;
    }
}

static void inspect_integers(const limosa_batch *batch) {
    limosa_integers amounts = limosa_read_integers(batch, AMOUNT);
    const int64_t greatest = minimum.greatest_below;
    // A column of no integer below shows none.
    const bool any_below = minimum.any_below;
    LIMOSA_ROWS_WHERE(row, &amounts.rows, any_below & (amounts.values[row] <= greatest)) {
        limosa_report(NEGATIVE, batch, row);
    }
    limosa_report_exceptions(UNREADABLE, &amounts.rows);
}

static void inspect_floats(const limosa_batch *batch) {
    limosa_floats amounts = limosa_read_floats(batch, AMOUNT);
    const double least = minimum.nearest;
    // What is not a number is neither below nor at least anything.
    LIMOSA_ROWS_WHERE(row, &amounts.rows, !(amounts.values[row] >= least)) {
        limosa_report(isnan(amounts.values[row]) ? NOT_A_NUMBER : NEGATIVE, batch, row);
    }
    limosa_report_exceptions(UNREADABLE, &amounts.rows);
}

static void inspect_decimals(const limosa_batch *batch) {
    limosa_decimals amounts = limosa_read_decimals(batch, AMOUNT);
    const limosa_decimal ceiling = minimum.ceiling;
    LIMOSA_ROWS_WHERE(row, &amounts.rows, amounts.values[row] < ceiling) {
        limosa_report(NEGATIVE, batch, row);
    }
    limosa_report_exceptions(UNREADABLE, &amounts.rows);
}

/// The code that a decimal in text shows, or NULL.
static const char *judge_text(limosa_text amount) {
    limosa_digits digits;
    if (limosa_digits_parse(amount.start, amount.length, &digits)) {
        return limosa_digits_compare(&digits, &minimum.digits) < 0 ? NEGATIVE : NULL;
    }
    return amount.length == 3 && strncasecmp(amount.start, "nan", 3) == 0 ? NOT_A_NUMBER : UNREADABLE;
}

static void inspect_texts(const limosa_batch *batch) {
    limosa_texts amounts = limosa_read_texts(batch, AMOUNT);
    for (uint32_t row = 0; row < amounts.rows.length; row++) {
        const char *code = limosa_has_value(&amounts.rows, row) ? judge_text(limosa_text_at(&amounts, row)) : NULL;
        if (code != NULL) {
            limosa_report(code, batch, row);
        }
    }
    limosa_report_exceptions(UNREADABLE, &amounts.rows);
}

void limosa_check_inspect(const limosa_batch *batch) {
    switch (minimum.form) {
    case AS_INTEGERS:
        inspect_integers(batch);
        break;
    case AS_FLOATS:
        inspect_floats(batch);
        break;
    case AS_DECIMALS:
        inspect_decimals(batch);
        break;
    case AS_TEXTS:
        inspect_texts(batch);
        break;
    }
}
