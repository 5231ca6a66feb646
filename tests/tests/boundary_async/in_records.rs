//! The boundary in a record.

use super::*;

/// The boundary of the only record.
#[track_caller]
fn boundary_of<T>(f: impl FnOnce() -> T) -> BoundaryRecord {
    only(records(f)).boundary.expect("a boundary held it")
}

#[track_caller]
fn assert_ended(boundary: &BoundaryRecord, function: &str, end: BoundaryEnd) {
    let path = boundary.function.as_deref().expect("it is over");
    assert!(path.starts_with("boundary_async::"), "{path}");
    assert_eq!((path.rsplit("::").next(), boundary.end), (Some(function), end));
}

#[test]
fn a_record_names_the_boundary_that_returned_the_error() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        store(1).await
    }
    let boundary = boundary_of(|| block_on(job()));
    assert_ended(&boundary, "job", BoundaryEnd::Returned);
    assert_eq!(boundary.id.len(), 16);
    assert!(boundary.id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", boundary.id);
}

#[test]
fn a_record_names_the_boundary_that_handled_the_error() {
    #[track_errors(service = "job", report = "boundary", handled = "warn")]
    async fn job() -> io::Result<()> {
        store(1).await.or(Ok(()))
    }
    assert_ended(&boundary_of(|| block_on(job())), "job", BoundaryEnd::Handled);
}

#[test]
fn records_name_the_cancelled_boundary_and_share_its_id() {
    let records = records(|| poll_often(pin!(endless_job())));
    let boundaries: Vec<_> = records.iter().filter_map(|record| record.boundary.clone()).collect();
    assert_eq!(boundaries.len(), 2, "{records:#?}");
    assert_ended(&boundaries[0], "endless_job", BoundaryEnd::Cancelled);
    assert_eq!(boundaries[0], boundaries[1]);
}

#[test]
fn a_record_says_that_its_boundary_panicked() {
    #[track_errors(service = "job", report = "boundary")]
    async fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1).await;
        panic!("on purpose");
    }
    let boundary = boundary_of(|| {
        let caught = catch_unwind(|| block_on(job()));
        assert!(caught.is_err());
    });
    assert_eq!(boundary.end, BoundaryEnd::Panicked);
}

#[test]
fn records_of_two_calls_of_a_boundary_have_different_boundary_ids() {
    let records = records(|| {
        poll_often(pin!(endless_job()));
        poll_often(pin!(endless_job()));
    });
    let ids = records.iter().map(|record| &record.boundary.as_ref().expect("one").id);
    let ids: Vec<_> = ids.collect();
    assert!(ids.len() == 4 && ids[0] == ids[1] && ids[2] == ids[3], "{ids:?}");
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn a_record_that_no_boundary_held_names_none() {
    assert!(only(records(|| block_on(store(1)))).boundary.is_none());
}
