use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{
    DynamicImage, ExtendedColorType, Frame, GrayAlphaImage, ImageEncoder, ImageFormat, LumaA, Rgb,
    RgbImage, Rgba, RgbaImage,
};

use super::*;
use crate::clock::SimClock;
use crate::model::time::Timestamp;

const RED: [u8; 3] = [220, 40, 30];
const BLUE: [u8; 3] = [30, 60, 200];

fn small(bytes: &[u8]) -> Result<Picture, Flaw> {
    shrink(bytes, &*SimClock::at(Timestamp::from_ms(0)))
}

fn small_icon(bytes: &[u8]) -> Result<Picture, Flaw> {
    shrink_icon(bytes, &*SimClock::at(Timestamp::from_ms(0)))
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Red on the left and blue on the right.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

fn noise(width: u32, height: u32) -> RgbImage {
    let mut random = fastrand::Rng::with_seed(7);
    RgbImage::from_fn(width, height, |_, _| Rgb([random.u8(..), random.u8(..), random.u8(..)]))
}

fn dots(picture: &Picture) -> RgbaImage {
    image::load_from_memory(&picture.bytes).unwrap().into_rgba8()
}

/// Whether the dot at a part of the width and height is about that colour.
#[track_caller]
fn check_dot(picture: &Picture, x: f32, y: f32, colour: [u8; 3]) {
    let dots = dots(picture);
    let at = |part: f32, side: u32| (part * side as f32) as u32;
    let [r, g, b, _] = dots.get_pixel(at(x, dots.width()), at(y, dots.height())).0;
    let near = [r, g, b].iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 24);
    assert!(near, "{:?} at {x} {y}, expected {colour:?}", [r, g, b]);
}

#[test]
fn a_picture_of_any_kind_is_scaled_and_encoded_anew() {
    let kinds = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
    for format in kinds {
        let picture = small(&encoded(halves(1500, 500), format)).unwrap();
        assert_eq!((picture.width, picture.height), (640, 213), "{format:?}");
        assert_eq!(picture.worth, Worth::Good);
        check_dot(&picture, 0.2, 0.5, RED);
        check_dot(&picture, 0.8, 0.5, BLUE);
    }
}

#[test]
fn a_small_picture_is_not_scaled_up() {
    let picture = small(&encoded(halves(300, 240), ImageFormat::Png)).unwrap();
    assert_eq!((picture.width, picture.height), (300, 240));
    assert_eq!(picture.content_type, "image/webp", "few bytes are enough without any loss");
}

#[test]
fn the_worst_picture_fits() {
    for (width, height) in [(1300, 900), (640, 640)] {
        let picture = small(&encoded(noise(width, height), ImageFormat::Png)).unwrap();
        assert_eq!(picture.content_type, "image/jpeg");
        assert!(picture.bytes.len() <= BYTES_MAX && picture.width.max(picture.height) <= SIDE_MAX);
        let read = dots(&picture);
        assert_eq!(read.dimensions(), (picture.width, picture.height));
    }
}

#[test]
fn what_is_transparent_stays_so_where_that_fits_and_gets_a_ground_where_not() {
    let round = |colour: &dyn Fn(u32, u32) -> [u8; 3]| {
        RgbaImage::from_fn(400, 400, |x, y| {
            let far = x.abs_diff(200).pow(2) + y.abs_diff(200).pow(2) > 150 * 150;
            let [r, g, b] = if far { [0; 3] } else { colour(x, y) };
            Rgba([r, g, b, if far { 0 } else { 255 }])
        })
    };
    let plain = small(&encoded(round(&|_, _| RED), ImageFormat::Png)).unwrap();
    assert_eq!(plain.content_type, "image/webp");
    assert_eq!(dots(&plain).get_pixel(5, 5).0[3], 0);
    let grain = noise(400, 400);
    let grainy = small(&encoded(round(&|x, y| grain.get_pixel(x, y).0), ImageFormat::Png)).unwrap();
    assert_eq!(grainy.content_type, "image/jpeg");
    check_dot(&grainy, 0.02, 0.02, [0xf4, 0xf1, 0xec]);
    // White on nothing would be nothing on white.
    let white = small(&encoded(round(&|_, _| [255; 3]), ImageFormat::Png)).unwrap();
    check_dot(&white, 0.02, 0.02, [0x3a, 0x34, 0x2f]);
    check_dot(&white, 0.5, 0.5, [255; 3]);
}

