//! A task that sends a server the rows of a chunk, so that rows are encoded while others are on the wire or at work in the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinError, JoinHandle};

use crate::{Error, Kind, Result};

/// Pieces that wait for the wire: one is enough to keep it busy, and a piece may be a row of many megabytes.
const AHEAD: usize = 1;

/// A task at work, which has the session of the chunk. Dropping it has the task end its session without a commit, as soon as
/// the server has answered what is under way.
pub(crate) struct Feeding<Piece, Session> {
    /// `None` ends the chunk.
    sender: Sender<Option<Piece>>,
    task: JoinHandle<Result<Option<Session>>>,
    holder: Holder,
}

/// Whoever wants the rows of a chunk written. When it goes, what waits is not sent any more.
struct Holder(Arc<AtomicBool>);

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// What a task is told next.
pub(crate) enum Next<Piece> {
    /// To send this.
    Piece(Piece),
    /// There is no more, and the session is wanted back.
    End,
    /// Nobody is left to tell it anything: the chunk was given up.
    GivenUp,
}

/// The pieces, for the task.
pub(crate) struct Pieces<Piece> {
    receiver: Receiver<Option<Piece>>,
    given_up: Arc<AtomicBool>,
}

impl<Piece> Pieces<Piece> {
    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Next<Piece> {
        let next = self.receiver.recv().await;
        match next {
            _ if self.given_up.load(Ordering::Acquire) => Next::GivenUp,
            Some(Some(piece)) => Next::Piece(piece),
            Some(None) => Next::End,
            None => Next::GivenUp,
        }
    }
}

impl<Piece: Send + 'static, Session: Send + 'static> Feeding<Piece, Session> {
    /// Starts one, which gives its session back at the end, or nothing if it was given up.
    pub(crate) fn start<F>(feed: impl FnOnce(Pieces<Piece>) -> F) -> Self
    where
        F: Future<Output = Result<Option<Session>>> + Send + 'static,
    {
        let (sender, receiver) = channel(AHEAD);
        let given_up = Arc::new(AtomicBool::new(false));
        let holder = Holder(given_up.clone());
        let task = tokio::spawn(feed(Pieces { receiver, given_up }));
        Self {
            sender,
            task,
            holder,
        }
    }

    /// Hands a piece over, once there is room. After an error there is nothing more to hand over.
    ///
    /// # Errors
    /// What ended the task.
    pub(crate) async fn send(&mut self, piece: Piece) -> Result<()> {
        if self.sender.send(Some(piece)).await.is_ok() {
            return Ok(());
        }
        session((&mut self.task).await).and(Err(ended_early()))
    }

    /// Waits until everything is sent, and takes the session.
    ///
    /// # Errors
    /// What ended the task.
    pub(crate) async fn end(self) -> Result<Session> {
        // If the task is gone, its failure is what there is to tell.
        let _ = self.sender.send(None).await;
        let ended = self.task.await;
        // Held until then: whoever goes away in the meantime gives the chunk up.
        drop(self.holder);
        session(ended)
    }
}

/// The session that a task gave back.
fn session<Session>(
    ended: std::result::Result<Result<Option<Session>>, JoinError>,
) -> Result<Session> {
    match ended {
        Ok(session) => session?.ok_or_else(ended_early),
        Err(panic) => Err(Error::Statement {
            operation: "write rows".into(),
            kind: Kind::Invalid,
            source: panic.into(),
        }),
    }
}

fn ended_early() -> Error {
    Error::impossible(Kind::Unreachable, "the rows of a chunk ended early")
}
