//! The orders, in SQLite.

use std::time::Duration;

use deadpool_sqlite::rusqlite::{self, Connection, ErrorCode, OptionalExtension};
use deadpool_sqlite::{Config, Pool, PoolConfig, PoolError, Runtime};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use track_errors::track_errors;

#[derive(Debug, Deserialize)]
pub struct NewOrder {
    /// Chosen by the client, so that an order that is sent twice exists once.
    pub reference: String,
    pub item: String,
    pub cents: u32,
}

#[derive(Debug, Serialize)]
pub struct Order {
    pub id: i64,
    pub reference: String,
    pub item: String,
    pub cents: u32,
}

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("no connection to the database")]
    Pool(#[from] PoolError),
    #[error("the statement was not run: {0}")]
    NotRun(String),
    #[error("the database refused the statement")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// There is an order with this reference already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, StoreError::Sqlite(error)
            if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation))
    }
}

#[derive(Clone)]
pub struct Store {
    pool: Pool,
}

// Every function that returns a `Result` is tracked. The closures run on threads for blocking work, which know
// nothing of the request; their errors come back to these functions, and leave them in the request's span.
#[track_errors]
impl Store {
    pub async fn open(path: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let mut config = Config::new(path);
        let mut pool = PoolConfig::default();
        pool.timeouts.wait = Some(Duration::from_secs(10));
        config.pool = Some(pool);
        let pool = config.create_pool(Runtime::Tokio1)?;
        let store = Store { pool };
        store
            .run(|connection| {
                connection.execute_batch(
                    "PRAGMA journal_mode = WAL;
                     CREATE TABLE IF NOT EXISTS orders (
                         id INTEGER PRIMARY KEY,
                         reference TEXT NOT NULL UNIQUE,
                         item TEXT NOT NULL,
                         cents INTEGER NOT NULL
                     ) STRICT;",
                )
            })
            .await?;
        Ok(store)
    }

    /// A duplicate is the client's mistake. `when` says so, because the type alone cannot.
    #[track_errors(when = |error| !error.is_duplicate())]
    pub async fn insert(&self, order: NewOrder) -> Result<Order, StoreError> {
        self.run(move |connection| {
            connection.query_row(
                "INSERT INTO orders (reference, item, cents) VALUES (?1, ?2, ?3)
                 RETURNING id, reference, item, cents",
                (order.reference, order.item, order.cents),
                read,
            )
        })
        .await
    }

    pub async fn find(&self, id: i64) -> Result<Option<Order>, StoreError> {
        self.run(move |connection| {
            connection
                .query_row(
                    "SELECT id, reference, item, cents FROM orders WHERE id = ?1",
                    [id],
                    read,
                )
                .optional()
        })
        .await
    }

    /// Skipped: frame 0, by which errors are grouped, is where a statement was wanted, and not the line that all
    /// statements share.
    #[track_errors(skip)]
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.pool.get().await?;
        // As text: the error holds what a panic may have thrown, so it is not `Sync`, which other errors are.
        let result = connection
            .interact(work)
            .await
            .map_err(|error| StoreError::NotRun(error.to_string()))?;
        Ok(result?)
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order { id: row.get(0)?, reference: row.get(1)?, item: row.get(2)?, cents: row.get(3)? })
}
