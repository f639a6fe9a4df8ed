//! The two handles: one that writes, one that reads.
//!
//! Connections are kept here rather than in sqlx's pool: a pool measures its waiting by the
//! runtime's clock, which tests pause, and one writer needs no pool.

use std::ops::DerefMut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use crate::StoreError;
use crate::data_dir::DataDirLock;

/// The only handle that changes what is stored. There is one per data directory; share it behind
/// an `Arc`. Writes queue up and each is a transaction: all of it, or nothing.
#[derive(Debug)]
pub struct Writer {
    // Before the lock, so that the file is let go of first.
    connection: Mutex<SqliteConnection>,
    _lock: DataDirLock,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, lock: DataDirLock) -> Self {
        Self { connection: Mutex::new(connection), _lock: lock }
    }

    /// The connection, when those who asked before are done. Hold it for one transaction.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, SqliteConnection> {
        self.connection.lock().await
    }

    /// Folds the write-ahead log into the file and closes it. Not needed for safety: a process
    /// that just ends loses nothing that was acknowledged.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the disk refuses.
    pub async fn close(self) -> Result<(), StoreError> {
        let connection = self.connection.into_inner();
        connection.close().await.map_err(StoreError::during("close the database"))
    }
}

/// Begins a transaction that has the right to write from its first statement on.
pub(crate) async fn begin<'turn>(
    connection: &'turn mut SqliteConnection,
    operation: &'static str,
) -> Result<Transaction<'turn, Sqlite>, StoreError> {
    connection.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::during(operation))
}

/// Reads beside the writer and sees what is committed. Cheap to clone; it cannot write.
#[derive(Debug, Clone)]
pub struct Reader(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    lanes: Vec<Mutex<SqliteConnection>>,
    next: AtomicUsize,
}

impl Reader {
    /// How many reads run side by side: a long one must not hold up the board.
    pub(crate) const LANES: usize = 3;

    pub(crate) fn new(lanes: Vec<SqliteConnection>) -> Self {
        let lanes = lanes.into_iter().map(Mutex::new).collect();
        Self(Arc::new(Lanes { lanes, next: AtomicUsize::new(0) }))
    }

    /// A connection that is free, or the next in turn.
    pub(crate) async fn lane(&self) -> impl DerefMut<Target = SqliteConnection> + '_ {
        let Lanes { lanes, next } = self.0.as_ref();
        if let Some(free) = lanes.iter().find_map(|lane| lane.try_lock().ok()) {
            return free;
        }
        let turn = next.fetch_add(1, Ordering::Relaxed) % lanes.len().max(1);
        lanes[turn].lock().await
    }
}
