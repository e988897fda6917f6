//! What a picture is worth to somebody who looks at a list of links.

use std::collections::HashSet;

use image::RgbaImage;
use image::imageops::{self, FilterType};

use super::Worth;

/// Enough dots to judge by.
const SAMPLE_SIDE: u32 = 64;
/// How far apart two dots may be and still be told to be of one colour.
const NEAR: u8 = 12;
const LOGO_SIDE: u32 = 200;
const ASPECT_MAX: u32 = 4;
/// Shades that a logo has, with the soft edges of its letters.
const LOGO_SHADES_MAX: usize = 24;

/// Whether nearly all dots are alike, seen or not.
pub(super) fn is_blank(dots: &RgbaImage) -> bool {
    let sample = sample(dots);
    let seen: Vec<[u8; 4]> = sample.pixels().map(|dot| over_black(dot.0)).collect();
    let middle: [u8; 4] = std::array::from_fn(|channel| {
        let mut values: Vec<u8> = seen.iter().map(|dot| dot[channel]).collect();
        let half = values.len() / 2;
        *values.select_nth_unstable(half).1
    });
    let far = |dot: &&[u8; 4]| dot.iter().zip(middle).any(|(a, b)| a.abs_diff(b) > NEAR);
    seen.iter().filter(far).count() * 200 < seen.len()
}

/// How well a picture that was `width` by `height` dots stands for a page.
pub(super) fn worth(dots: &RgbaImage, width: u32, height: u32) -> Worth {
    let (long, short) = (width.max(height), width.min(height));
    let is_logo = long < LOGO_SIDE || long > short.saturating_mul(ASPECT_MAX) || is_flat(dots);
    if is_logo { Worth::Meh } else { Worth::Good }
}

/// Whether it is a shape of few colours on nothing.
fn is_flat(dots: &RgbaImage) -> bool {
    let sample = sample(dots);
    let seen: Vec<[u8; 4]> = sample.pixels().map(|dot| dot.0).filter(|dot| dot[3] > 127).collect();
    let hidden = sample.pixels().len() - seen.len();
    let shades: HashSet<[u8; 3]> = seen.iter().map(|dot| [0, 1, 2].map(|n| dot[n] >> 4)).collect();
    hidden * 20 > sample.pixels().len() && shades.len() <= LOGO_SHADES_MAX
}

/// Whether what is seen of it would vanish on a light ground.
pub(super) fn is_light(dots: &RgbaImage) -> bool {
    let (mut sum, mut weight, mut count) = (0u64, 0u64, 0u64);
    for dot in dots.pixels() {
        let [r, g, b, alpha] = dot.0.map(u64::from);
        sum += (2 * r + 5 * g + b) / 8 * alpha;
        weight += alpha;
        count += 255;
    }
    // Where little shows through, the ground does not matter.
    weight * 20 < count * 19 && sum > weight * 208
}

fn sample(dots: &RgbaImage) -> RgbaImage {
    let (width, height) = (dots.width().min(SAMPLE_SIDE), dots.height().min(SAMPLE_SIDE));
    // Dots as they are: averages would make grain look plain.
    imageops::resize(dots, width, height, FilterType::Nearest)
}

fn over_black([r, g, b, alpha]: [u8; 4]) -> [u8; 4] {
    let dim = |colour: u8| (u16::from(colour) * u16::from(alpha) / 255) as u8;
    [dim(r), dim(g), dim(b), alpha]
}
