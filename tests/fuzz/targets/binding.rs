//! A binding from anybody: read without a panic, and what is understood is written and understood again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use limosa_model::CheckBinding;

fuzz_target!(|text: &str| {
    if let Ok(binding) = text.parse::<CheckBinding>() {
        let written = binding.to_string();
        assert_eq!(written.parse(), Ok(binding), "{written}");
    }
});
