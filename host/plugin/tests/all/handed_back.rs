//! What transforms hand back, byte by byte: offsets, texts, masks, and which row each row comes from.

use limosa_model::Value;
use limosa_plugin::{Bound, Transformed};

use crate::guests::{MANIFEST, batch, component, fields, transform};
use crate::house::{DEADLINE, House};

/// The output is text.
const TEXT: &str =
    "(i32.store (i32.const 2008) (i32.const 1248)) (i32.store (i32.const 2012) (i32.const 4))";

/// A transform that sets texts, too.
fn with_bytes(open: &str, apply: &str) -> String {
    let imports = r#"(module (import "limosa:plugin/output@0.1.0" "[method]builder.bytes" (func $bytes (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#;
    transform(open, apply)
        .replacen("(module", imports, 1)
        .replacen("(memory", r#"(data (i32.const 1248) "text") (memory"#, 1)
}

fn bound(house: &House, open: &str, apply: &str) -> Bound {
    let module = with_bytes(open, apply);
    let manifest = MANIFEST.replace("kind = 'check'", "kind = 'transform'");
    let plugin = house
        .runtime
        .load(&component("transform", &module, &manifest), "guest")
        .unwrap();
    plugin
        .bind(&"guest:t.amount".parse().unwrap(), &fields())
        .unwrap()
}

async fn apply(house: &House, open: &str, body: &str) -> Result<Transformed, String> {
    let bound = bound(house, open, body);
    let outputs = bound.outputs().await.unwrap();
    let apply = async {
        let mut session = bound.transform(&outputs).unwrap();
        session.apply(&batch(0..10)).await
    };
    let made = house.beside(apply).await;
    made.map_err(|error| error.to_string())
}

async fn refused(house: &House, open: &str, body: &str, reason: &str) {
    let error = apply(house, open, body).await.unwrap_err();
    let expected = format!("the plugin `guest` stopped on table t, batch 1: {reason}");
    assert_eq!(error, expected, "{body}");
}

/// Whole numbers from 4096 on.
fn numbers(numbers: impl IntoIterator<Item = u32>) -> String {
    let stores = numbers.into_iter().zip(0..).map(|(number, place)| {
        format!(
            "(i32.store (i32.const {}) (i32.const {number}))",
            4096 + place * 4
        )
    });
    stores.collect()
}

/// Sets the output to so many offsets of 4096 and so many bytes of 5000.
fn set(offsets: i64, bytes: i64) -> String {
    format!(
        "(call $bytes (local.get $builder) (i32.const 0) (i32.const 4096) (i32.const {offsets}) (i32.const 5000) (i32.const {bytes}) (i32.const 0) (i32.const 0) (i32.const 0))"
    )
}

const LETTERS: &str = "(memory.fill (i32.const 5000) (i32.const 97) (i32.const 100))";

#[tokio::test]
async fn texts() {
    let house = House::new();
    let good = format!("{LETTERS} {} {}", numbers(0..=10), set(11, 10));
    let made = apply(&house, TEXT, &good).await.unwrap();
    assert_eq!(made.rows.value(9, 0), Value::Text("a".into()));
    let of = |reason: &str| format!("output column `amount`: {reason}");
    let descending = numbers([0, 1, 2, 3, 2, 5, 6, 7, 8, 9, 10]);
    for (offsets, counts, reason) in [
        (descending, (11, 10), of("its offsets do not ascend from 0")),
        (numbers(1..=11), (11, 11), of("its offsets do not ascend from 0")),
        (numbers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]), (11, 10), of("its last offset is not the number of bytes")),
        (numbers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, u32::MAX]), (11, 10), of("its last offset is not the number of bytes")),
        (numbers(0..=10), (11, 11), of("its last offset is not the number of bytes")),
        (numbers(0..=9), (10, 9), of("9 values were set for 10 rows")),
        (numbers(0..=11), (12, 11), of("11 values were set for 10 rows")),
        (String::new(), (0, 0), of("0 values were set for 10 rows")),
        (
            String::new(),
            (-1, 10),
            "what it handed over breaks the rules of the interface: list pointer/length out of bounds of memory".to_owned(),
        ),
        (
            numbers(0..=10),
            (11, -1),
            "what it handed over breaks the rules of the interface: list pointer/length out of bounds of memory".to_owned(),
        ),
    ] {
        let body = format!("{LETTERS} {offsets} {}", set(counts.0, counts.1));
        refused(&house, TEXT, &body, &reason).await;
    }
    let broken = "(i32.store8 (i32.const 5004) (i32.const 0xff))";
    let body = format!("{LETTERS} {broken} {} {}", numbers(0..=10), set(11, 10));
    refused(&house, TEXT, &body, &of("it is not UTF-8")).await;
    // Whole as one text, and cut in the middle of a letter.
    let cut = "(i32.store16 (i32.const 5004) (i32.const 0xa4c3))";
    let body = format!("{LETTERS} {cut} {} {}", numbers(0..=10), set(11, 10));
    refused(&house, TEXT, &body, &of("it is not UTF-8")).await;
}

