//! The settings that the manifest declares, read as what they should be.

use crate::bindings::settings;
use crate::decimal::Digits;
use crate::{Error, Result};

/// The values of the configuration, or the defaults of the manifest.
///
/// Ask only for declared names: the host stops a plugin that asks for another.
#[derive(Debug)]
pub struct Settings(());

impl Settings {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// The value as it was given; `None` where it is optional and was not.
    pub fn get(&self, name: &str) -> Option<String> {
        settings::get(name)
    }

    /// The value as it was given.
    pub fn text(&self, name: &str) -> Result<String> {
        self.get(name).ok_or_else(|| Error::MissingSetting {
            name: name.to_owned(),
        })
    }

    /// A number, as the nearest float.
    pub fn number(&self, name: &str) -> Result<f64> {
        self.parsed(name, "a number", |text| {
            Digits::parse(text).and_then(|_| text.parse().ok())
        })
    }

    /// A number as the text that was given, known to be one: read it with [`Digits`] where floats are too coarse.
    pub fn exact_number(&self, name: &str) -> Result<String> {
        self.parsed(name, "a number", |text| {
            Digits::parse(text).map(|_| text.to_owned())
        })
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<i64> {
        self.parsed(name, "a whole number", |text| text.parse().ok())
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<bool> {
        self.parsed(name, "true or false", |text| text.parse().ok())
    }

    /// The value as `parse` reads it; `wanted` says in an error what would do, with its article.
    pub fn parsed<T>(
        &self,
        name: &str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T> {
        let value = self.text(name)?;
        parse(&value).ok_or_else(|| Error::WrongSetting {
            name: name.to_owned(),
            wanted: wanted.to_owned(),
            value,
        })
    }
}