#[test]
fn hidden_colours_do_not_show_at_the_edges() {
    let stripe = RgbaImage::from_fn(1300, 1300, |x, _| {
        if x < 650 { Rgba([220, 40, 30, 255]) } else { Rgba([0, 255, 0, 0]) }
    });
    let picture = small(&encoded(stripe, ImageFormat::Png)).unwrap();
    for Rgba([_, green, _, alpha]) in dots(&picture).pixels() {
        assert!(*alpha == 0 || *green < 90, "green {green} shines through at {alpha}");
    }
}

/// A segment of what cameras write: which way they were held, and where.
fn exif(orientation: u8) -> Vec<u8> {
    let mut body = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    body.extend([orientation, 0, 0, 0, 0, 0, 0]);
    body.extend(b"latitude 37.5665");
    let mut segment = vec![0xff, 0xe1];
    segment.extend((body.len() as u16 + 2).to_be_bytes());
    segment.extend(body);
    segment
}

#[test]
fn a_photograph_is_turned_upright_and_says_nothing_of_where_it_was_taken() {
    // Red is on the left. Each says which side that is when the picture is seen.
    let cases = [
        (1, "left"),
        (2, "right"),
        (3, "right"),
        (4, "left"),
        (5, "top"),
        (6, "top"),
        (7, "bottom"),
        (8, "bottom"),
    ];
    for (orientation, side) in cases {
        let mut jpeg = encoded(halves(400, 240), ImageFormat::Jpeg);
        jpeg.splice(2..2, exif(orientation));
        let picture = small(&jpeg).unwrap();
        let (x, y, size) = match side {
            "left" => (0.2, 0.5, (400, 240)),
            "right" => (0.8, 0.5, (400, 240)),
            "top" => (0.5, 0.2, (240, 400)),
            _ => (0.5, 0.8, (240, 400)),
        };
        assert_eq!((picture.width, picture.height), size, "{orientation}");
        check_dot(&picture, x, y, RED);
        assert!(memchr::memmem::find(&picture.bytes, b"latitude").is_none());
        assert!(memchr::memmem::find(&picture.bytes, b"Exif").is_none());
    }
}

#[test]
fn of_a_moving_picture_the_first_frame_is_kept() {
    let still = DynamicImage::ImageRgb8(halves(240, 240)).into_rgba8();
    let mut other = still.clone();
    image::imageops::flip_horizontal_in_place(&mut other);
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    encoder.encode_frames([still.clone(), other.clone()].map(Frame::new)).unwrap();
    drop(encoder);
    for bytes in [gif, moving_webp(&still, &other), moving_png(&still, &other)] {
        let picture = small(&bytes).unwrap();
        check_dot(&picture, 0.2, 0.5, RED);
        check_dot(&picture, 0.8, 0.5, BLUE);
    }
}