#[tokio::test]
async fn masks() {
    let house = House::new();
    let masked = |bytes: u32, mark: u32| {
        let set = set(11, 10).replace(
            "(i32.const 0) (i32.const 0) (i32.const 0))",
            &format!("(i32.const {mark}) (i32.const 6000) (i32.const {bytes}))"),
        );
        format!("{LETTERS} {} {set}", numbers(0..=10))
    };
    let made = apply(&house, TEXT, &masked(2, 1)).await.unwrap();
    assert_eq!(made.rows.value(0, 0), Value::Null);
    let reason = "output column `amount`: its validity has 1 bytes for 10 rows";
    refused(&house, TEXT, &masked(1, 1), reason).await;
    let reason = "output column `amount`: its validity has 3 bytes for 10 rows";
    refused(&house, TEXT, &masked(3, 1), reason).await;
    let reason =
        "what it handed over breaks the rules of the interface: invalid option discriminant";
    refused(&house, TEXT, &masked(2, 2), reason).await;
}

const ALL: &str = "(call $integers (local.get $builder) (i32.const 0) (i32.const 8192) (i32.const 10) (i32.const 0) (i32.const 0) (i32.const 0))";

fn origins(count: u32) -> String {
    format!("(call $origins (local.get $builder) (i32.const 4096) (i32.const {count}))")
}

fn refuse(row: u32) -> String {
    format!(
        "(i32.store (i32.const 3000) (i32.const {row})) (call $refuse (local.get $builder) (i32.const 3000) (i32.const 1) (i32.const 1024) (i32.const 3))"
    )
}

#[tokio::test]
async fn every_row_once() {
    let house = House::new();
    for (body, reason) in [
        (
            format!("{ALL} {} {} {}", numbers(0..10), origins(10), refuse(3)),
            "it both refused row 3 and made a row of it",
        ),
        (
            format!("{ALL} {} {}", numbers(0..9), origins(9)),
            "it neither refused row 9 nor made a row of it",
        ),
        (
            format!(
                "{ALL} {} {}",
                numbers([0, 1, 2, 3, 4, 5, 6, 7, 8, 10]),
                origins(10)
            ),
            "it made a row of row 10 of 10 (counted from 0)",
        ),
        (
            format!(
                "{ALL} {} {}",
                numbers([0, 1, 2, 3, 4, 5, 6, 7, 9, 8]),
                origins(10)
            ),
            "its origins do not ascend",
        ),
        (
            format!("{ALL} {}", refuse(10)),
            "it refused row 10 of 10 (counted from 0)",
        ),
        (
            format!("{ALL} {}", refuse(u32::MAX)),
            "it refused row 4294967295 of 10 (counted from 0)",
        ),
        (
            format!("{ALL} {}", origins(161)),
            "it made 161 rows of 10, more than 16 of each",
        ),
        (
            format!("{} {} {ALL}", origins(10), origins(10)),
            "it set the origins twice",
        ),
        (
            format!(
                "{ALL} (call $refuse (local.get $builder) (i32.const 3000) (i32.const 11) (i32.const 1024) (i32.const 3))"
            ),
            "it refused a row twice",
        ),
        (
            "(drop (call $length (local.get $builder)))".to_owned(),
            "what it handed over breaks the rules of the interface: handle index 2 used with the wrong type, expected guest-defined resource but found a different guest-defined resource",
        ),
        (
            format!("{ALL} (return (i32.const 64))"),
            "what it handed over breaks the rules of the interface: borrow handles still remain at the end of the call",
        ),
    ] {
        refused(&house, "", &body, reason).await;
    }
}

#[tokio::test]
async fn an_endless_loop() {
    let house = House::new();
    let forever = "(loop $forever (br $forever))";
    let manifest = MANIFEST
        .replace("kind = 'check'", "kind = 'transform'")
        .replace("batch_milliseconds = 30000", "batch_milliseconds = 300");
    let bound = |open: &str, apply: &str| {
        let bytes = component("transform", &transform(open, apply), &manifest);
        let plugin = house.runtime.load(&bytes, "guest").unwrap();
        plugin
            .bind(&"guest:t.amount".parse().unwrap(), &fields())
            .unwrap()
    };
    let in_open = bound(forever, "");
    let error = house.beside(in_open.outputs()).await.unwrap_err();
    let expected = format!("the plugin `guest` stopped on table t, in `open`: {DEADLINE}");
    assert_eq!(error.to_string(), expected);
    let in_apply = bound("", forever);
    let outputs = in_apply.outputs().await.unwrap();
    let apply = async {
        let mut session = in_apply.transform(&outputs).unwrap();
        session.apply(&batch(0..10)).await
    };
    let error = house.beside(apply).await.unwrap_err();
    let expected = format!("the plugin `guest` stopped on table t, batch 1: {DEADLINE}");
    assert_eq!(error.to_string(), expected);
}

