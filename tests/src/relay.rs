//! A network that can fail: a relay before a server that stalls every connection at a given word.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use anyhow::{Context as _, Result};

/// What the connections of a relay share.
#[derive(Debug, Default)]
struct Line {
    state: Mutex<State>,
    /// Told when a stalled connection may be given up.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Stall when a client says this.
    word: Option<&'static [u8]>,
    /// How many times the line was stalled: connections from before it pass nothing more to the server.
    stalls: u32,
    ended: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Passes bytes on between clients and a server on this machine.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    line: Arc<Line>,
}

impl Relay {
    /// Listens on a port of its own for the server at the other.
    pub fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listen as a relay")?;
        let port = listener.local_addr()?.port();
        let line = Arc::new(Line::default());
        let shared = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server));
                if shared.state().ended {
                    return;
                }
                if let Ok(server) = TcpStream::connect(server) {
                    connect(client, server, &shared);
                }
            }
        });
        Ok(Self { port, line })
    }

    /// The address of a database, by way of the relay.
    pub fn url(&self, direct: &str, server: u16) -> String {
        direct.replacen(&format!(":{server}/"), &format!(":{}/", self.port), 1)
    }

    /// From when a client next says this word, neither it nor any other that is connected by then reaches the server.
    pub fn stall_at(&self, word: &'static str) {
        self.line.state().word = Some(word.as_bytes());
    }

    /// Whether the word was said.
    pub fn has_stalled(&self) -> bool {
        self.line.state().stalls > 0
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.line.state().ended = true;
        self.line.ended.notify_all();
        // The listener looks whether it has ended once somebody comes.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

/// Passes bytes on both ways until one side is done.
fn connect(client: TcpStream, server: TcpStream, line: &Arc<Line>) {
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let line = Arc::clone(line);
    thread::spawn(move || {
        let since = line.state().stalls;
        let mut bytes = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from_client.read(&mut bytes) {
            let mut state = line.state();
            let said = |word: &&[u8]| {
                bytes[..length]
                    .windows(word.len())
                    .any(|part| part == *word)
            };
            if state.word.as_ref().is_some_and(said) {
                state.word = None;
                state.stalls += 1;
            }
            while state.stalls > since && !state.ended {
                state = line
                    .ended
                    .wait(state)
                    .unwrap_or_else(|poisoned| poisoned.into_inner());
            }
            drop(state);
            if to_server.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let (mut from_server, mut to_client) = (server, client);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}