fn moving_webp(first: &RgbaImage, second: &RgbaImage) -> Vec<u8> {
    let chunk = |name: &[u8], body: &[u8]| {
        let mut chunk = [name, &(body.len() as u32).to_le_bytes(), body].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let size = [three(first.width() - 1), three(first.height() - 1)].concat();
    let frame = |dots: &RgbaImage| {
        let mut still = Vec::new();
        WebPEncoder::new_lossless(&mut still)
            .encode(dots, dots.width(), dots.height(), ExtendedColorType::Rgba8)
            .unwrap();
        chunk(b"ANMF", &[&[0; 6], &*size, &three(100), &[0], &still[12..]].concat())
    };
    let head = chunk(b"VP8X", &[&[0x12, 0, 0, 0], &*size].concat());
    let body = [head, chunk(b"ANIM", &[0; 6]), frame(first), frame(second)].concat();
    chunk(b"RIFF", &[b"WEBP", &*body].concat())
}

fn moving_png(first: &RgbaImage, second: &RgbaImage) -> Vec<u8> {
    let png = encoded(first.clone(), ImageFormat::Png);
    let other = encoded(second.clone(), ImageFormat::Png);
    let number = |number: u32| number.to_be_bytes();
    let control = |n: u32| {
        let mut body =
            [n, first.width(), first.height(), 0, 0].map(u32::to_be_bytes).concat().to_vec();
        body.extend([0, 1, 0, 10, 0, 0]);
        png_chunk(b"fcTL", &body)
    };
    let (data, end) = (&png[33..png.len() - 12], &png[png.len() - 12..]);
    let more: Vec<u8> = (1..)
        .zip(data_chunks(&other))
        .flat_map(|(n, body)| png_chunk(b"fdAT", &[&number(n + 1), &*body].concat()))
        .collect();
    let moves = png_chunk(b"acTL", &[number(2), number(0)].concat());
    [&png[..33], &moves, &control(0), data, &control(1), &more, end].concat()
}

fn data_chunks(png: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = 8;
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        if &png[at + 4..at + 8] == b"IDAT" {
            found.push(png[at + 8..at + 8 + length].to_vec());
        }
        at += length + 12;
    }
    found
}

fn png_chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
    let named = [name, body].concat();
    [&(body.len() as u32).to_be_bytes(), &*named, &crc(&named).to_be_bytes()].concat()
}

/// As PNG checks its chunks.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let sum = bytes.iter().fold(u32::MAX, |crc, b| (0..8).fold(crc ^ u32::from(*b), step));
    !sum
}

#[test]
fn odd_kinds_of_colour_are_read() {
    let deep = DynamicImage::ImageRgb8(halves(300, 300)).into_rgb16();
    check_dot(&small(&encoded(deep, ImageFormat::Png)).unwrap(), 0.2, 0.5, RED);
    let gray = GrayAlphaImage::from_fn(300, 300, |x, y| LumaA([(x / 2) as u8, 255 - y as u8 / 2]));
    check_dot(&small(&encoded(gray, ImageFormat::Png)).unwrap(), 0.9, 0.0, [135; 3]);
    for print in [
        &include_bytes!("../../../tests/data/pictures/cmyk.jpg")[..],
        include_bytes!("../../../tests/data/pictures/ycck.jpg"),
    ] {
        let picture = small(print).unwrap();
        check_dot(&picture, 0.2, 0.2, [255, 0, 0]);
        check_dot(&picture, 0.8, 0.2, [0, 255, 255]);
        check_dot(&picture, 0.8, 0.9, [255, 255, 255]);
    }
}

#[test]
fn the_colours_of_a_wide_screen_become_those_of_any() {
    let wide = |profile: Vec<u8>| {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile).unwrap();
        let dots = RgbImage::from_fn(300, 300, |x, _| {
            Rgb(if x < 150 { [200, 120, 110] } else { [100; 3] })
        });
        encoder.write_image(&dots, 300, 300, ExtendedColorType::Rgb8).unwrap();
        small(&bytes).unwrap()
    };
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let red = |picture: &Picture| dots(picture).get_pixel(10, 10).0[0];
    assert!(red(&wide(p3)) > 205, "the same red is more of what a usual screen has");
    assert_eq!(red(&wide(b"no profile at all".to_vec())), 200);
}

#[test]
fn blank_and_tiny_pictures_are_none() {
    let flaw = |picture: DynamicImage| small(&encoded(picture, ImageFormat::Png)).unwrap_err();
    let plain = RgbImage::from_pixel(640, 400, Rgb([250, 251, 252]));
    assert_eq!(flaw(plain.clone().into()), Flaw::Blank);
    let mut specks = plain;
    (0..20).for_each(|n| specks.put_pixel(n * 31, n * 19, Rgb([0; 3])));
    assert_eq!(flaw(specks.into()), Flaw::Blank);
    // Noise that nobody can see.
    let mut random = fastrand::Rng::with_seed(1);
    let hidden = RgbaImage::from_fn(300, 300, |_, _| Rgba([random.u8(..), 0, random.u8(..), 0]));
    assert_eq!(flaw(hidden.into()), Flaw::Blank);
    for (width, height) in [(1, 1), (47, 300), (300, 47)] {
        assert_eq!(flaw(halves(width, height).into()), Flaw::Tiny);
    }
    assert!(small(&encoded(halves(48, 48), ImageFormat::Png)).is_ok());
}

