//! Names of tables and columns.

use fastrand::Rng;
use limosa_model::Engine;

/// Names that have to be quoted, are reserved somewhere, or look like something else.
const NASTY: &[&str] = &[
    "order",
    "select",
    "Group",
    "user",
    "a b",
    " padded",
    "quo\"te",
    "tick`s",
    "it's",
    "semi;colon",
    "per%cent",
    "back\\slash",
    "question?",
    "dollar$1",
    "\u{fc}n\u{ef}",
    "\u{d55c}\u{ad6d}",
    "\u{1f600}",
    "UPPER",
    "null",
    "1st",
    "-",
    "comma,",
    "(bracket)",
    "oid",
    "rowid",
    "key",
    "a name of exactly sixty-three bytes which is as long as it may be",
];

/// Chooses names, each once in its scope whatever its case.
pub(super) struct Names {
    nasty: bool,
    longest: usize,
    /// Whether the engine takes characters beyond the Basic Multilingual Plane in a name.
    any_character: bool,
    taken: Vec<String>,
}

impl Names {
    pub(super) fn new(nasty: bool, engine: Engine) -> Self {
        Self {
            nasty,
            // Short enough that an engine can make names of keys of it.
            longest: if engine == Engine::Sqlite { 100 } else { 48 },
            any_character: engine != Engine::Mysql,
            taken: Vec::new(),
        }
    }

    /// A new name; `plain` is what it is where nothing nasty is wanted.
    pub(super) fn next(&mut self, plain: &str, random: &mut Rng) -> String {
        let mut name = plain.to_owned();
        if self.nasty && random.bool() {
            name = NASTY[random.usize(..NASTY.len())].to_owned();
            if random.u8(0..10) == 0 {
                name = format!(
                    "{name} and so on, to be longer than what others keep of a name: {plain}"
                );
            }
        }
        if !self.any_character {
            name.retain(|character| u32::from(character) <= 0xffff);
        }
        while name.len() > self.longest {
            name.pop();
        }
        // No engine here takes a blank at the end.
        let mut name = name.trim_end().to_owned();
        if name.is_empty() {
            name = plain.to_owned();
        }
        let mut again = 1;
        while self.taken.contains(&name.to_lowercase()) {
            again += 1;
            name = format!("{plain}_{again}");
        }
        self.taken.push(name.to_lowercase());
        name
    }
}
