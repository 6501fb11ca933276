//! What the broker counts itself, read from its page of metrics.

use reqwest::Client;

use crate::error::LoadError;

/// The page, as it was when it was read.
#[derive(Debug)]
pub struct Metrics(String);

impl Metrics {
    /// Reads the page of the broker at an address.
    ///
    /// # Errors
    /// When there is none.
    pub async fn read(base_url: &str) -> Result<Self, LoadError> {
        let failed = |source| LoadError::Call { doing: "read the broker's metrics", source };
        let request = Client::new().get(format!("{base_url}/metrics")).send();
        let answer = request.await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        answer.text().await.map(Self).map_err(failed)
    }

    /// A number of the page.
    ///
    /// # Errors
    /// When it is not there.
    pub fn number(&self, name: &'static str) -> Result<u64, LoadError> {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<f64>().ok();
        self.0.lines().find_map(value).map(|value| value as u64).ok_or(LoadError::Metric(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_whole_name() {
        let page = "# HELP sessions x\nsessions_expired_total 7\nsessions 12\n".to_owned();
        assert_eq!(Metrics(page).number("sessions").unwrap(), 12);
    }

    #[test]
    fn a_number_that_is_not_told_is_named() {
        let error = Metrics(String::new()).number("sessions").unwrap_err();
        assert!(error.to_string().contains("'sessions'"), "{error}");
    }
}
