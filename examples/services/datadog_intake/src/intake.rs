//! A sink that posts error logs to Datadog.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use track_errors::{Batch, Sink};
use ureq::{Agent, http::HeaderValue};

/// Limits of one request: <https://docs.datadoghq.com/api/latest/logs/#send-logs>. A line of `track_errors` is far
/// below the limit of a log, 1 MB.
const MAX_BYTES: usize = 5_000_000;
const MAX_LOGS: usize = 1_000;

/// Datadog's HTTP intake for logs.
pub struct DatadogIntake {
    agent: Agent,
    url: String,
    key: HeaderValue,
}

impl DatadogIntake {
    /// An intake such as `https://http-intake.logs.datadoghq.com`. A request may take as long as `timeout`.
    pub fn new(intake: &str, key: &str, timeout: Duration) -> Result<Self, ureq::http::Error> {
        let url = format!("{intake}/api/v2/logs");
        url.parse::<ureq::http::Uri>()?;
        let mut key = HeaderValue::from_str(key.trim())?; // its error does not hold the key
        key.set_sensitive(true); // nor does its `Debug`
        let config = Agent::config_builder() // with the proxy of the environment
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0) // a redirect would take the key along
            .max_redirects_will_error(false)
            .build();
        Ok(DatadogIntake { agent: config.into(), url, key })
    }

    /// Posts lines as one JSON array, or as two if they are too many for one request.
    fn post(&self, lines: &[&[u8]]) -> io::Result<()> {
        let logs = [b"[", &*lines.join(&b","[..]), b"]"].concat();
        if lines.len() > MAX_LOGS || (logs.len() > MAX_BYTES && lines.len() > 1) {
            let (first, second) = lines.split_at(lines.len() / 2);
            return self.post(first).and_then(|()| self.post(second));
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&logs)?;
        let request = self.agent.post(&self.url).header("DD-API-KEY", &self.key);
        let request = request.content_type("application/json").header("Content-Encoding", "gzip");
        // No answer: `track_errors` keeps the batch, and offers it again after a pause.
        let away = |error| io::Error::new(ErrorKind::NotConnected, error);
        let mut response = request.send(&gzip.finish()?).map_err(away)?;
        let _ = response.body_mut().read_to_vec(); // so that the connection can be used again
        let kind = match response.status().as_u16() {
            202 => return Ok(()),
            408 | 429 | 500..=599 => ErrorKind::NotConnected,
            401 | 403 => ErrorKind::PermissionDenied, // as any other kind: the lines go to stderr
            _ => ErrorKind::InvalidData,
        };
        Err(io::Error::new(kind, format!("the intake answered {}", response.status())))
    }
}

impl Sink for DatadogIntake {
    fn name(&self) -> &str {
        &self.url
    }

    /// If one of two requests fails, both are sent again. Their logs have the same `track_errors.id` as before.
    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.post(&batch.lines().collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests;
