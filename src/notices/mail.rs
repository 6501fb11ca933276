//! Handing a mail to the server that takes it. It must not know what it says, nor how often anybody is mailed.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::letter::Letter;
use crate::calling::{Authorities, AuthoritiesError};
use crate::config::{Recipient, Smtp, SmtpSecurity};
use crate::domain::ids::OrgId;

/// Mails operators.
#[derive(Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Recipient>,
    timeout: Duration,
}

/// Why nobody can be mailed.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The file of those who vouch for the server cannot be used.
    #[error(transparent)]
    Authorities(#[from] AuthoritiesError),
    /// TLS cannot be spoken with what is configured.
    #[error("cannot speak TLS to the server that takes mail")]
    Tls(#[source] smtp::Error),
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    #[error("it cannot be written")]
    Unwritable(#[from] lettre::error::Error),
    #[error("the server did not take it")]
    Refused(#[from] smtp::Error),
    #[error("the server did not take it within {0:?}")]
    TimedOut(Duration),
}

impl Mail {
    /// As configured. Nobody is connected to yet.
    ///
    /// # Errors
    /// When the certificates that were named cannot be used.
    pub fn new(smtp: &Smtp) -> Result<Self, MailError> {
        let tls = match smtp.security {
            SmtpSecurity::StartTls => Tls::Required(tls(smtp)?),
            SmtpSecurity::Tls => Tls::Wrapper(tls(smtp)?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .timeout(Some(smtp.timeout))
            .hello_name(ClientId::Domain(smtp.from.email.domain().to_owned()));
        if !smtp.user.is_empty() {
            builder = builder.credentials(Credentials::new(smtp.user.clone(), smtp.password.clone()));
        }
        Ok(Self {
            transport: builder.build(),
            from: smtp.from.clone(),
            to: smtp.to.clone(),
            timeout: smtp.timeout,
        })
    }

    /// Who is mailed about a tenant.
    pub(super) fn recipients(&self, org: &OrgId) -> impl Iterator<Item = &Mailbox> {
        let hears = |one: &&Recipient| one.org.as_ref().is_none_or(|only| only == org.as_str());
        self.to.iter().filter(hears).map(|recipient| &recipient.mailbox)
    }

    /// Hands a letter to the server, for one recipient: none sees who else is mailed.
    pub(super) async fn send(&self, letter: &Letter, to: &Mailbox) -> Result<(), Unsent> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(letter.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())?;
        // Its own time-out is that of each answer.
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(outcome) => outcome.map(|_| ()).map_err(Unsent::from),
            Err(_) => Err(Unsent::TimedOut(self.timeout)),
        }
    }
}

fn tls(smtp: &Smtp) -> Result<TlsParameters, MailError> {
    let builder = TlsParameters::builder(smtp.host.clone());
    let builder = match &smtp.ca_file {
        Some(path) => {
            builder.certificate_store(CertificateStore::None).add_root_certificate(certificates(path)?)
        }
        None => builder,
    };
    builder.build().map_err(MailError::Tls)
}

fn certificates(path: &Path) -> Result<Certificate, MailError> {
    // The library takes a file for good that has none: nobody would be trusted then, and nobody mailed.
    Authorities::of_file(path)?;
    let unreadable = |source| AuthoritiesError::Unreadable { path: path.to_owned(), source };
    let text = fs::read(path).map_err(unreadable)?;
    Certificate::from_pem(&text).map_err(MailError::Tls)
}

/// Without the account.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("to", &self.to.len()).finish_non_exhaustive()
    }
}
