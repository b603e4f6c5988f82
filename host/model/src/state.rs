//! The state of a migration: a pure fold over its events, which also says which events are legal.

use std::collections::BTreeSet;

use crate::{Event, EventKind, Stage};

/// Where a migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was done yet.
    New,
    /// A process is, or was, between two stages.
    Ready,
    /// A process is, or was, in this stage.
    Running(Stage),
    /// It stopped in this stage and can go on.
    Stopped(Stage),
    /// What it created is being removed.
    RollingBack,
    /// The target is as before.
    RolledBack,
    /// Done.
    Completed,
}

/// An event that cannot follow the state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal has `{event}` while the migration is {phase:?}")]
pub struct IllegalTransition {
    /// The event.
    pub event: String,
    /// The state that it met.
    pub phase: Phase,
}

/// The fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Where it stands.
    pub phase: Phase,
    /// Stages that are done.
    pub completed: BTreeSet<Stage>,
    /// The last reason for a stop or a rollback.
    pub reason: Option<String>,
}

impl Default for MigrationState {
    fn default() -> Self {
        Self {
            phase: Phase::New,
            completed: BTreeSet::new(),
            reason: None,
        }
    }
}

impl MigrationState {
    /// Whether the migration is over, one way or the other.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::RolledBack | Phase::Completed)
    }

    /// The state after one more event.
    ///
    /// # Errors
    /// If the event cannot follow: the journal was cut, mixed up or written by two.
    pub fn apply(mut self, event: &Event) -> Result<Self, IllegalTransition> {
        let open = matches!(
            self.phase,
            Phase::Ready | Phase::Running(_) | Phase::Stopped(_)
        );
        let legal = match &event.kind {
            EventKind::Started { .. } => self.phase == Phase::New,
            EventKind::Resumed { .. } => open,
            EventKind::StageStarted { stage } => {
                self.phase == Phase::Ready && self.next_stage() == Some(*stage)
            }
            EventKind::StageSkipped { stage } => {
                self.phase == Phase::Ready && self.next_stage() == Some(*stage)
            }
            EventKind::StageCompleted { stage } => self.phase == Phase::Running(*stage),
            EventKind::Stopped { .. } => open,
            EventKind::RollbackStarted { .. } => open || self.phase == Phase::RollingBack,
            EventKind::RolledBack => self.phase == Phase::RollingBack,
            EventKind::Completed => self.phase == Phase::Ready && self.next_stage().is_none(),
        };
        if !legal {
            return Err(IllegalTransition {
                event: format!("{:?}", event.kind),
                phase: self.phase,
            });
        }
        match &event.kind {
            EventKind::Started { .. } | EventKind::Resumed { .. } => self.phase = Phase::Ready,
            EventKind::StageStarted { stage } => self.phase = Phase::Running(*stage),
            EventKind::StageCompleted { stage } | EventKind::StageSkipped { stage } => {
                self.completed.insert(*stage);
                self.phase = Phase::Ready;
            }
            EventKind::Stopped { stage, message, .. } => {
                self.phase = Phase::Stopped(*stage);
                self.reason = Some(message.clone());
            }
            EventKind::RollbackStarted { reason } => {
                self.phase = Phase::RollingBack;
                self.reason = Some(reason.clone());
            }
            EventKind::RolledBack => {
                self.phase = Phase::RolledBack;
                self.completed.clear();
            }
            EventKind::Completed => self.phase = Phase::Completed,
        }
        Ok(self)
    }

    /// The first stage that is not done.
    pub fn next_stage(&self) -> Option<Stage> {
        Stage::ALL
            .into_iter()
            .find(|stage| !self.completed.contains(stage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MigrationId;
    use proptest::prelude::*;

    fn event(kind: EventKind) -> Event {
        Event {
            sequence: 1,
            migration: MigrationId::new("m"),
            at: String::new(),
            by: String::new(),
            kind,
            previous: String::new(),
        }
    }

    fn started() -> MigrationState {
        let kind = EventKind::Started {
            source: String::new(),
            target: String::new(),
        };
        MigrationState::default().apply(&event(kind)).unwrap()
    }

    #[test]
    fn all_stages_in_order_complete_it() {
        let mut state = started();
        for stage in Stage::ALL {
            state = state
                .apply(&event(EventKind::StageStarted { stage }))
                .unwrap();
            state = state
                .apply(&event(EventKind::StageCompleted { stage }))
                .unwrap();
        }
        assert!(state.apply(&event(EventKind::Completed)).unwrap().is_over());
    }

    #[test]
    fn a_stage_cannot_be_jumped_over() {
        assert!(
            started()
                .apply(&event(EventKind::StageStarted {
                    stage: Stage::Cutover
                }))
                .is_err()
        );
        assert!(started().apply(&event(EventKind::Completed)).is_err());
        assert!(started().apply(&event(EventKind::RolledBack)).is_err());
    }

    fn any_kind() -> impl Strategy<Value = EventKind> {
        let stage = || proptest::sample::select(Stage::ALL.to_vec());
        prop_oneof![
            Just(EventKind::Resumed {
                epoch: 1,
                plan: String::new()
            }),
            stage().prop_map(|stage| EventKind::StageStarted { stage }),
            stage().prop_map(|stage| EventKind::StageCompleted { stage }),
            stage().prop_map(|stage| EventKind::Stopped {
                stage,
                code: None,
                message: String::new()
            }),
            Just(EventKind::RollbackStarted {
                reason: String::new()
            }),
            Just(EventKind::RolledBack),
            Just(EventKind::Completed),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_completed_means_all_stages(kinds in proptest::collection::vec(any_kind(), 0..40)) {
            let mut state = started();
            for kind in kinds {
                if let Ok(next) = state.clone().apply(&event(kind)) {
                    state = next;
                }
                // Done stages are always a prefix, and over is over.
                let done = state.completed.len();
                prop_assert!(Stage::ALL[..done].iter().all(|stage| state.completed.contains(stage)));
                if state.phase == Phase::Completed {
                    prop_assert_eq!(done, Stage::ALL.len());
                }
            }
        }
    }
}
