//! How calls are signed, so that whoever is called can tell who calls: as the platform documents it (§6.1), and as
//! libraries for Standard Webhooks verify it. The two have one key: the UTF-8 bytes of a private signing key. It must
//! not know what is called for.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::clock::Millis;
use crate::domain::integration::SigningKeyPair;

/// Names the key.
pub const PUBLIC_KEY: HeaderName = HeaderName::from_static("x-hubster-public-key");
/// The signature of the body alone, in base64.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-hubster-signature");
/// The same each time the same call is made: whoever has taken it can tell.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");
/// Seconds since 1970 when the call was made.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// For each key `v1,` and the signature of id, timestamp and body, joined by dots, in base64; blanks between them.
pub const STANDARD_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// The key of an app as it is, beside its signatures (messaging reference, Receive Notifications).
pub const VERIFY_TOKEN: HeaderName = HeaderName::from_static("x-verify-token");

/// What stands before the signature of each key.
const VERSION: &str = "v1,";

/// What stands before a private key in base64 where libraries for Standard Webhooks take it.
const SECRET: &str = "whsec_";

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Tells a repetition: of letters, digits, `-` and `_`.
    pub id: &'a str,
    /// When the call is made.
    pub at: Millis,
    /// The body.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// The headers that say so. The documented ones are of the pair in force; `former` pairs sign beside it.
    pub fn headers(&self, present: &SigningKeyPair, former: &[SigningKeyPair]) -> HeaderMap {
        let timestamp = self.at.0.div_euclid(1000).to_string();
        let key = key(&present.private);
        let mut signatures = self.standard(&key, &timestamp);
        for pair in former {
            signatures.push(' ');
            signatures.push_str(&self.standard(&self::key(&pair.private), &timestamp));
        }
        let mut headers = self.under(timestamp, signatures);
        headers.insert(PUBLIC_KEY, value(present.public.clone()));
        headers.insert(SIGNATURE, value(STANDARD.encode(hmac::sign(&key, self.body))));
        headers
    }

    /// Those of Standard Webhooks alone, for whoever shares another secret with us than a pair of keys.
    pub fn standard_headers(&self, secret: &str) -> HeaderMap {
        let timestamp = self.at.0.div_euclid(1000).to_string();
        let signature = self.standard(&key(secret), &timestamp);
        self.under(timestamp, signature)
    }

    /// The headers that both have.
    fn under(&self, timestamp: String, signatures: String) -> HeaderMap {
        [(ID, self.id.to_owned()), (TIMESTAMP, timestamp), (STANDARD_SIGNATURE, signatures)]
            .into_iter()
            .map(|(name, text)| (name, value(text)))
            .collect()
    }

    fn standard(&self, key: &hmac::Key, timestamp: &str) -> String {
        let mut signed = hmac::Context::with_key(key);
        for part in [self.id.as_bytes(), b".", timestamp.as_bytes(), b".", self.body] {
            signed.update(part);
        }
        let mut text = VERSION.to_owned();
        STANDARD.encode_string(signed.sign(), &mut text);
        text
    }
}

/// A key that verifies what was signed with it.
#[derive(Clone, Debug)]
pub struct Verifier(hmac::Key);

impl Verifier {
    /// By a private key as the portal shows it.
    pub fn of_private_key(private: &str) -> Self {
        Self(key(private))
    }

    /// By the secret that libraries for Standard Webhooks take: `whsec_` and the key in base64. None when it is not
    /// that, or the key is empty.
    pub fn of_secret(secret: &str) -> Option<Self> {
        let bytes = STANDARD.decode(secret.strip_prefix(SECRET)?).ok().filter(|bytes| !bytes.is_empty())?;
        Some(Self(hmac::Key::new(HMAC_SHA256, &bytes)))
    }

    /// Whether the documented signature is this key's.
    pub fn verifies_body(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        headers.get(SIGNATURE).is_some_and(|signature| self.verifies(body, signature.as_bytes()))
    }

    /// Whether one of the signatures of Standard Webhooks is this key's.
    pub fn verifies_standard(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
        let signed = [header(ID), b".", header(TIMESTAMP), b".", body].concat();
        header(STANDARD_SIGNATURE)
            .split(|byte| *byte == b' ')
            .filter_map(|signature| signature.strip_prefix(VERSION.as_bytes()))
            .any(|signature| self.verifies(&signed, signature))
    }

