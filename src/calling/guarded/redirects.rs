//! Where a redirect leads. It must not know whether redirects are followed, or who may be called.

use hyper::header::{HeaderMap, LOCATION};
use hyper::{Response, StatusCode, Uri};

/// The address that an answer sends the same call to, if it does. Of the statuses of redirects only two let a call
/// stay what it was, with its body; and what was to be encrypted is not sent otherwise.
pub(super) fn target<T>(from: &Uri, answer: &Response<T>) -> Option<Uri> {
    if !matches!(answer.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
        return None;
    }
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    let target: Uri = location.parse().ok()?;
    match target.scheme_str() {
        Some("https") => Some(target),
        Some("http") if from.scheme_str() == Some("http") => Some(target),
        None if location.starts_with('/') && !location.starts_with("//") => on_the_same_host(from, target),
        _ => None,
    }
}

fn on_the_same_host(from: &Uri, path: Uri) -> Option<Uri> {
    let mut parts = from.clone().into_parts();
    parts.path_and_query = path.into_parts().path_and_query;
    Uri::from_parts(parts).ok()
}

/// Takes out what is for the first host alone, where a call leaves it.
pub(super) fn keep_secrets(headers: &mut HeaderMap, from: &Uri, target: &Uri) {
    if from.authority() == target.authority() {
        return;
    }
    let secret = headers.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name.clone());
    for name in secret.collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target_of(from: &str, status: u16, location: &str) -> Option<String> {
        let answer = Response::builder().status(status).header(LOCATION, location).body(()).unwrap();
        target(&from.parse().unwrap(), &answer).map(|target| target.to_string())
    }

    #[test]
    fn a_call_goes_where_it_stays_what_it_is() {
        for (from, location, expected) in [
            ("https://a.example/in?x=1", "https://b.example/out", "https://b.example/out"),
            ("http://a.example/in", "https://b.example:8443/", "https://b.example:8443/"),
            ("http://a.example/in", "http://b.example/", "http://b.example/"),
            ("https://a.example:444/in?x=1", "/out?y=2", "https://a.example:444/out?y=2"),
        ] {
            for status in [307, 308] {
                assert_eq!(target_of(from, status, location).as_deref(), Some(expected), "{location}");
            }
        }
    }

    #[test]
    fn a_call_goes_nowhere_else() {
        for (status, location) in [
            (301, "https://b.example/"),
            (302, "https://b.example/"),
            (303, "https://b.example/"),
            (200, "https://b.example/"),
            (307, "http://a.example/"),
            (307, "ftp://b.example/"),
            (307, "out"),
            (307, "//b.example/"),
            (307, ""),
            (307, "https://"),
        ] {
            assert_eq!(target_of("https://a.example/in", status, location), None, "{status} {location}");
        }
    }
}
