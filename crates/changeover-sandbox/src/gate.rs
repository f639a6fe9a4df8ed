//! A door of the world: a listener on loopback that can really refuse connections.
//!
//! While the gate is shut the port stays bound but nobody listens, so the system itself refuses
//! every connection and no other program can take the port; connections that were open break.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use changeover_clock::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

const BACKLOG: u32 = 1_024;
/// Until a port that could not be had is tried again, in the clock's time.
const RETRY: Duration = Duration::from_millis(250);

/// Whether the door is open, and the token that breaks what came through it.
#[derive(Debug, Clone)]
struct Door {
    open: bool,
    broken: CancellationToken,
}

/// Opens and shuts a door.
#[derive(Debug)]
pub(crate) struct Gate {
    door: watch::Sender<Door>,
    end: CancellationToken,
}

impl Gate {
    /// A door on a free port of loopback, open. Everything through it breaks when `end` comes.
    pub(crate) async fn bind(
        clock: Clock,
        end: &CancellationToken,
    ) -> io::Result<(Self, GatedListener)> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let door = watch::Sender::new(Door { open: true, broken: end.child_token() });
        let gated = GatedListener {
            clock,
            address,
            socket: Socket::Listening(listener),
            door: door.subscribe(),
        };
        let end = end.clone();
        Ok((Self { door, end }, gated))
    }

    /// Breaks what came through so far.
    pub(crate) fn break_connections(&self) {
        self.door.send_modify(|door| {
            door.broken.cancel();
            door.broken = self.end.child_token();
        });
    }

    /// Opens or shuts; what it is already it stays.
    pub(crate) fn set_open(&self, open: bool) {
        self.door.send_if_modified(|door| {
            if door.open == open {
                return false;
            }
            door.open = open;
            door.broken.cancel();
            door.broken = self.end.child_token();
            true
        });
    }
}

#[derive(Debug)]
enum Socket {
    Listening(TcpListener),
    /// Holds the port without listening.
    Reserved(TcpSocket),
    /// The port is to be taken again.
    Gone,
}

/// The listener behind a [`Gate`].
#[derive(Debug)]
pub(crate) struct GatedListener {
    clock: Clock,
    address: SocketAddr,
    socket: Socket,
    door: watch::Receiver<Door>,
}

impl GatedListener {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn reserve(&self) -> io::Result<TcpSocket> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        Ok(socket)
    }

    /// Brings the socket into the state that the door asks for.
    fn follow(&mut self, open: bool) -> io::Result<()> {
        let socket = std::mem::replace(&mut self.socket, Socket::Gone);
        self.socket = match (socket, open) {
            (Socket::Listening(listener), false) => {
                drop(listener);
                Socket::Reserved(self.reserve()?)
            }
            (Socket::Reserved(socket), true) => Socket::Listening(socket.listen(BACKLOG)?),
            (Socket::Gone, true) => Socket::Listening(self.reserve()?.listen(BACKLOG)?),
            (Socket::Gone, false) => Socket::Reserved(self.reserve()?),
            (same, _) => same,
        };
        Ok(())
    }

    /// The next connection, or nothing when the door has moved before one came.
    async fn try_accept(&mut self) -> io::Result<Option<(GatedStream, SocketAddr)>> {
        let door = self.door.borrow_and_update().clone();
        self.follow(door.open)?;
        let connection = async {
            match &self.socket {
                Socket::Listening(listener) => listener.accept().await,
                Socket::Reserved(_) | Socket::Gone => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = connection => {
                let (stream, peer) = accepted?;
                Ok(Some((GatedStream::new(stream, door.broken), peer)))
            }
            changed = self.door.changed() => match changed {
                Ok(()) => Ok(None),
                // Whoever held the door is gone, and so will this be.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

impl Listener for GatedListener {
    type Io = GatedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (GatedStream, SocketAddr) {
        loop {
            match self.try_accept().await {
                Ok(Some(accepted)) => return accepted,
                // The door has moved.
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, address = %self.address, "no connection; trying again");
                    self.clock.sleep(RETRY).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection that breaks when its door is shut.
pub(crate) struct GatedStream {
    stream: TcpStream,
    broken: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl GatedStream {
    fn new(stream: TcpStream, broken: CancellationToken) -> Self {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small frames of this connection may be held back");
        }
        Self { stream, broken: Box::pin(broken.cancelled_owned()) }
    }

    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.broken.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for GatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Err(error) = self.check(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for GatedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Err(error) = self.check(context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
