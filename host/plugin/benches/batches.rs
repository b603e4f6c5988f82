//! What the sandbox costs: load, start, a batch that nobody looks at, and a check over floats. `cargo bench -p limosa-plugin`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use limosa_model::{Batch, BatchBuilder, ColumnType, Field, MAX_BATCH_ROWS, Shape};
use limosa_plugin::{Bound, Grants, Options, Plugin, RowKey, Runtime};

#[path = "../tests/all/guests.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod guests;

const ROWS: u32 = 8_192;

fn main() {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    threads.block_on(measure());
}

async fn measure() {
    assert_eq!(usize::try_from(ROWS), Ok(MAX_BATCH_ROWS));
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        cache_folder: Some(folder.path().join("cache")),
        ..Options::default()
    };
    let runtime = Runtime::new(options).unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let bytes = std::fs::read(target.join("plugins/negative-amounts.wasm"))
        .expect("run plugins/build first");
    for name in ["compile and try out", "load from the cache"] {
        let began = Instant::now();
        runtime.load(&bytes, "negative-amounts").unwrap();
        println!("{name:40} {:>12?}", began.elapsed());
    }
    let negative = runtime.load(&bytes, "negative-amounts").unwrap();
    let idle = runtime
        .load(
            &guests::component("check", &guests::check("", "", ""), guests::MANIFEST),
            "idle",
        )
        .unwrap();
    let native = runtime
        .load(
            &guests::component(
                "check",
                &guests::check("", guests::NEGATIVE, ""),
                guests::MANIFEST,
            ),
            "wat",
        )
        .unwrap();

    let bound = bind(&negative, "amount");
    let each = time(2_000, async || {
        start(&bound).close().await;
    })
    .await;
    println!("{:40} {each:>12?}", "session: start, open, close");

    let batch = batch();
    let mut session = start(&bind(&idle, "amount"));
    let each = time(20_000, async || session.inspect(&batch).await.unwrap()).await;
    println!("{:40} {each:>12?}", "batch into a check that does nothing");
    for (name, plugin, column) in [
        ("floats, hand-written check", &native, "amount"),
        ("floats, negative-amounts", &negative, "amount"),
        ("integers, negative-amounts", &negative, "id"),
        ("decimals, negative-amounts", &negative, "price"),
    ] {
        let mut session = start(&bind(plugin, column));
        let each = time(5_000, async || session.inspect(&batch).await.unwrap()).await;
        let rate = f64::from(ROWS) / each.as_secs_f64() / 1e6;
        println!("{name:40} {each:>12?} a batch, {rate:>6.0} M rows/s");
        assert_eq!(session.close().await.inconclusive, None);
    }

    let mut sessions: Vec<_> = (0..4).map(|_| start(&bound)).collect();
    let each = time(2_000, async || {
        let [a, b, c, d] = sessions.as_mut_slice() else {
            unreachable!()
        };
        let done = tokio::join!(
            a.inspect(&batch),
            b.inspect(&batch),
            c.inspect(&batch),
            d.inspect(&batch)
        );
        assert!(done.0.is_ok() && done.1.is_ok() && done.2.is_ok() && done.3.is_ok());
    })
    .await;
    println!("{:40} {each:>12?}", "four checks on one batch, together");
}

async fn time(rounds: u32, mut work: impl AsyncFnMut()) -> Duration {
    for _ in 0..rounds / 10 {
        work().await;
    }
    let began = Instant::now();
    for _ in 0..rounds {
        work().await;
    }
    began.elapsed() / rounds
}

fn fields() -> Vec<Field> {
    let field = |name: &str, column_type| Field {
        name: name.into(),
        column_type,
        nullable: true,
    };
    vec![
        field("id", ColumnType::Integer { bytes: 8 }),
        field("amount", ColumnType::Float { bytes: 8 }),
        field(
            "price",
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
        ),
    ]
}

fn batch() -> Batch {
    let mut builder = BatchBuilder::new(Shape::new(fields()));
    for row in 0..ROWS {
        builder.integer(0, i64::from(row));
        builder.float(1, f64::from(row));
        builder.decimal(2, i128::from(row));
        builder.end_row();
    }
    builder.finish().unwrap()
}

fn bind(plugin: &Arc<Plugin>, column: &str) -> Bound {
    plugin
        .bind(&format!("check:t.{column}").parse().unwrap(), &fields())
        .unwrap()
}

fn start(bound: &Bound) -> limosa_plugin::CheckSession {
    bound
        .start(
            &Grants::default(),
            RowKey {
                columns: vec![0],
                names: vec!["id".into()],
            },
        )
        .unwrap()
}
