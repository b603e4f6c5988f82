//! A lock file from anybody: read without a panic, and what is understood is written and understood again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limosa_plugin::Lock;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        let written = lock.text().expect("a lock can be written");
        assert_eq!(Lock::parse(&written), Ok(lock), "{written}");
    }
});
