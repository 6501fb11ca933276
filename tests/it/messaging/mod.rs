//! The messaging face beside its documentation, row by row: calls, envelopes, fields, enumerated values and errors.

mod channels;
mod envelopes;
mod send;
