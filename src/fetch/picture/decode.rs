//! Bytes to dots, within limits of size, memory and time.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::time::Duration;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, Rgba, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::Flaw;
use crate::clock::Clock;

const DOTS_MAX: u64 = 25_000_000;
const DECODED_SIDE_MAX: u32 = 20_000;
/// Room for four bytes a dot, on machines that have a gigabyte.
const DECODED_BYTES_MAX: u64 = 4 * DOTS_MAX;
const TIME: Duration = Duration::from_secs(2);
/// Each scan of a progressive JPEG goes over all dots again. Cameras and sites write about
/// ten; this many go over the largest picture.
const SCANS_OF_LARGEST_MAX: u64 = 16;
const PROFILE_BYTES_MAX: usize = 64 * 1024;

/// What was read.
pub(super) struct Decoded {
    /// The dots, upright and scaled.
    pub(super) dots: RgbaImage,
    /// How wide it was before it was scaled.
    pub(super) width: u32,
    /// How high it was before it was scaled.
    pub(super) height: u32,
}

/// Reads a picture of at least `side_min` dots a side (the first frame of a moving one),
/// and scales it down, never up, to `side_max`.
pub(super) fn read(
    bytes: &[u8],
    side_min: u32,
    side_max: u32,
    clock: &dyn Clock,
) -> Result<Decoded, Flaw> {
    let source = Timed { inner: Cursor::new(bytes), clock, deadline: clock.monotonic() + TIME };
    let mut reader = ImageReader::new(source).with_guessed_format().map_err(|_| Flaw::Broken)?;
    if reader.format().is_none() {
        return Err(if is_svg(bytes) { Flaw::Drawing } else { Flaw::UnknownKind });
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(DECODED_SIDE_MAX);
    limits.max_image_height = Some(DECODED_SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(flaw)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, decoder.total_bytes(), side_min)?;
    if scans(bytes) * u64::from(width) * u64::from(height) > SCANS_OF_LARGEST_MAX * DOTS_MAX {
        return Err(Flaw::TooSlow);
    }
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let mut picture = scaled(DynamicImage::from_decoder(decoder).map_err(flaw)?, side_max);
    if let Some(profile) = profile {
        to_srgb(&mut picture, &profile);
    }
    let mut picture = DynamicImage::ImageRgba8(picture);
    picture.apply_orientation(turned);
    Ok(Decoded { dots: picture.into_rgba8(), width, height })
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    memchr::memmem::find(head, b"<svg").is_some()
}

fn flaw(error: ImageError) -> Flaw {
    match error {
        ImageError::Limits(_) => Flaw::TooLarge,
        ImageError::Unsupported(_) => Flaw::UnknownKind,
        ImageError::IoError(error) if error.kind() == io::ErrorKind::TimedOut => Flaw::TooSlow,
        _ => Flaw::Broken,
    }
}

fn check_size(width: u32, height: u32, bytes: u64, side_min: u32) -> Result<(), Flaw> {
    if width.min(height) < side_min {
        return Err(Flaw::Tiny);
    }
    let fits =
        u64::from(width) * u64::from(height) <= DOTS_MAX && width.max(height) <= DECODED_SIDE_MAX;
    if fits && bytes <= DECODED_BYTES_MAX { Ok(()) } else { Err(Flaw::TooLarge) }
}

/// How often a JPEG goes over its dots; 1 for other kinds.
fn scans(bytes: &[u8]) -> u64 {
    const START: u8 = 0xd8;
    const SCAN: u8 = 0xda;
    if !bytes.starts_with(&[0xff, START]) {
        return 1;
    }
    let mut count = 0;
    let mut at = 2;
    // What lies within a segment, such as a small copy of the picture, is passed over.
    while let Some(found) = memchr::memchr(0xff, bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        match bytes.get(at) {
            Some(0xff) => {}
            // A dot's value, or a mark without a length.
            Some(0x00 | 0x01 | 0xd0..=0xd9) => at += 1,
            Some(marker) => {
                count += u64::from(*marker == SCAN);
                let length = bytes
                    .get(at + 1..at + 3)
                    .map_or(0, |two| usize::from(u16::from_be_bytes([two[0], two[1]])));
                at += 1 + length;
            }
            None => break,
        }
    }
    count.max(1)
}

/// At most `side` dots wide and high.
fn scaled(picture: DynamicImage, side: u32) -> RgbaImage {
    if picture.width() <= side && picture.height() <= side {
        return picture.into_rgba8();
    }
    if !picture.color().has_alpha() {
        return shrunk(picture, side).into_rgba8();
    }
    // The hidden colour of transparent dots must not show at the edges.
    let mut dots = picture.into_rgba8();
    for Rgba([r, g, b, alpha]) in dots.pixels_mut() {
        for colour in [r, g, b] {
            *colour = (u16::from(*colour) * u16::from(*alpha) / 255) as u8;
        }
    }
    let mut small = shrunk(dots.into(), side).into_rgba8();
    for Rgba([r, g, b, alpha]) in small.pixels_mut().filter(|dot| dot.0[3] > 0) {
        for colour in [r, g, b] {
            *colour = (u16::from(*colour) * 255 / u16::from(*alpha)).min(255) as u8;
        }
    }
    small
}

/// By averages to twice the size, which is quick, then by a filter that keeps edges.
fn shrunk(picture: DynamicImage, side: u32) -> DynamicImage {
    let long = picture.width().max(picture.height());
    let part = |of: u32| (of * side + long / 2).checked_div(long).unwrap_or(1).max(1);
    let (width, height) = (part(picture.width()), part(picture.height()));
    let rough =
        if long > 2 * side { picture.thumbnail_exact(2 * width, 2 * height) } else { picture };
    rough.resize_exact(width, height, FilterType::Lanczos3)
}

/// Turns the colours of wide screens and old cameras into those every screen shows. A
/// profile that does not fit the dots, such as one for print, is passed over.
fn to_srgb(dots: &mut RgbaImage, profile: &[u8]) {
    if profile.len() > PROFILE_BYTES_MAX {
        return;
    }
    let Ok(from) = ColorProfile::new_from_slice(profile) else { return };
    if from.color_space != DataColorSpace::Rgb {
        return;
    }
    let to = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = from.create_transform_8bit(Layout::Rgba, &to, Layout::Rgba, options) else {
        return;
    };
    let mut turned = vec![0; dots.as_raw().len()];
    if transform.transform(dots.as_raw(), &mut turned).is_ok() {
        dots.copy_from_slice(&turned);
    }
}

/// Bytes that can be had until a deadline, so that a decoder that reads on and on ends.
struct Timed<'a> {
    inner: Cursor<&'a [u8]>,
    clock: &'a dyn Clock,
    deadline: Duration,
}

impl Timed<'_> {
    fn check(&self) -> io::Result<()> {
        let over = self.clock.monotonic() >= self.deadline;
        if over { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.inner.read(buf)
    }
}

/// How much a decoder gets between two looks at the clock.
const PIECE: usize = 16 * 1024;

impl BufRead for Timed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let rest = self.inner.fill_buf()?;
        Ok(&rest[..rest.len().min(PIECE)])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl Seek for Timed<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
