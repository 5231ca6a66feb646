//! A boundary opens a scope: at the call, or as a future.

#[track_errors(report = "boundary", handled = "warn")]
fn run(job: Job) -> Result<(), JobError> {
    job.run()
}

#[track_errors(report = "boundary")]
async fn handle(request: Request) -> Result<Response, HttpError> {
    route(request).await
}

#[track_errors(report = "boundary")]
fn boxed(job: Job) -> Pin<Box<dyn Future<Output = Result<(), JobError>>>> {
    Box::pin(async move { job.run().await })
}
