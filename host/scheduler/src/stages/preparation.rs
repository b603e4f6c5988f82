//! Preparation: the plan stands and the lease is held; the source is probed before anything is written.

use async_trait::async_trait;
use limosa_model::{Progress, Stage};

use super::{Work, judge};
use crate::Result;
use crate::checks::{At, probe};
use crate::run::Run;

pub(super) struct Preparation;

#[async_trait]
impl Work for Preparation {
    fn stage(&self) -> Stage {
        Stage::Preparation
    }

    async fn check(&self, run: &Run<'_>) -> Result<()> {
        run.refuse_misfits().await
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        let keyless: Vec<String> = run
            .plan
            .tables
            .iter()
            .flat_map(|table| table.readings())
            .filter(|reading| reading.key.is_empty())
            .map(|reading| reading.source.to_string())
            .collect();
        if !keyless.is_empty() {
            let text = format!(
                "no usable key, so copied in one piece each: {}",
                keyless.join(", ")
            );
            run.observer().observe(&Progress::Note { text });
        }
        if run.options().skip_pre_validation {
            return Ok(());
        }
        let outcomes = probe(
            run.asked(At::Source),
            run.checks(),
            &run.plan,
            run.catalogue(),
            At::Source,
        )
        .await?;
        run.take(At::Source, outcomes);
        judge(run, At::Source)
    }
}
