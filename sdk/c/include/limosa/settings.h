/// The settings that the manifest declares, with the values of the configuration or their defaults.
///
/// Ask only for declared names: the host stops a plugin that asks for another. A setting that is missing or is not what it
/// should be makes the call fail.
#ifndef LIMOSA_SETTINGS_H
#define LIMOSA_SETTINGS_H

#include "limosa/decimal.h"

/// The value as it was given; NULL where it is optional and was not.
const char *limosa_setting(const char *name);

/// The value as it was given. A failure answers with an empty text, as the functions below do with zero.
const char *limosa_setting_text(const char *name);

/// A number, exactly as it was given.
limosa_digits limosa_setting_digits(const char *name);

/// A number, as the nearest float.
double limosa_setting_float(const char *name);

/// A whole number.
int64_t limosa_setting_integer(const char *name);

/// `true` or `false`.
bool limosa_setting_boolean(const char *name);

#endif
