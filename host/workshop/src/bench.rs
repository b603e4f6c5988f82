//! How fast a plugin is, and how much of its limits it takes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use limosa_model::{CheckKind, MAX_BATCH_ROWS, Usage};
use limosa_plugin::{Limits, Manifest, Options, Runtime};

use crate::made::MadeUp;
use crate::{Error, Result, native};

/// Different batches; the rest are these again.
const BATCHES: usize = 8;
const SEED: u64 = 1;
/// Rounds in which the rows are handed in.
const ROUNDS: usize = 5;
/// Sessions that are started for the figure of a warm start.
const STARTS: u32 = 20;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Rows to be handed in.
    pub rows: u64,
    /// The type of a role's columns, by the role's name; of the others it is the first that the role takes.
    pub types: BTreeMap<String, String>,
    /// Settings of the plugin.
    pub settings: BTreeMap<String, String>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Rows that were handed in.
    pub rows: u64,
    /// How long that took, host and guest.
    pub took: Duration,
    /// How many times as long as a native loop over the first column it takes, where that is a number: the median of some rounds, in each of
    /// which one came after the other, since a machine is not always as fast.
    pub times_native: Option<f64>,
    /// What the guest used.
    pub usage: Usage,
    /// What it might have used.
    pub limits: Limits,
    /// Instructions of WebAssembly a row, as wasmtime counts fuel; the opening of a session not counted.
    pub fuel_per_row: f64,
    /// From the bytes of the component to the first session: read, checked, compiled, started.
    pub cold_start: Duration,
    /// The same with the compiled form at hand.
    pub warm_start: Duration,
    /// A further session: instance and `open`.
    pub session_start: Duration,
}

impl Measured {
    /// Rows a second.
    pub fn rows_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rows = self.rows as f64;
        rows / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

/// Measures a check or transform on made-up rows, in batches of the usual size.
///
/// # Errors
/// If it is a probe, does not load, or does not get to the end.
pub async fn bench(component: &[u8], origin: &str, bench: &Bench) -> Result<Measured> {
    let folder =
        tempfile::tempdir().map_err(Error::file("make a folder in", std::env::temp_dir()))?;
    let cached = || Options {
        cache_folder: Some(folder.path().join("compiled")),
        ..Options::default()
    };
    let began = Instant::now();
    Runtime::new(cached())?.load(component, origin)?;
    let cold_start = began.elapsed();
    let began = Instant::now();
    let runtime = Runtime::new(cached())?;
    let plugin = runtime.load(component, origin)?;
    let warm_start = began.elapsed();

    let manifest = plugin.manifest();
    if manifest.kind == CheckKind::Probe {
        return Err(Error::project(
            "a probe is as fast as the database that answers it: time it with `limosa check`",
        ));
    }
    let mut rows = MadeUp::of(
        &typed(manifest, &bench.types)?,
        BATCHES * MAX_BATCH_ROWS,
        SEED,
    );
    rows.settle_key(&plugin, &bench.settings).await?;
    if manifest.kind == CheckKind::Check {
        // As most of a table is: what is reported costs more than what passes.
        rows.keep_passing(&plugin, &bench.settings).await?;
    }
    let order: Vec<usize> = (0..BATCHES * MAX_BATCH_ROWS)
        .map(|row| row % rows.rows.len())
        .collect();
    let batches = rows.batches(&order, MAX_BATCH_ROWS)?;
    let wanted = usize::try_from(bench.rows)
        .unwrap_or(usize::MAX)
        .div_ceil(MAX_BATCH_ROWS * ROUNDS)
        .max(1);

    let trial = rows.trial(&plugin, &bench.settings)?;
    // Once around, so that what is measured is a plugin at work.
    trial.run(&batches, batches.len()).await?;
    let began = Instant::now();
    for _ in 0..STARTS {
        trial.run(&batches, 0).await?;
    }
    let session_start = began.elapsed() / STARTS;
    native::loop_over(&batches, batches.len());
    let (mut took, mut usage, mut ratios) = (Duration::ZERO, Usage::default(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        usage.merge(&trial.run(&batches, wanted).await?);
        let took_now = began.elapsed();
        took += took_now;
        let native = native::loop_over(&batches, wanted);
        ratios.extend(
            native.map(|native| took_now.as_secs_f64() / native.as_secs_f64().max(f64::EPSILON)),
        );
    }
    ratios.sort_by(f64::total_cmp);

    let fueled = Runtime::new(Options {
        fuel: true,
        ..Options::default()
    })?;
    let counted = rows.trial(&fueled.load(component, origin)?, &bench.settings)?;
    let opening = counted.run(&batches, 0).await?.fuel;
    let all = counted.run(&batches, batches.len()).await?.fuel;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let fuel_per_row = all.saturating_sub(opening) as f64 / order.len() as f64;
    Ok(Measured {
        rows: (ROUNDS * wanted * MAX_BATCH_ROWS) as u64,
        took,
        times_native: ratios.get(ratios.len() / 2).copied(),
        usage,
        limits: plugin.limits(),
        fuel_per_row,
        cold_start,
        warm_start,
        session_start,
    })
}

/// The manifest with roles of one type.
fn typed(manifest: &Manifest, types: &BTreeMap<String, String>) -> Result<Manifest> {
    let mut manifest = manifest.clone();
    for (name, kind) in types {
        let role = manifest.roles.iter_mut().find(|role| &role.name == name);
        let role = role.ok_or_else(|| Error::project(format!("there is no role `{name}`")))?;
        if !role.types.is_empty() && !role.types.contains(kind) {
            let types = role.types.join(", ");
            return Err(Error::project(format!(
                "the role `{name}` takes no {kind}: it takes {types}"
            )));
        }
        role.types = vec![kind.clone()];
    }
    Ok(manifest)
}
