//! Guests written by hand, in text, and what the tests feed them.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use limosa_model::{Batch, BatchBuilder, CheckOutcome, ColumnType, Field, Shape, Value};
use limosa_plugin::{Bound, CheckSession, Grants, Options, Plugin, RowKey, Runtime};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// One for all tests, as a process has it.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new(Options::default()).unwrap())
}

/// What every core module here begins with: memory, an allocator that forgets at each call, and the strings of codes.
const COMMON: &str = r#"
    (memory (export "memory") 3)
    (global $heap (mut i32) (i32.const 65536))
    (data (i32.const 1024) "bad")
    (data (i32.const 1040) "undeclared")
    (data (i32.const 1056) "parent")
    (data (i32.const 1072) "the value is 42")
    (data (i32.const 1104) "rows")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
        (global.set $heap (i32.add (local.get $at) (local.get 3)))
        (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
            (then (drop (memory.grow (i32.const 16)))))
        (local.get $at))
"#;

/// A check from the bodies of its functions; a body may use `$batch` and the imports below.
pub(crate) fn check(open: &str, inspect: &str, close: &str) -> String {
    format!(
        r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.length" (func $length (param i32) (result i32)))
        (import "limosa:plugin/rows@0.1.0" "[method]batch.first-row" (func $first_row (param i32) (result i64)))
        (import "limosa:plugin/rows@0.1.0" "[method]batch.floats" (func $floats (param i32 i32 i32)))
        (import "limosa:plugin/rows@0.1.0" "[method]batch.integers" (func $integers (param i32 i32 i32)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (import "limosa:plugin/findings@0.1.0" "report" (func $report (param i32 i32 i32 i32)))
        (import "limosa:plugin/findings@0.1.0" "count" (func $count (param i32 i32 i64)))
        (import "limosa:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
        {COMMON}
        (func (export "limosa:plugin/checking@0.1.0#open") (param i32 i32 i32 i32) (result i32) {open} (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#inspect") (param $batch i32) (result i32)
            (local $i i32) (local $out i32) (local $row i64) (local $data i32)
            (global.set $heap (i32.const 65536))
            {inspect}
            (call $release (local.get $batch)) (i32.const 0))
        (func (export "limosa:plugin/checking@0.1.0#close") (result i32) {close} (i32.const 0)))"#
    )
}

/// Reports under `bad` the rows whose first column, a float, is below zero.
pub(crate) const NEGATIVE: &str = r"
    (local.set $row (call $first_row (local.get $batch)))
    (call $floats (local.get $batch) (i32.const 0) (i32.const 16))
    (local.set $data (i32.load (i32.const 16)))
    (local.set $out (i32.add (local.get $data) (i32.const 0)))
    (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $i) (i32.load (i32.const 20))))
        (if (f64.lt (f64.load (i32.add (local.get $data) (i32.shl (local.get $i) (i32.const 3)))) (f64.const 0))
            (then
                (i64.store (local.get $out) (i64.add (local.get $row) (i64.extend_i32_u (local.get $i))))
                (local.set $out (i32.add (local.get $out) (i32.const 8)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (call $report (i32.const 1024) (i32.const 3) (local.get $data)
        (i32.shr_u (i32.sub (local.get $out) (local.get $data)) (i32.const 3)))";

/// The manifest of those checks.
pub(crate) const MANIFEST: &str = "
name = 'guest'
version = '0.1.0'
description = 'A guest of the tests.'
license = 'MIT'
kind = 'check'
interface = '^0.1.0'
[[roles]]
name = 'amount'
description = 'The amount.'
[codes.bad]
severity = 'error'
message = '{columns} of {table} is bad.'
[limits]
memory_mib = 8
batch_milliseconds = 30000
";

/// A transform that makes an integer of the amount.
pub(crate) fn transform(open: &str, apply: &str) -> String {
    format!(
        r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.length" (func $length (param i32) (result i32)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (import "limosa:plugin/output@0.1.0" "[resource-drop]builder" (func $release_builder (param i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.integers" (func $integers (param i32 i32 i32 i32 i32 i32 i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.floats" (func $floats (param i32 i32 i32 i32 i32 i32 i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.keep" (func $keep (param i32 i32 i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.refuse" (func $refuse (param i32 i32 i32 i32 i32)))
        (import "limosa:plugin/output@0.1.0" "[method]builder.origins" (func $origins (param i32 i32 i32)))
        {COMMON}
        (data (i32.const 1200) "amount")
        (data (i32.const 1216) "integer")
        (data (i32.const 1232) "money")
        (func (export "limosa:plugin/transforming@0.1.0#open") (param i32 i32 i32 i32) (result i32)
            (i32.store (i32.const 2000) (i32.const 1200)) (i32.store (i32.const 2004) (i32.const 6))
            (i32.store (i32.const 2008) (i32.const 1216)) (i32.store (i32.const 2012) (i32.const 7))
            (i32.store (i32.const 2016) (i32.const 1))
            {open}
            (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 2000)) (i32.store (i32.const 8) (i32.const 1))
            (i32.const 0))
        (func (export "limosa:plugin/transforming@0.1.0#apply") (param $batch i32) (param $builder i32) (result i32)
            (i32.store (i32.const 3000) (i32.const 3))
            {apply}
            (call $release (local.get $batch)) (call $release_builder (local.get $builder))
            (i32.const 64)))"#
    )
}

/// A probe that runs the statement `rows`.
pub(crate) fn probe(run: &str) -> String {
    format!(
        r#"(module
        (import "limosa:plugin/rows@0.1.0" "[method]batch.length" (func $length (param i32) (result i32)))
        (import "limosa:plugin/rows@0.1.0" "[method]batch.first-row" (func $first_row (param i32) (result i64)))
        (import "limosa:plugin/rows@0.1.0" "[resource-drop]batch" (func $release (param i32)))
        (import "limosa:plugin/findings@0.1.0" "report" (func $report (param i32 i32 i32 i32)))
        (import "limosa:plugin/findings@0.1.0" "count" (func $count (param i32 i32 i64)))
        (import "limosa:plugin/query@0.1.0" "run" (func $run (param i32 i32) (result i32)))
        {COMMON}
        (func (export "limosa:plugin/probing@0.1.0#run") (result i32) (local $batch i32) {run} (i32.const 64)))"#
    )
}

/// A component of a core module in text, with a manifest.
pub(crate) fn component(world: &str, module: &str, manifest: &str) -> Vec<u8> {
    let mut bytes = bare_component(world, module);
    append_section(&mut bytes, "limosa:manifest", manifest.as_bytes());
    bytes
}

/// The same without a manifest.
pub(crate) fn bare_component(world: &str, module: &str) -> Vec<u8> {
    encode(module, |_| world)
}

/// A component of a world; `world` may add packages of its own, and names it in full then.
pub(crate) fn encode<'a>(module: &str, world: impl FnOnce(&mut Resolve) -> &'a str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit"))
        .unwrap();
    let world = world(&mut resolve);
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// Appends a custom section, as the build does.
pub(crate) fn append_section(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let leb = |mut number: usize| {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(number & 0x7f).unwrap();
            number >>= 7;
            bytes.push(if number == 0 { low } else { low | 0x80 });
            if number == 0 {
                return bytes;
            }
        }
    };
    let mut content = leb(name.len());
    content.extend(name.as_bytes());
    content.extend(data);
    bytes.push(0);
    bytes.extend(leb(content.len()));
    bytes.extend(content);
}

/// With time enough for the slowest of machines: only what loops for ever is to meet its deadline.
pub(crate) fn load(module: &str) -> Arc<Plugin> {
    runtime()
        .load(&component("check", module, MANIFEST), "guest")
        .unwrap()
}

/// The table of the tests: a key, the amount that is granted, and a column that never is.
pub(crate) fn fields() -> Vec<Field> {
    let field = |name: &str, column_type| Field {
        name: name.into(),
        column_type,
        nullable: true,
    };
    vec![
        field("id", ColumnType::Integer { bytes: 8 }),
        field("amount", ColumnType::Float { bytes: 8 }),
        field("secret", ColumnType::TEXT),
    ]
}

/// Rows `ids`, the amount of every tenth below zero.
pub(crate) fn batch(ids: std::ops::Range<i32>) -> Batch {
    let mut builder = BatchBuilder::new(Shape::new(fields()));
    for id in ids {
        builder.integer(0, i64::from(id));
        builder.float(1, if id % 10 == 0 { -1.0 } else { 1.0 });
        builder.text(2, "s3cret");
        builder.end_row();
    }
    builder.finish().unwrap()
}

pub(crate) fn bind(plugin: &Arc<Plugin>) -> Bound {
    plugin
        .bind(&"guest:t.amount".parse().unwrap(), &fields())
        .unwrap()
}

pub(crate) fn start(plugin: &Arc<Plugin>) -> CheckSession {
    bind(plugin).start(&Grants::default(), by_id()).unwrap()
}

pub(crate) fn by_id() -> RowKey {
    RowKey {
        columns: vec![0],
        names: vec!["id".into()],
    }
}

/// Runs a check over batches of ten rows; an inspection that fails is left to `close`.
pub(crate) async fn run(plugin: &Arc<Plugin>, batches: i32) -> CheckOutcome {
    let mut session = start(plugin);
    for number in 0..batches {
        let _ = session.inspect(&batch(number * 10..number * 10 + 10)).await;
    }
    session.close().await
}

/// That a well-behaved check still gets its right answer.
pub(crate) async fn others_still_work() {
    static PLUGIN: OnceLock<Arc<Plugin>> = OnceLock::new();
    let plugin = PLUGIN.get_or_init(|| load(&check("", NEGATIVE, "")));
    let outcome = run(plugin, 3).await;
    assert_eq!(
        (
            outcome.inconclusive,
            outcome.rows,
            outcome.findings[0].count
        ),
        (None, 30, 3)
    );
    let keys: Vec<&Value> = outcome.findings[0]
        .rows
        .iter()
        .map(|finding| &finding.key[0])
        .collect();
    assert_eq!(
        keys,
        [&Value::Integer(0), &Value::Integer(10), &Value::Integer(20)]
    );
}
