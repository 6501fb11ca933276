//! TLS for the listener: the certificate that is shown, the handshake, and the stream that comes of it.
//! It must not know what is carried over it.

mod certificate;
mod handshake;
mod stream;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, CertificateError, CertificateFiles, Look};
pub use handshake::{HandshakeLimits, Tls};
pub(super) use stream::{Giving, TlsStream};
