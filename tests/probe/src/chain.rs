//! Three tracked functions, with an untracked one between the first two, as in a service: sync, and as a
//! Tokio task.

/// The functions call each other.
pub(crate) mod called {
    use std::io;

    use track_errors::track_errors;

    #[track_errors(service = "probe")]
    pub(crate) fn handler(path: &str) -> io::Result<usize> {
        let length = middleware(|| store(path))?; // called::handler
        Ok(length + 1)
    }

    fn middleware<T>(next: impl FnOnce() -> T) -> T {
        next()
    }

    #[track_errors(service = "probe")]
    fn store(path: &str) -> io::Result<usize> {
        let length = insert(path)?; // called::store
        Ok(length + 1)
    }

    #[track_errors(service = "probe")]
    fn insert(path: &str) -> io::Result<usize> {
        let text = std::fs::read_to_string(path)?; // called::insert
        Ok(text.len())
    }
}

/// The functions await each other; the last fails at its second poll.
pub(crate) mod spawned {
    use std::future::Future;
    use std::io;

    use track_errors::track_errors;

    #[track_errors(service = "probe")]
    pub(crate) async fn handler(path: &str) -> io::Result<usize> {
        let length = middleware(|| store(path)).await?; // spawned::handler
        Ok(length + 1)
    }

    async fn middleware<F: Future>(next: impl FnOnce() -> F) -> F::Output {
        next().await
    }

    #[track_errors(service = "probe")]
    async fn store(path: &str) -> io::Result<usize> {
        let length = insert(path).await?; // spawned::store
        Ok(length + 1)
    }

    #[track_errors(service = "probe")]
    async fn insert(path: &str) -> io::Result<usize> {
        tokio::task::yield_now().await;
        let text = std::fs::read_to_string(path)?; // spawned::insert
        Ok(text.len())
    }
}
