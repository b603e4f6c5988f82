//! The engine that compiles and runs components, and the thread that makes its clock tick.

use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures,
};

use crate::limits::{CORE_INSTANCES, MEMORIES, MOST_MEMORY, TABLE_ELEMENTS, TABLES};
use crate::{Error, Result};

/// How often a running guest is asked whether its time is up.
const TICK: Duration = Duration::from_millis(10);
/// Instances at the same time: eight loaders with thirty checks each.
const INSTANCES: u32 = 256;
/// Kept by a slot of the pool between two instances, so that a small guest faults no page in again.
const KEPT: usize = 1 << 20;
/// Slots that keep it: with [`KEPT`], the 32 MiB that an idle pool may hold.
const WARM: u32 = 32;

/// An engine with the settings of the sandbox; with `fuel` it counts instructions too, which makes guests slower.
pub(crate) fn engine(fuel: bool) -> Result<Engine> {
    let engine = Engine::new(pooling().consume_fuel(fuel)).or_else(|error| {
        tracing::info!(%error, "no room for a pool of plugin instances; each gets memory when it starts");
        Engine::new(on_demand().consume_fuel(fuel))
    });
    let engine = engine.map_err(|error| Error::Start {
        operation: "setting up the engine",
        source: error.into(),
    })?;
    tick(&engine)?;
    Ok(engine)
}

fn common() -> Config {
    let mut config = Config::new();
    let off = WasmFeatures::THREADS
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::MEMORY64
        | WasmFeatures::GC
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::STACK_SWITCHING
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::CM_ASYNC
        | WasmFeatures::CM_THREADING;
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .wasm_features(off, false)
        // The same answer on every machine.
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(512 << 10);
    config
}

fn pooling() -> Config {
    // A count and no room: it is never what a pool runs out of first.
    let core_instances = u32::try_from(CORE_INSTANCES).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES.saturating_mul(core_instances))
        .total_memories(INSTANCES)
        .total_tables(INSTANCES * 3)
        .total_gc_heaps(1)
        .max_core_instances_per_component(core_instances)
        .max_memories_per_component(u32::try_from(MEMORIES).unwrap_or(u32::MAX))
        .max_tables_per_component(u32::try_from(TABLES).unwrap_or(u32::MAX))
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(MOST_MEMORY)
        .max_unused_warm_slots(WARM)
        .linear_memory_keep_resident(KEPT)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = common();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// For systems with little address space: memories of just the size that is allowed, with explicit bounds checks.
fn on_demand() -> Config {
    let mut config = common();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(MOST_MEMORY as u64)
        .memory_guard_size(64 << 10)
        .memory_reservation_for_growth(0);
    config
}

/// Ends by itself once the engine is gone.
fn tick(engine: &Engine) -> Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("plugin clock".into())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                let Some(engine) = weak.upgrade() else { break };
                engine.increment_epoch();
            }
        })
        .map_err(|error| Error::Start {
            operation: "starting a thread",
            source: error.into(),
        })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_allocate_are_accepted() {
        for config in [pooling(), on_demand()] {
            Engine::new(&config).unwrap();
        }
    }
}