    /// Whether a text is the key itself; it takes as long for every text.
    pub fn is(&self, text: &[u8]) -> bool {
        let other = hmac::Key::new(HMAC_SHA256, text);
        hmac::verify(&self.0, VERSION.as_bytes(), hmac::sign(&other, VERSION.as_bytes()).as_ref()).is_ok()
    }

    fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        STANDARD.decode(signature).is_ok_and(|tag| hmac::verify(&self.0, signed, &tag).is_ok())
    }
}

/// The secret of a private key, for libraries for Standard Webhooks.
pub fn secret(private: &str) -> String {
    let mut text = SECRET.to_owned();
    STANDARD.encode_string(private, &mut text);
    text
}

fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("ids, keys, digits and base64 stand in headers as they are")
}

fn key(private: &str) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, private.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn pair(public: &str, private: &str) -> SigningKeyPair {
        SigningKeyPair { public: public.into(), private: private.into() }
    }

    fn signed(present: &SigningKeyPair, former: &[SigningKeyPair]) -> HeaderMap {
        let at = Millis(1_614_265_330_999);
        Signed { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body: BODY }.headers(present, former)
    }

    #[test]
    fn a_call_is_signed_as_libraries_verify_it() {
        let headers = signed(&pair("P", KEY), &[]);
        let header = |name: &HeaderName| headers[name].to_str().unwrap();
        assert_eq!(header(&TIMESTAMP), "1614265330");
        assert_eq!(header(&PUBLIC_KEY), "P");
        // Both worked out with another implementation of HMAC.
        assert_eq!(header(&STANDARD_SIGNATURE), "v1,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI=");
        assert_eq!(header(&SIGNATURE), "XuDo49Vkz5y+6oB+l87MbMzwsOIKooBzzCZ6KIGoOfw=");
    }

    #[test]
    fn former_keys_sign_beside_the_present_one_and_not_in_its_place() {
        let (present, former) = (pair("new", "n"), [pair("old", KEY), pair("older", "o")]);
        let headers = signed(&present, &former);
        let signatures = headers[&STANDARD_SIGNATURE].to_str().unwrap();
        let alone = |pair| signed(pair, &[])[&STANDARD_SIGNATURE].to_str().unwrap().to_owned();
        assert_eq!(signatures, [alone(&present), alone(&former[0]), alone(&former[1])].join(" "));
        assert_eq!((&headers[&PUBLIC_KEY], headers.len()), (&HeaderValue::from_static("new"), 5));
        let verifies = |private| {
            let verifier = Verifier::of_private_key(private);
            (verifier.verifies_body(&headers, BODY), verifier.verifies_standard(&headers, BODY))
        };
        assert_eq!(verifies("n"), (true, true));
        assert_eq!((verifies(KEY), verifies("o")), ((false, true), (false, true)));
        assert_eq!(verifies("another"), (false, false));
    }

    #[test]
    fn what_was_changed_on_the_way_does_not_verify() {
        let verifier = Verifier::of_private_key(KEY);
        for (name, value) in [
            (ID, "msg_2"),
            (TIMESTAMP, "1614265331"),
            (STANDARD_SIGNATURE, "v1,"),
            (STANDARD_SIGNATURE, "v2,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI="),
            (STANDARD_SIGNATURE, "v1,no base64"),
        ] {
            let mut headers = signed(&pair("P", KEY), &[]);
            headers.insert(name, HeaderValue::from_static(value));
            assert!(!verifier.verifies_standard(&headers, BODY), "{value}");
        }
        let headers = signed(&pair("P", KEY), &[]);
        assert!(!verifier.verifies_body(&headers, b"{}") && !verifier.verifies_standard(&headers, b"{}"));
        assert!(!verifier.verifies_body(&HeaderMap::new(), BODY));
        assert!(!verifier.verifies_standard(&HeaderMap::new(), BODY));
    }

    #[test]
    fn a_secret_is_the_private_key_in_another_form() {
        assert_eq!(secret("FA96"), "whsec_RkE5Ng==");
        let headers = signed(&pair("P", KEY), &[]);
        assert!(Verifier::of_secret(&secret(KEY)).unwrap().verifies_standard(&headers, BODY));
        for malformed in ["", "RkE5Ng==", "whsec_?", "whsec_"] {
            assert!(Verifier::of_secret(malformed).is_none(), "{malformed}");
        }
    }
}
