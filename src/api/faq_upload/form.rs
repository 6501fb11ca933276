//! The form of an upload: which bot it is for, and its sheet, which goes where it is put by as it arrives.
//! Does not know what a sheet holds.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use tokio::time::timeout;

use super::paced::{Claims, Paced};
use crate::bot::Incoming;

/// The part that names the bot.
const DOMAIN: &str = "domain_name";
/// The part that is the sheet.
const FILE: &str = "csv_file";
/// Bytes of a domain: more than a name or an id has.
const DOMAIN_BYTES: usize = 4096;

/// Bytes of all that is in a form besides the sheet: its heads, the domain, and parts that nobody asked for.
const REST_BYTES: u64 = 1 << 20;

/// What a form may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormLimits {
    /// The most bytes of the sheet.
    pub(super) file_bytes: u64,
    /// How long all of it may take to arrive.
    pub(super) patience: Duration,
}

/// A form that is as it must be.
pub(super) struct Form {
    /// As it was given, without space around it.
    pub(super) domain: String,
    /// The whole sheet.
    pub(super) sheet: Incoming,
}

/// What is wrong with a form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormFault {
    /// The content type is another.
    #[error("the content type has to be multipart/form-data")]
    NotAForm,
    /// It is not as its content type says, or did not arrive as a whole.
    #[error("the form cannot be read")]
    Malformed,
    /// A part is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A part is there twice.
    #[error("{0} is there twice")]
    Twice(&'static str),
    /// A part holds nothing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// The domain cannot be one.
    #[error("domain_name is no name")]
    NoName,
    /// The sheet has more bytes than it may have.
    #[error("the file is larger than {0} bytes")]
    FileTooLarge(u64),
    /// All of the form has, the sheet or not.
    #[error("the form is larger than {0} bytes")]
    FormTooLarge(u64),
    /// It did not arrive in time.
    #[error("the form took too long")]
    TooSlow,
}

/// Why a form is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRead {
    /// The form is not what it must be.
    #[error(transparent)]
    Fault(#[from] FormFault),
    /// The sheet cannot be put by: that is our fault.
    #[error("an uploaded file cannot be written")]
    NotPutBy(#[from] io::Error),
}

/// Reads the form of a request; its sheet goes into `sheet`.
///
/// # Errors
/// [`NotRead`]; nothing is uploaded then.
pub(super) async fn read(request: Request, sheet: Incoming, limits: FormLimits) -> Result<Form, NotRead> {
    let (head, body) = request.into_parts();
    let (paced, claims) = Paced::new(body);
    let request = Request::from_parts(head, Body::from_stream(paced));
    let parts = Multipart::from_request(request, &()).await.map_err(|_| FormFault::NotAForm)?;
    let reading = Reading::new(sheet, claims, limits.file_bytes);
    timeout(limits.patience, reading.finish(parts)).await.unwrap_or(Err(FormFault::TooSlow.into()))
}

/// A form of which some is read.
struct Reading {
    sheet: Incoming,
    claims: Claims,
    file_bytes: u64,
    /// The most bytes of all of it.
    form_bytes: u64,
    domain: Option<String>,
    has_file: bool,
}

impl Reading {
    fn new(sheet: Incoming, claims: Claims, file_bytes: u64) -> Self {
        let form_bytes = file_bytes + REST_BYTES;
        Self { sheet, claims, file_bytes, form_bytes, domain: None, has_file: false }
    }

    async fn finish(mut self, mut parts: Multipart) -> Result<Form, NotRead> {
        let read = self.read_all(&mut parts).await;
        if matches!(read, Err(NotRead::Fault(FormFault::FileTooLarge(_) | FormFault::FormTooLarge(_)))) {
            // Whoever is still sending hears no answer: as much again is listened to.
            self.form_bytes *= 2;
            // What is wrong is known already.
            let _ = self.pass_over_all(&mut parts).await;
        }
        read?;
        let domain = self.domain.ok_or(FormFault::Missing(DOMAIN))?;
        if domain.is_empty() {
            return Err(FormFault::Empty(DOMAIN).into());
        }
        if !self.has_file {
            return Err(FormFault::Missing(FILE).into());
        }
        if self.sheet.bytes() == 0 {
            return Err(FormFault::Empty(FILE).into());
        }
        Ok(Form { domain, sheet: self.sheet })
    }

    async fn read_all(&mut self, parts: &mut Multipart) -> Result<(), NotRead> {
        while let Some(mut part) = self.next_part(parts).await? {
            match part.name() {
                Some(DOMAIN) => self.read_domain(&mut part).await?,
                Some(FILE) => self.read_file(&mut part).await?,
                _ => self.pass_over(&mut part).await?,
            }
        }
        Ok(())
    }

    async fn next_part<'p>(&self, parts: &'p mut Multipart) -> Result<Option<Field<'p>>, FormFault> {
        let part = parts.next_field().await.map_err(|_| FormFault::Malformed)?;
        self.claim()?;
        Ok(part)
    }

    async fn read_domain(&mut self, part: &mut Field<'_>) -> Result<(), FormFault> {
        let mut name = Vec::new();
        while let Some(piece) = self.next(part).await? {
            name.extend_from_slice(&piece);
            if name.len() > DOMAIN_BYTES {
                return Err(FormFault::NoName);
            }
        }
        let name = String::from_utf8(name).map_err(|_| FormFault::NoName)?;
        match self.domain.replace(name.trim().to_owned()) {
            None => Ok(()),
            Some(_) => Err(FormFault::Twice(DOMAIN)),
        }
    }

    async fn read_file(&mut self, part: &mut Field<'_>) -> Result<(), NotRead> {
        if std::mem::replace(&mut self.has_file, true) {
            return Err(FormFault::Twice(FILE).into());
        }
        while let Some(piece) = self.next(part).await? {
            if self.sheet.bytes() + piece.len() as u64 > self.file_bytes {
                return Err(FormFault::FileTooLarge(self.file_bytes).into());
            }
            self.sheet.write(piece).await?;
        }
        Ok(())
    }

    /// Nobody asked for it.
    async fn pass_over(&self, part: &mut Field<'_>) -> Result<(), FormFault> {
        while self.next(part).await?.is_some() {}
        Ok(())
    }

    async fn pass_over_all(&self, parts: &mut Multipart) -> Result<(), FormFault> {
        while let Some(mut part) = self.next_part(parts).await? {
            self.pass_over(&mut part).await?;
        }
        Ok(())
    }

    /// The next piece of a part; none at its end.
    async fn next(&self, part: &mut Field<'_>) -> Result<Option<Bytes>, FormFault> {
        let piece = part.chunk().await.map_err(|_| FormFault::Malformed)?;
        self.claim()?;
        Ok(piece)
    }

    /// Something was made of all that was given, which may not be too much.
    fn claim(&self) -> Result<(), FormFault> {
        self.claims.claim();
        let is_too_much = self.claims.given() > self.form_bytes;
        if is_too_much { Err(FormFault::FormTooLarge(self.form_bytes)) } else { Ok(()) }
    }
}
