/// Settings, read as what they should be.

#include "limosa/settings.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "limosa/failure.h"

const char *limosa_setting(const char *name) {
    host_option value;
    host_setting(name, strlen(name), &value);
    return value.present ? value.list.start : NULL;
}

const char *limosa_setting_text(const char *name) {
    const char *value = limosa_setting(name);
    if (value == NULL) {
        limosa_fail("the setting `", name, "` is not given");
        return "";
    }
    return value;
}

static void wrong(const char *name, const char *value, const char *wanted) {
    limosa_fail("the setting `", name, "` is `", value, "`, which is not ", wanted);
}

/// The number and the text that it points into; false where the call has failed.
static bool number(const char *name, const char **text, limosa_digits *digits) {
    *text = limosa_setting_text(name);
    if (limosa_digits_parse(*text, strlen(*text), digits)) {
        return true;
    }
    wrong(name, *text, "a number");
    return false;
}

limosa_digits limosa_setting_digits(const char *name) {
    const char *text;
    limosa_digits digits = {0};
    number(name, &text, &digits);
    return digits;
}

double limosa_setting_float(const char *name) {
    const char *text;
    limosa_digits digits;
    return number(name, &text, &digits) ? strtod(text, NULL) : 0;
}

int64_t limosa_setting_integer(const char *name) {
    const char *text = limosa_setting_text(name);
    const char *digit = *text == '-' || *text == '+' ? text + 1 : text;
    int64_t value = 0;
    bool fits = *digit != 0;
    for (; *digit != 0 && fits; digit++) {
        int64_t next = *digit - '0';
        fits = next >= 0 && next <= 9 && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_add_overflow(value, *text == '-' ? -next : next, &value);
    }
    if (!fits) {
        wrong(name, text, "a whole number");
        return 0;
    }
    return value;
}

bool limosa_setting_boolean(const char *name) {
    const char *text = limosa_setting_text(name);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        wrong(name, text, "true or false");
    }
    return strcmp(text, "true") == 0;
}
