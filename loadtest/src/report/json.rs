//! The report as a JSON object, for scripts.

use std::fs;
use std::path::Path;

use super::Report;
use crate::error::LoadError;

/// Writes the report to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn write(report: &Report, path: &Path) -> Result<(), LoadError> {
    let failed = |source| LoadError::ReportFile { path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(report).map_err(|error| failed(error.into()))?;
    fs::write(path, text + "\n").map_err(failed)
}
