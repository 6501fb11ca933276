//! How variables, templates and apps are kept: a JSON document, and an app's token sealed apart from it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::auth::Sealer;
use crate::domain::confidential::Confidential;
use crate::domain::ids::{MessagingId, TenantId};
use crate::domain::messaging::{App, MessagingKind, Template, Variable};
use crate::registry::RegistryError;
use crate::store::MessagingRecord;

/// Binds a sealed token to its use.
const TOKEN_PURPOSE: &str = "messaging verify token";

pub(super) fn close_variable(
    variable: &Variable,
    tenant: TenantId,
) -> Result<MessagingRecord, RegistryError> {
    close(variable, variable.id, tenant, MessagingKind::Variable)
}

pub(super) fn close_template(
    template: &Template,
    tenant: TenantId,
) -> Result<MessagingRecord, RegistryError> {
    close(template, template.id, tenant, MessagingKind::Template)
}

pub(super) fn close_app(
    app: &App,
    tenant: TenantId,
    sealer: &Sealer,
) -> Result<MessagingRecord, RegistryError> {
    let record = close(app, app.id, tenant, MessagingKind::App)?;
    let sealed = sealer.seal(TOKEN_PURPOSE, app.verify_token.expose().as_bytes());
    Ok(MessagingRecord { sealed: Some(sealed), ..record })
}

pub(super) fn open_document<T: DeserializeOwned>(record: &MessagingRecord) -> Result<T, RegistryError> {
    serde_json::from_str(&record.document).map_err(unreadable)
}

pub(super) fn open_app(record: &MessagingRecord, sealer: &Sealer) -> Result<App, RegistryError> {
    let app: App = open_document(record)?;
    let sealed = record.sealed.as_deref().ok_or_else(|| unreadable("an app without its token"))?;
    let token = String::from_utf8(sealer.open(TOKEN_PURPOSE, sealed)?).map_err(unreadable)?;
    Ok(App { verify_token: Confidential::from(token), ..app })
}

/// What people know a thing by: a key, a code, an address.
pub(in crate::registry) fn messaging_name(record: &MessagingRecord) -> Result<String, RegistryError> {
    let members: Map<String, Value> = open_document(record)?;
    let member = match record.kind {
        MessagingKind::Variable => "key",
        MessagingKind::Template => "code",
        MessagingKind::App => "url",
    };
    Ok(members.get(member).and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn close(
    thing: &impl Serialize,
    id: MessagingId,
    tenant: TenantId,
    kind: MessagingKind,
) -> Result<MessagingRecord, RegistryError> {
    let document = serde_json::to_string(thing).map_err(unreadable)?;
    Ok(MessagingRecord { id, tenant, kind, document, sealed: None })
}

fn unreadable(cause: impl std::fmt::Display) -> RegistryError {
    RegistryError::Unreadable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Millis;

    fn app() -> App {
        App {
            id: MessagingId::new(),
            client: "messaging.one".into(),
            url: "https://shop.example/hear".to_owned(),
            verify_token: Confidential::from("v3rify"),
            registered: Millis(5),
        }
    }

    #[test]
    fn an_app_reads_back_with_its_token_which_the_document_does_not_show() {
        let (sealer, app) = (Sealer::new(&[7; 32]), app());
        let record = close_app(&app, TenantId::new(), &sealer).unwrap();
        assert!(!record.document.contains("v3rify"), "{}", record.document);
        assert_eq!(open_app(&record, &sealer).unwrap(), app);
        assert_eq!(messaging_name(&record).unwrap(), app.url);
    }

    #[test]
    fn an_app_without_its_token_is_not_read() {
        let sealer = Sealer::new(&[7; 32]);
        let record = MessagingRecord { sealed: None, ..close_app(&app(), TenantId::new(), &sealer).unwrap() };
        assert!(matches!(open_app(&record, &sealer), Err(RegistryError::Unreadable(_))));
    }
}
