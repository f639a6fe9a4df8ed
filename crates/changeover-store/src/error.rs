//! What can go wrong with a read or a write. Rules of a table have an error of their own beside it.

use std::error::Error;

/// A read or write that failed. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store could not {operation}")]
    Database {
        /// A verb and its object: "append to the audit record".
        operation: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the store holds a {column} that cannot be read")]
    Unreadable {
        /// The column that holds it.
        column: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("the store cannot hold this {column}")]
    Unstorable {
        /// The column that would have held it.
        column: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Names the operation in which the database failed.
    pub(crate) fn during(operation: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { operation, source }
    }

    pub(crate) fn unreadable(
        column: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable { column, source: source.into() }
    }

    pub(crate) fn unstorable(
        column: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unstorable { column, source: source.into() }
    }
}
