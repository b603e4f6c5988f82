//! Cleanup: the books leave the target; the journal and the report keep what they said.

use async_trait::async_trait;
use limosa_model::Stage;

use super::Work;
use crate::Result;
use crate::error::Doing;
use crate::lease::lease_lost;
use crate::run::Run;

pub(super) struct Cleanup;

#[async_trait]
impl Work for Cleanup {
    fn stage(&self) -> Stage {
        Stage::Cleanup
    }

    async fn run(&self, run: &Run<'_>) -> Result<()> {
        run.may_go_on()?;
        // From here on the migration is done, and whoever comes after a crash only removes what is left of the books.
        let doing = || "noting in the target that the migration is done".into();
        if !run.book().finish(&run.keeper().lease).await.doing(doing)? {
            return Err(lease_lost());
        }
        let doing = || "removing the books from the target".into();
        run.book().close_quarantine().await.doing(doing)?;
        run.book().remove().await.doing(doing)
    }
}
