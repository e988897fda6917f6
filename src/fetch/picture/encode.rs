//! Dots to bytes, as few as asked for.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, ImageResult, Rgb, RgbImage, RgbaImage};

use super::{BYTES_MAX, Flaw, ICON_BYTES_MAX, Picture, Worth, judge};

/// Below the last of these a smaller picture looks better than a coarser one.
const QUALITIES: [u8; 4] = [86, 76, 66, 56];
const ICON_SIDES: [u32; 4] = [64, 48, 32, 16];
/// What transparent dots lie on: neutral, so that it goes with light and dark pages.
const LIGHT: [u8; 3] = [0xf4, 0xf1, 0xec];
const DARK: [u8; 3] = [0x3a, 0x34, 0x2f];

/// A picture without loss where that fits, else as JPEG: coarser first, then smaller.
pub(super) fn picture(dots: RgbaImage, worth: Worth) -> Result<Picture, Flaw> {
    let opaque = dots.pixels().all(|dot| dot.0[3] == u8::MAX);
    let light = !opaque && judge::is_light(&dots);
    let flat = || DynamicImage::ImageRgb8(flattened(&dots, if light { DARK } else { LIGHT }));
    // A light shape gets its dark ground now; other shapes lie on the page's.
    let whole = if opaque || light { flat() } else { DynamicImage::ImageRgba8(dots.clone()) };
    let (width, height) = (whole.width(), whole.height());
    let bytes = lossless(&whole).map_err(|_| Flaw::Broken)?;
    if bytes.len() <= BYTES_MAX {
        return Ok(Picture { content_type: "image/webp", bytes, width, height, worth });
    }
    let mut picture = flat().into_rgb8();
    loop {
        let (width, height) = picture.dimensions();
        for quality in QUALITIES {
            let bytes = jpeg(&picture, quality).map_err(|_| Flaw::Broken)?;
            if bytes.len() <= BYTES_MAX {
                return Ok(Picture { content_type: "image/jpeg", bytes, width, height, worth });
            }
        }
        let less = |side: u32| (side * 4 / 5).max(1);
        picture = imageops::resize(&picture, less(width), less(height), FilterType::Lanczos3);
    }
}

/// An icon as PNG.
pub(super) fn icon(mut dots: RgbaImage) -> Result<Picture, Flaw> {
    if judge::is_light(&dots) {
        dots = DynamicImage::ImageRgb8(flattened(&dots, DARK)).into_rgba8();
    }
    for side in ICON_SIDES {
        let picture = DynamicImage::ImageRgba8(dots.clone());
        let larger = dots.width().max(dots.height()) > side;
        let small = if larger { picture.resize(side, side, FilterType::Lanczos3) } else { picture };
        let mut bytes = Vec::new();
        let encoder =
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, PngFilter::Adaptive);
        small.write_with_encoder(encoder).map_err(|_| Flaw::Broken)?;
        if bytes.len() <= ICON_BYTES_MAX {
            let (width, height) = (small.width(), small.height());
            let (content_type, worth) = ("image/png", Worth::Good);
            return Ok(Picture { content_type, bytes, width, height, worth });
        }
    }
    Err(Flaw::TooLarge)
}

fn lossless(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::WebP)?;
    Ok(bytes.into_inner())
}

fn jpeg(picture: &RgbImage, quality: u8) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
    Ok(bytes)
}

fn flattened(dots: &RgbaImage, ground: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(dots.width(), dots.height(), |x, y| {
        let [r, g, b, alpha] = dots.get_pixel(x, y).0;
        let blend = |colour: u8, under: u8| {
            let (colour, under, alpha) = (u32::from(colour), u32::from(under), u32::from(alpha));
            ((colour * alpha + under * (255 - alpha) + 127) / 255) as u8
        };
        Rgb([blend(r, ground[0]), blend(g, ground[1]), blend(b, ground[2])])
    })
}
