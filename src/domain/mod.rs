//! Plain types and rules, without I/O: what every other room talks about.

pub mod activity;
pub mod audit;
pub mod catalogue;
pub mod client;
pub mod clock;
pub mod command;
pub mod confidential;
pub mod conversation;
pub mod customer;
pub mod delivery;
pub mod directory;
pub mod engagement;
pub mod faq;
pub mod hub;
pub mod ids;
pub mod integration;
pub mod json;
pub mod message;
pub mod messaging;
pub mod names;
pub mod order;
pub mod origin;
pub mod stage;
pub mod subscription;
pub mod template;
pub mod tenant;
