//! The store from outside: what goes in comes out, after a restart, a kill, and from older files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod changes;
mod hostile;
mod incidents;
mod intents;
mod kept;
mod killed;
mod outgoing;
mod periods;
mod probes;
mod samples;
mod tokens;
mod traffic;
mod verdicts;
mod versions;

use changeover_store::{Reader, Writer, open};
use tempfile::TempDir;

/// A store in a directory of its own, which goes when the value does.
struct Fresh {
    writer: Writer,
    reader: Reader,
    dir: TempDir,
}

async fn fresh() -> Fresh {
    let dir = tempfile::tempdir().unwrap();
    let (writer, reader) = open(dir.path()).await.unwrap();
    Fresh { writer, reader, dir }
}

impl Fresh {
    /// Closes the store and opens what is left on disk.
    async fn reopened(self) -> Self {
        let Self { writer, reader, dir } = self;
        drop((writer, reader));
        let (writer, reader) = open(dir.path()).await.unwrap();
        Self { writer, reader, dir }
    }
}
