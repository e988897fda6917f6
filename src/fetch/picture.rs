//! Makes any picture a small one that is safe to serve: decoded within limits, scaled
//! and encoded anew, so that nothing of the original but its dots remains.

use std::io::Cursor;
use std::panic::catch_unwind;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

const SIDE_MAX: u32 = 640;
const DECODED_SIDE_MAX: u32 = 8_000;
/// Room for any photograph of 32 million dots, on machines that have a gigabyte.
const DECODED_BYTES_MAX: u64 = 96 * 1024 * 1024;
const JPEG_QUALITY: u8 = 82;

/// A picture fit to be stored and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg`, or `image/png` where parts of it are transparent.
    pub content_type: &'static str,
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// In dots.
    pub width: u32,
    /// In dots.
    pub height: u32,
}

/// The picture in these bytes, at most 640 dots wide and high; else why there is none.
pub(super) fn shrink(bytes: &[u8]) -> Result<Picture, &'static str> {
    // Decoders meet hostile bytes here; a bug in one must cost one picture.
    catch_unwind(|| shrink_trusting(bytes)).unwrap_or(Err(UNREADABLE))
}

const UNREADABLE: &str = "the picture cannot be read";

fn shrink_trusting(bytes: &[u8]) -> Result<Picture, &'static str> {
    if is_svg(bytes) {
        return Err("the picture is an SVG drawing, which may hold programs");
    }
    let picture = decode(bytes).map_err(|error| match error {
        ImageError::Limits(_) => "the picture has too many dots",
        ImageError::Unsupported(_) => "the picture is of a kind we cannot read",
        _ => UNREADABLE,
    })?;
    if picture.width() <= 1 || picture.height() <= 1 {
        return Err("the picture is a single dot");
    }
    encode(&picture).map_err(|_| UNREADABLE)
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    memchr::memmem::find(head, b"<svg").is_some()
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(DECODED_SIDE_MAX);
    limits.max_image_height = Some(DECODED_SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = scale(DynamicImage::from_decoder(decoder)?);
    picture.apply_orientation(turned);
    Ok(picture)
}

fn scale(picture: DynamicImage) -> DynamicImage {
    let larger = picture.width() > SIDE_MAX || picture.height() > SIDE_MAX;
    if larger { picture.thumbnail(SIDE_MAX, SIDE_MAX) } else { picture }
}

fn encode(picture: &DynamicImage) -> Result<Picture, ImageError> {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let content_type = if is_transparent(picture) {
        let picture = DynamicImage::ImageRgba8(picture.to_rgba8());
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        "image/png"
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        picture.to_rgb8().write_with_encoder(encoder)?;
        "image/jpeg"
    };
    Ok(Picture { content_type, bytes, width, height })
}

fn is_transparent(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|dot| dot.0[3] < u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn a_large_picture_is_scaled_and_encoded_anew() {
        let wide = RgbImage::from_pixel(1600, 400, Rgb([200, 100, 50]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            let small = shrink(&encoded(wide.clone(), format)).unwrap();
            assert_eq!((small.width, small.height), (640, 160), "{format:?}");
            assert_eq!(small.content_type, "image/jpeg");
            assert!(small.bytes.starts_with(&[0xff, 0xd8, 0xff]));
        }
    }

    #[test]
    fn a_small_picture_keeps_its_size_and_its_transparency() {
        let icon = RgbaImage::from_pixel(32, 16, Rgba([1, 2, 3, 128]));
        let small = shrink(&encoded(icon, ImageFormat::Png)).unwrap();
        assert_eq!((small.width, small.height), (32, 16));
        assert_eq!(small.content_type, "image/png");
        let opaque = RgbaImage::from_pixel(32, 16, Rgba([1, 2, 3, 255]));
        let small = shrink(&encoded(opaque, ImageFormat::Png)).unwrap();
        assert_eq!(small.content_type, "image/jpeg");
    }

    #[test]
    fn an_icon_file_is_read() {
        let icon = RgbaImage::from_pixel(32, 32, Rgba([1, 2, 3, 0]));
        let small = shrink(&encoded(icon, ImageFormat::Ico)).unwrap();
        assert_eq!((small.content_type, small.width), ("image/png", 32));
    }

    #[test]
    fn a_bomb_is_refused_by_its_head() {
        let mut bomb = encoded(RgbImage::new(4, 4), ImageFormat::Png);
        for side in [8_001_u32, 60_000] {
            bomb[16..20].copy_from_slice(&side.to_be_bytes());
            bomb[20..24].copy_from_slice(&side.to_be_bytes());
            let check = crc(&bomb[12..29]).to_be_bytes();
            bomb[29..33].copy_from_slice(&check);
            assert_eq!(shrink(&bomb), Err("the picture has too many dots"), "{side}");
        }
    }

    /// As PNG checks its chunks.
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        let sum = bytes.iter().fold(u32::MAX, |crc, b| (0..8).fold(crc ^ u32::from(*b), step));
        !sum
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        assert_eq!(shrink(svg), Err("the picture is an SVG drawing, which may hold programs"));
        assert_eq!(shrink(b"<html>"), Err("the picture is of a kind we cannot read"));
        assert_eq!(shrink(b""), Err("the picture is of a kind we cannot read"));
        assert_eq!(shrink(b"\x89PNG\r\n\x1a\ncut"), Err(UNREADABLE));
        let dot = encoded(RgbImage::new(1, 1), ImageFormat::Png);
        assert_eq!(shrink(&dot), Err("the picture is a single dot"));
    }
}
