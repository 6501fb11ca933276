//! The sender over a store in memory, receivers that answer as they are told, and a clock that only moves when
//! everybody waits.
