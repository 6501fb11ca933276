//! Who is calling, and what they may do: secrets and API keys, access tokens, tickets, and the keys behind
//! them. Knows neither HTTP nor the store: faces read headers and write answers, callers keep what must be
//! kept.
//!
//! In the order in which a client meets them: [`secret`] makes its secret, [`grant()`] exchanges that for a
//! token, [`Tokens`] says at every call who the token speaks for, [`Tickets`] stand in for it where a
//! browser cannot send it; a [`Visitor`] gets a token without any secret. A [`UserToken`] opens nothing:
//! it stands for a customer's name. Underneath, [`SigningKeys`] sign, and the
//! [`Sealer`] keeps them secret at rest.

mod credentials;
mod grant;
mod inspect;
mod keys;
mod seal;
pub mod secret;
#[cfg(test)]
mod testing;
mod ticket;
mod token;
mod user_token;
mod verified;
mod visitor;

pub use credentials::{
    Authenticated, BasicCredentials, ClientDirectory, NotBasic, authenticate, authenticate_by_secret,
};
pub use grant::{GrantError, GrantRequest, grant};
pub use inspect::{TokenParts, inspect};
pub use keys::{KeyError, Rotation, SigningKeys, StoredKey};
pub use seal::{MasterKeyError, SealError, Sealer};
pub use ticket::{TICKET_LIFETIME, Tickets, TooManyTickets};
pub use token::{Identity, Minted, SecretState, TokenError, Tokens};
pub use user_token::UserToken;
pub use visitor::{Visitor, visitors_of};
