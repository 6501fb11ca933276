//! The receiver in Rust, as docs/webhooks.md shows it.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Whether the key's owner sent this in the last five minutes. `now` are seconds since 1970, `body` the bytes as they
/// came.
pub fn is_genuine<'a>(
    private_key: &str,
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    now: u64,
) -> bool {
    let (Some(id), Some(sent), Some(signatures)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return false;
    };
    if !sent.parse::<u64>().is_ok_and(|sent| sent.abs_diff(now) <= 300) {
        return false;
    }
    let key = hmac::Key::new(HMAC_SHA256, private_key.as_bytes());
    let signed = [id.as_bytes(), b".", sent.as_bytes(), b".", body].concat();
    let tags = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    // The library compares in constant time.
    tags.filter_map(|tag| STANDARD.decode(tag).ok()).any(|tag| hmac::verify(&key, &signed, &tag).is_ok())
}
