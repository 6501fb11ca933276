//! Sheets of questions and answers: uploaded for a bot, asked after, and answered from.
//!
//! - `documented`: every call, field, status and error of the documentation, row by row
//! - `sheets`: what a sheet may hold, and what is told of its rows
//! - `tasks`: what becomes of an upload: whose it is, through crashes, one after the other
//! - `bounds`: each limit, and one past it; forms that are none
//! - `uploader`: who uploads

mod bounds;
mod documented;
mod sheets;
mod tasks;
pub mod uploader;
