//! `Option<Result<…>>`, `Poll<…>`, aliases, and types that cannot be a result.

#[track_errors]
fn next(&mut self) -> Option<Result<Row, Error>> {
    Some(self.read())
}

#[track_errors]
fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Row, Error>>> {
    Poll::Ready(Some(self.project().row(cx)))
}

#[track_errors]
fn alias(row: Row) -> Checked {
    if row.is_empty() { Err(Empty) } else { check(row) }
}

#[track_errors]
fn number(row: Row) -> u32 {
    count(row)
}
