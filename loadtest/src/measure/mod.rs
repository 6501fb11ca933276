//! What a run is held against, and what it takes: [`ledger`] faults, [`setbacks`] what readers by polls had to bear,
//! [`waits`] how long their polls waited, [`latency`] times, [`timeline`] how both went, [`usage`] with [`process`],
//! [`cpu`] and [`memory`] what the server and the load generator used. It must not know how load is made.

pub mod cpu;
pub mod latency;
pub mod ledger;
pub mod memory;
pub mod process;
pub mod setbacks;
pub mod tally;
pub mod timeline;
pub mod usage;
pub mod waits;
