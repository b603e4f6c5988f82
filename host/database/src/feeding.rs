//! A task that sends a server the rows of a chunk, so that rows are encoded while others are on the wire or at work in the server.

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::{Error, Kind, Result};

/// Pieces that wait for the wire.
const AHEAD: usize = 2;

/// A task at work, which has the session of the chunk. Dropping it lets the task end its session without a commit.
pub(crate) struct Feeding<Piece, Session> {
    /// `None` ends the chunk.
    sender: Sender<Option<Piece>>,
    task: JoinHandle<Result<Option<Session>>>,
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
pub(crate) struct Pieces<Piece>(Receiver<Option<Piece>>);

impl<Piece> Pieces<Piece> {
    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Next<Piece> {
        match self.0.recv().await {
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
        Self {
            sender,
            task: tokio::spawn(feed(Pieces(receiver))),
        }
    }

    /// Hands a piece over, once there is room.
    ///
    /// # Errors
    /// What ended the task.
    pub(crate) async fn send(&mut self, piece: Piece) -> Result<()> {
        if self.sender.send(Some(piece)).await.is_ok() {
            return Ok(());
        }
        match (&mut self.task).await {
            Ok(Err(error)) => Err(error),
            _ => Err(ended_early()),
        }
    }

    /// Waits until everything is sent, and takes the session.
    ///
    /// # Errors
    /// What ended the task.
    pub(crate) async fn end(self) -> Result<Session> {
        // If the task is gone, its failure is what there is to tell.
        let _ = self.sender.send(None).await;
        match self.task.await {
            Ok(Ok(Some(session))) => Ok(session),
            Ok(Ok(None)) => Err(ended_early()),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(Error::Statement {
                operation: "write rows".into(),
                kind: Kind::Invalid,
                source: panic.into(),
            }),
        }
    }
}

fn ended_early() -> Error {
    Error::impossible(Kind::Unreachable, "the rows of a chunk ended early")
}
