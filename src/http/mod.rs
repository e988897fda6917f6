//! HTTP: from the network's bytes to handlers and back.

pub mod api;
pub mod assets;
pub mod auth;
mod bulk;
pub mod context;
mod downloads;
pub mod engine;
pub mod feeds;
pub mod fence;
mod follow;
mod multipart;
mod packing;
pub mod pages;
mod paging;
pub mod previews;
mod ready;
pub mod request;
pub mod response;
mod retag;
pub mod route;
mod searching;
mod speech;
pub mod throttle;
mod uploads;
pub mod waiting;
