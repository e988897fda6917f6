//! HTTP: from the network's bytes to handlers and back.

pub mod engine;
pub mod fence;
pub mod request;
pub mod response;