/// Five columns of 15 MB for ten rows.
#[tokio::test]
async fn more_than_a_batch_may_become() {
    let house = House::new();
    // Names of their own: `amount`, `amoun`, `amou` …
    let record = |number: u32| {
        let place = 2000 + number * 28;
        format!(
            "(memory.copy (i32.const {place}) (i32.const 2000) (i32.const 28)) (i32.store (i32.const {}) (i32.const {}))",
            place + 4,
            6 - number
        )
    };
    let open: String = (1..5).map(record).collect();
    let set = |column: u32| {
        format!(
            "(call $bytes (local.get $builder) (i32.const {column}) (i32.const 4096) (i32.const 11) (i32.const 196608) (i32.const 15000000) (i32.const 0) (i32.const 0) (i32.const 0))"
        )
    };
    let apply: String = (0..5).map(set).collect();
    let apply = format!("(drop (memory.grow (i32.const 300))) {apply}");
    let module = with_bytes(&format!("{TEXT} {open}"), &apply).replacen(
        "(i32.store (i32.const 8) (i32.const 1))",
        "(i32.store (i32.const 8) (i32.const 5))",
        1,
    );
    let manifest = MANIFEST
        .replace("kind = 'check'", "kind = 'transform'")
        .replace("memory_mib = 8", "memory_mib = 64");
    let bytes = component("transform", &module, &manifest);
    let plugin = house.runtime.load(&bytes, "guest").unwrap();
    let bound = plugin
        .bind(&"guest:t.amount".parse().unwrap(), &fields())
        .unwrap();
    let outputs = bound.outputs().await.unwrap();
    assert_eq!(outputs.len(), 5);
    let apply = async {
        let mut session = bound.transform(&outputs).unwrap();
        session.apply(&batch(0..10)).await
    };
    let error = house.beside(apply).await.unwrap_err();
    let expected = "the plugin `guest` stopped on table t, batch 1: it set output column 4, and with it more than 64 MiB for one batch";
    assert_eq!(error.to_string(), expected);
}

/// What it says at planning that it makes.
#[tokio::test]
async fn columns_that_are_none() {
    let house = House::new();
    // `open` answers with a list at 2000; what it holds is set before, and how long it is afterwards.
    let said = |record: &str, count: i32| {
        let count = format!(
            "(i32.store (i32.const 8) (i32.const {count}))\n            (i32.const 0))\n        (func (export \"limosa:plugin/transforming@0.1.0#apply\")"
        );
        let module = transform(record, "").replacen(
            "(i32.store (i32.const 8) (i32.const 1))\n            (i32.const 0))\n        (func (export \"limosa:plugin/transforming@0.1.0#apply\")",
            &count,
            1,
        );
        let manifest = MANIFEST.replace("kind = 'check'", "kind = 'transform'");
        let bytes = component("transform", &module, &manifest);
        let plugin = house.runtime.load(&bytes, "guest").unwrap();
        plugin
            .bind(&"guest:t.amount".parse().unwrap(), &fields())
            .unwrap()
    };
    let second = "(memory.copy (i32.const 2028) (i32.const 2000) (i32.const 28))";
    let nameless = "(i32.store (i32.const 2004) (i32.const 0))";
    let rules = "what it handed over breaks the rules of the interface";
    for (record, count, reason) in [
        (
            "",
            0,
            "it makes 0 columns, and 1 to 256 are allowed".to_owned(),
        ),
        (
            "",
            257,
            "it makes 257 columns, and 1 to 256 are allowed".to_owned(),
        ),
        (
            "",
            -1,
            format!("{rules}: list pointer/length out of bounds of memory"),
        ),
        (
            second,
            2,
            "it makes two columns `amount`, or `amount` is no name".to_owned(),
        ),
        (
            nameless,
            1,
            "it makes two columns ``, or `` is no name".to_owned(),
        ),
        (
            "(i32.store8 (i32.const 1202) (i32.const 27))",
            1,
            "it makes two columns `am unt`, or `am unt` is no name".to_owned(),
        ),
        (
            "(i32.store (i32.const 2004) (i32.const -1))",
            1,
            format!("{rules}: string pointer/length out of bounds of memory"),
        ),
        (
            "(i32.store (i32.const 2012) (i32.const 700))",
            1,
            format!(
                "it makes a column of a type that is not known here: integer{}money{}…",
                " ".repeat(9),
                " ".repeat(479)
            ),
        ),
    ] {
        let error = said(record, count).outputs().await.unwrap_err();
        let expected = format!("the plugin `guest` stopped on table t, in `open`: {reason}");
        assert_eq!(error.to_string(), expected, "{record}");
        house.unharmed().await;
    }
}
