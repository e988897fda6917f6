//! All links of a person as a file.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom};

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::{Body, Response};
use crate::model::id::UserId;
use crate::model::import::ExportFormat;
use crate::{export, secret};

/// Everything that somebody has saved, in a file of that format.
///
/// # Errors
/// When it cannot be written aside.
pub(super) fn export(cx: &Context, user_id: UserId, format: ExportFormat) -> Result<Response> {
    let path = cx.shared.imports.join(secret::new_key()?);
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    // Without a name it is gone once it was sent, whatever happens.
    fs::remove_file(&path)?;
    let mut file = export::write(&cx.store, user_id, format, BufWriter::new(file))?
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    let len = file.stream_position()?;
    file.seek(SeekFrom::Start(0))?;
    let day = &cx.clock.now().to_string()[..10];
    let name = format!("attachment; filename=\"toaster-{day}.{}\"", format.as_str());
    Ok(Response {
        body: Body::File { file, len },
        ..Response::new(200, format.content_type(), Vec::new())
    }
    .with("content-disposition", name))
}
