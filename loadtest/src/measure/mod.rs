//! What a run is held against, and what it takes: [`ledger`] faults, [`latency`] times, [`timeline`] how both went,
//! [`usage`] with [`process`], [`cpu`] and [`memory`]
//! what the server and the load generator used. It must not know how load is made.

pub mod cpu;
pub mod latency;
pub mod ledger;
pub mod memory;
pub mod process;
pub mod tally;
pub mod timeline;
pub mod usage;
