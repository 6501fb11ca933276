//! `[smtp]`: how operators are mailed. It must not know what they are told.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;

use super::reader::Reader;

/// How the server that takes mail is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS once the connection is there; nothing is sent without it.
    StartTls,
    /// TLS from the first byte on.
    Tls,
    /// In the clear.
    None,
}

/// Who is mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// About which tenant, by its `orgId`; about all without it.
    pub org: Option<String>,
    /// Where.
    pub mailbox: Mailbox,
}

/// `[smtp]`: the server that takes mail to operators, and who gets it.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: SmtpSecurity,
    /// File with the certificates of those who vouch for it; without it the system's do.
    pub ca_file: Option<PathBuf>,
    /// The account there; empty where none is needed.
    pub user: String,
    /// The password of that account.
    pub password: String,
    /// Who the mail is from.
    pub from: Mailbox,
    /// Who gets it.
    pub to: Vec<Recipient>,
    /// How long handing over one mail may take.
    pub timeout: Duration,
    /// How long nothing more is mailed about a webhook that was mailed about.
    pub pause: Duration,
    /// Notices that may wait to be mailed.
    pub waiting: NonZeroUsize,
}

impl Smtp {
    /// The section; none when it names no server.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let securities =
            [("starttls", SmtpSecurity::StartTls), ("tls", SmtpSecurity::Tls), ("none", SmtpSecurity::None)];
        // Read and judged whether mail is on or not: a mistake is not found first on the day it is switched on.
        let port = u16::try_from(from.number("smtp.port", 1..=65_535)).unwrap_or(u16::MAX);
        let security = from.choice("smtp.security", &securities);
        let timeout = from.seconds("smtp.timeout_seconds", 1..=300);
        let pause = from.minutes("smtp.pause_minutes", 1..=10_080);
        let waiting = from.some("smtp.waiting", 100_000);
        let host = from.text("smtp.host");
        let recipients: Vec<_> = from.texts("smtp.to").iter().map(|text| recipient(from, text)).collect();
        if host.is_empty() {
            return None;
        }
        if recipients.is_empty() {
            from.refuse("smtp.to", "names nobody, while smtp.host is there");
        }
        let ca_file = from.text("smtp.ca_file");
        Some(Self {
            host: host.to_owned(),
            port,
            security,
            ca_file: (!ca_file.is_empty()).then(|| ca_file.into()),
            user: from.text("smtp.user").to_owned(),
            password: from.text("smtp.password").to_owned(),
            from: mailbox(from, "smtp.from", from.text("smtp.from"))?,
            to: recipients.into_iter().collect::<Option<_>>()?,
            timeout,
            pause,
            waiting,
        })
    }
}

/// An address, or an `orgId`, an equals sign and an address.
fn recipient(from: &mut Reader<'_>, text: &str) -> Option<Recipient> {
    let (org, address) = match text.split_once('=') {
        Some((org, address)) if !org.contains(['@', '"', '<']) => (Some(org.trim().to_owned()), address),
        _ => (None, text),
    };
    Some(Recipient { org, mailbox: mailbox(from, "smtp.to", address)? })
}

fn mailbox(from: &mut Reader<'_>, key: &str, text: &str) -> Option<Mailbox> {
    let read = text.parse();
    if read.is_err() {
        from.refuse(key, format!("\"{text}\" is not an address such as \"Operations <ops@example.com>\""));
    }
    read.ok()
}

/// Without the password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}