#[test]
fn a_logo_is_worth_less_than_a_picture() {
    let worth = |picture: DynamicImage| small(&encoded(picture, ImageFormat::Png)).unwrap().worth;
    assert_eq!(worth(halves(200, 150).into()), Worth::Good);
    assert_eq!(worth(halves(199, 150).into()), Worth::Meh);
    assert_eq!(worth(halves(1200, 300).into()), Worth::Good);
    assert_eq!(worth(halves(1204, 300).into()), Worth::Meh);
    assert_eq!(worth(halves(300, 1204).into()), Worth::Meh);
    let shape = |colour: &dyn Fn(u32, u32) -> [u8; 3]| {
        DynamicImage::from(RgbaImage::from_fn(400, 400, |x, y| {
            let [r, g, b] = colour(x, y);
            Rgba([r, g, b, if x > 100 && x < 300 && y > 100 { 255 } else { 0 }])
        }))
    };
    assert_eq!(worth(shape(&|_, _| RED)), Worth::Meh);
    assert_eq!(worth(shape(&|x, y| [x as u8, y as u8, 90])), Worth::Good, "a thing cut out");
}

#[test]
fn a_bomb_is_refused_by_its_head() {
    let mut bomb = encoded(halves(64, 64), ImageFormat::Png);
    for (width, height) in [(5_001_u32, 5_000_u32), (60_000, 60_000), (20_001, 60)] {
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let check = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&check);
        assert_eq!(small(&bomb), Err(Flaw::TooLarge), "{width} by {height}");
    }
    let mut gif = encoded(halves(64, 64), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(small(&gif), Err(Flaw::TooLarge));
}

#[test]
fn a_jpeg_that_goes_over_its_dots_too_often_is_refused_before_it_is_decoded() {
    let jpeg = encoded(halves(64, 64), ImageFormat::Jpeg);
    let scan = memchr::memmem::find(&jpeg, &[0xff, 0xda]).unwrap();
    let length = usize::from(u16::from_be_bytes([jpeg[scan + 2], jpeg[scan + 3]]));
    let again = jpeg[scan..scan + 2 + length].repeat(19);
    let with_size = |bytes: &[u8], side: u16| {
        let mut bytes = bytes.to_vec();
        let at = memchr::memmem::find(&bytes, &[0xff, 0xc0]).unwrap();
        bytes[at + 5..at + 9].copy_from_slice(&[side.to_be_bytes(), side.to_be_bytes()].concat());
        bytes
    };
    let often = [&jpeg[..scan], &*again, &jpeg[scan..]].concat();
    assert_eq!(small(&with_size(&often, 5_000)), Err(Flaw::TooSlow));
    // Within a segment the same bytes are no scans: such as a small copy of the picture.
    let mut copy = vec![0xff, 0xe2];
    copy.extend((again.len() as u16 + 2).to_be_bytes());
    copy.extend(&again);
    let mut with_copy = jpeg;
    with_copy.splice(2..2, copy);
    assert!(small(&with_copy).is_ok());
}

/// A clock on which each look takes 100 ms.
struct Slow(AtomicU64);

impl Clock for Slow {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(100, Ordering::SeqCst))
    }
}

#[test]
fn a_picture_that_takes_too_long_is_given_up() {
    let bytes = encoded(noise(700, 700), ImageFormat::Png);
    let clock = Slow(AtomicU64::new(0));
    assert_eq!(shrink(&bytes, &clock), Err(Flaw::TooSlow));
    assert!(clock.0.load(Ordering::SeqCst) < 10_000, "it went on and on");
}

