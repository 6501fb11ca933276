//! How a question is signed: as webhooks are (platform documentation §6.1), and as libraries for Standard Webhooks
//! verify it. The two have one key: the UTF-8 bytes of the private signing key.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::clock::Millis;
use crate::domain::integration::SigningKeyPair;

/// Names the key.
const PUBLIC_KEY: HeaderName = HeaderName::from_static("x-hubster-public-key");
/// The signature of the body alone, in base64.
const SIGNATURE: HeaderName = HeaderName::from_static("x-hubster-signature");
/// The same each time the same thing is asked: whoever has answered it can answer it so again.
const ID: HeaderName = HeaderName::from_static("webhook-id");
/// Seconds since 1970 when it was asked.
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// `v1,` and the signature of id, timestamp and body, joined by dots, in base64.
const STANDARD_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The headers of a question.
pub(super) fn headers(keys: &SigningKeyPair, id: &str, now: Millis, body: &[u8]) -> HeaderMap {
    let key = hmac::Key::new(HMAC_SHA256, keys.private.as_bytes());
    let timestamp = now.0.div_euclid(1000).to_string();
    let mut signed = hmac::Context::with_key(&key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        signed.update(part);
    }
    let standard = format!("v1,{}", STANDARD.encode(signed.sign()));
    [
        (PUBLIC_KEY, keys.public.clone()),
        (SIGNATURE, STANDARD.encode(hmac::sign(&key, body))),
        (ID, id.to_owned()),
        (TIMESTAMP, timestamp),
        (STANDARD_SIGNATURE, standard),
    ]
    .into_iter()
    .map(|(name, value)| {
        (name, HeaderValue::try_from(value).expect("ids, digits and base64 stand in headers as they are"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_signed_as_libraries_verify_it() {
        let body = br#"{"test": 2432232314}"#;
        let key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let keys = SigningKeyPair { public: "P".into(), private: key.into() };
        let headers = headers(&keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", Millis(1_614_265_330_999), body);
        let header = |name: &HeaderName| headers[name].to_str().unwrap();
        assert_eq!(header(&TIMESTAMP), "1614265330");
        assert_eq!(header(&PUBLIC_KEY), "P");
        // Both worked out with another implementation of HMAC.
        assert_eq!(header(&STANDARD_SIGNATURE), "v1,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI=");
        assert_eq!(header(&SIGNATURE), "XuDo49Vkz5y+6oB+l87MbMzwsOIKooBzzCZ6KIGoOfw=");
    }
}
