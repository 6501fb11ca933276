//! How a domain value stands in a column: identifiers as 16 bytes or text, kinds as their numbers.
//! Knows no table; a value that cannot be what was written is an error and never a default.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::client::{Api, Scopes, SecretHash};
use crate::domain::clock::Millis;
use crate::domain::conversation::AgentState;
use crate::domain::customer::PushKind;
use crate::domain::delivery::{DeliveryForm, DeliveryStatus};
use crate::domain::directory::{TeamState, UserState};
use crate::domain::hub::HubStatus;
use crate::domain::ids::{
    ClientId, CommandId, ConversationId, DeliveryId, FaqEditionId, FaqUploadId, HubId, IntegrationId,
    MessagingId, NotificationId, OrgId, SecretId, SessionId, TeamId, TenantId, UserId,
};
use crate::domain::integration::{IntegrationStatus, IntegrationType};
use crate::domain::messaging::MessagingKind;
use crate::domain::order::Position;
use crate::domain::subscription::SubscriptionId;

macro_rules! uuid_columns {
    ($($id:ty),+ $(,)?) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes())))
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = value.as_blob()?;
                Self::from_slice(bytes)
                    .ok_or(FromSqlError::InvalidBlobSize { expected_size: 16, blob_size: bytes.len() })
            }
        }
    )+};
}

macro_rules! text_columns {
    ($($id:ty),+ $(,)?) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str().map(Self::from)
            }
        }
    )+};
}

macro_rules! code_columns {
    ($($kind:ty),+ $(,)?) => {$(
        impl ToSql for $kind {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.code().into())
            }
        }

        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let code = value.as_i64()?;
                Self::from_code(code).ok_or(FromSqlError::OutOfRange(code))
            }
        }
    )+};
}

uuid_columns!(
    TenantId,
    HubId,
    IntegrationId,
    CommandId,
    ConversationId,
    SessionId,
    SecretId,
    FaqEditionId,
    DeliveryId,
    FaqUploadId,
    MessagingId,
    NotificationId
);
text_columns!(OrgId, ClientId, UserId, TeamId);
code_columns!(
    IntegrationType,
    IntegrationStatus,
    HubStatus,
    DeliveryForm,
    DeliveryStatus,
    MessagingKind,
    PushKind
);

impl ToSql for SubscriptionId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for SubscriptionId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::try_from(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl ToSql for Position {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let position =
            i64::try_from(self.0).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(position.into())
    }
}

impl FromSql for Position {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let position = value.as_i64()?;
        u64::try_from(position).map(Self).map_err(|_| FromSqlError::OutOfRange(position))
    }
}

impl ToSql for Millis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for AgentState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let code: i64 = match self {
            Self::None => 0,
            Self::Offered => 1,
            Self::Active => 2,
        };
        Ok(code.into())
    }
}

impl FromSql for AgentState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::None),
            1 => Ok(Self::Offered),
            2 => Ok(Self::Active),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl ToSql for UserState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for UserState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::from_name(name).ok_or_else(|| FromSqlError::other(UnknownState(name.to_owned())))
    }
}

impl ToSql for TeamState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for TeamState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::from_name(name).ok_or_else(|| FromSqlError::other(UnknownState(name.to_owned())))
    }
}

/// A state that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not the state of a user or of a team")]
struct UnknownState(String);

impl ToSql for SecretHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for SecretHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        let hash = bytes
            .try_into()
            .map_err(|_| FromSqlError::InvalidBlobSize { expected_size: 32, blob_size: bytes.len() })?;
        Ok(Self(hash))
    }
}

impl ToSql for Api {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for Api {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

impl ToSql for Scopes {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Scopes {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

/// A number of rows as SQLite takes it; more than there can be is as many as there can be.
pub(super) fn saturated(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A value that stands in its column as a JSON document.
pub(super) struct Json<T>(pub(super) T);

impl<T: serde::Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: serde::de::DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}