#[test]
fn what_is_no_picture_is_named() {
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    assert_eq!(small(svg), Err(Flaw::Drawing));
    assert_eq!(small_icon(svg), Err(Flaw::Drawing));
    assert_eq!(small(b"<html>"), Err(Flaw::UnknownKind));
    assert_eq!(small(b""), Err(Flaw::UnknownKind));
    assert_eq!(small(b"\0\0\0\x20ftypavif\0\0\0\0avifmif1"), Err(Flaw::UnknownKind));
    assert_eq!(small(b"\x89PNG\r\n\x1a\ncut"), Err(Flaw::Broken));
}

#[test]
fn an_icon_is_small_whatever_it_was() {
    let ico = RgbaImage::from_fn(32, 32, |x, _| Rgba([200, 30, 30, if x < 16 { 255 } else { 0 }]));
    let icon = small_icon(&encoded(ico, ImageFormat::Ico)).unwrap();
    assert_eq!((icon.content_type, icon.width, icon.height), ("image/png", 32, 32));
    assert_eq!(dots(&icon).get_pixel(30, 5).0[3], 0);
    let grainy = DynamicImage::ImageRgb8(noise(512, 300)).into_rgba8();
    let icon = small_icon(&encoded(grainy, ImageFormat::Png)).unwrap();
    assert!(icon.width <= ICON_SIDE_MAX && icon.bytes.len() <= ICON_BYTES_MAX);
    let (mut coarse, mut random) = (noise(64, 64), fastrand::Rng::with_seed(2));
    let coarse = RgbaImage::from_fn(64, 64, |x, y| {
        let [r, g, b] = coarse.get_pixel_mut(x, y).0;
        Rgba([r, g, b, random.u8(..)])
    });
    let icon = small_icon(&encoded(coarse, ImageFormat::Png)).unwrap();
    assert!(icon.width < ICON_SIDE_MAX && icon.bytes.len() <= ICON_BYTES_MAX);
    let plain = RgbImage::from_pixel(32, 32, Rgb([9, 9, 9]));
    assert_eq!(small_icon(&encoded(plain, ImageFormat::Png)), Err(Flaw::Blank));
    assert_eq!(small_icon(&encoded(halves(7, 7), ImageFormat::Png)), Err(Flaw::Tiny));
}

#[test]
fn no_bytes_make_it_panic_or_give_more_than_promised() {
    let mut progressive = Vec::new();
    JpegEncoder::new_with_quality(&mut progressive, 60)
        .encode_image(&DynamicImage::ImageRgb8(noise(90, 70)))
        .unwrap();
    let still = DynamicImage::ImageRgb8(halves(80, 60)).into_rgba8();
    let mut seeds = vec![progressive, moving_webp(&still, &still), moving_png(&still, &still)];
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Ico] {
        seeds.push(encoded(DynamicImage::ImageRgb8(noise(90, 70)).into_rgba8(), format));
    }
    seeds.push(include_bytes!("../../../tests/data/pictures/ycck.jpg").to_vec());
    let mut random = fastrand::Rng::with_seed(20_260_308);
    for turn in 0..400 {
        let mut bytes = seeds[turn % seeds.len()].clone();
        for _ in 0..random.usize(1..12) {
            let head = bytes.len().min(200);
            let at = if random.bool() { random.usize(..head) } else { random.usize(..bytes.len()) };
            bytes[at] = random.u8(..);
        }
        if random.u8(..4) == 0 {
            bytes.truncate(random.usize(1..bytes.len()));
        }
        if let Ok(picture) = small(&bytes) {
            assert!(picture.bytes.len() <= BYTES_MAX, "turn {turn}");
            assert!(picture.width.max(picture.height) <= SIDE_MAX, "turn {turn}");
            assert!((picture.width, picture.height) == dots(&picture).dimensions(), "turn {turn}");
        }
        if let Ok(icon) = small_icon(&bytes) {
            assert!(icon.bytes.len() <= ICON_BYTES_MAX && icon.width <= ICON_SIDE_MAX);
        }
    }
}
