//! Why a call came to nothing, in words for whoever chose the address. What a name stands for is not told: it may be
//! a name of a network that is none of theirs.

use std::error::Error;
use std::io;

use super::connect::ConnectError;
use super::reach::Unreachable;
use crate::calling::CallError;

impl CallError {
    /// What went wrong, in a few words.
    pub fn reason(&self) -> String {
        let mut chain = std::iter::successors(Some(self as &dyn Error), |error| (*error).source());
        let fixed = match self {
            Self::Address(_) => "the address cannot be called",
            Self::Answer(_) | Self::NotJson { .. } => "the answer did not arrive",
            Self::Connection(_) => {
                return chain.find_map(named).unwrap_or_else(|| "the connection broke".to_owned());
            }
        };
        fixed.to_owned()
    }
}

fn named(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<ConnectError>() {
        return Some(of_connecting(error));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return Some(of_io(error));
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_incomplete_message() {
        Some("the connection ended before an answer came".to_owned())
    } else {
        error.is_parse().then(|| "what came is not an answer in HTTP".to_owned())
    }
}

/// What went wrong in TLS comes wrapped, more than once.
fn of_io(error: &io::Error) -> String {
    let inner = error.get_ref();
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return format!("TLS: {tls}");
    }
    match inner.and_then(|inner| inner.downcast_ref::<io::Error>()) {
        Some(inner) => of_io(inner),
        None => error.kind().to_string(),
    }
}

fn of_connecting(error: &ConnectError) -> String {
    let fixed = match error {
        ConnectError::NoHost => "the address names no host",
        ConnectError::NoAddress | ConnectError::LookUp(_) => "the name of the host cannot be looked up",
        ConnectError::Unreachable(Unreachable::Private(_)) => "the address is not on the public internet",
        ConnectError::Unreachable(Unreachable::Plain(_)) => "the address would be called without encryption",
        ConnectError::Io(error) => return error.kind().to_string(),
    };
    fixed.to_owned()
}
