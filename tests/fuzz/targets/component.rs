//! A component from anybody: its facts are read without a panic, and hold nothing that a terminal would obey.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let is_plain = |text: &str| {
        let mut characters = text.chars();
        characters.all(|character| !character.is_control() || matches!(character, '\n' | '\t'))
    };
    match limosa_plugin::inspect(bytes, "stranger.wasm") {
        Err(error) => assert!(is_plain(&error.to_string()), "{error:?}"),
        Ok(facts) => {
            assert!(facts.problems.iter().all(|problem| is_plain(problem)));
            for (what, said) in limosa_plugin::told(&facts) {
                assert!(is_plain(&what) && is_plain(&said), "{what:?}: {said:?}");
            }
        }
    }
});
