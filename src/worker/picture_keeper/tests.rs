use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::*;
use crate::clock::SystemClock;
use crate::fetch::{FetchConfig, RobotsPolicy};
use crate::model::address::AllowList;
use crate::model::page::PageKind;
use crate::net::fake_web::{FakeWeb, Reply};

fn png(width: u32, height: u32, colour: u8) -> Reply {
    let dots = RgbImage::from_fn(width, height, |x, _| {
        Rgb(if x < width / 2 { [colour, 90, 30] } else { [20, 30, 200] })
    });
    let mut bytes = Cursor::new(Vec::new());
    dots.write_to(&mut bytes, ImageFormat::Png).unwrap();
    Reply::with("200 OK", &["content-type: image/png"], &bytes.into_inner())
}

/// A site with pictures of each sort.
fn site() -> FakeWeb {
    FakeWeb::new(|path| match path {
        "/good.png" => png(300, 200, 200),
        "/logo.png" => png(100, 100, 150),
        "/stamp.png" => png(90, 90, 250),
        "/dot.png" => png(1, 1, 0),
        "/favicon.ico" => png(32, 32, 90),
        _ => Reply::status("404 Not Found"),
    })
}

struct Desk {
    keeper: PictureKeeper,
    _dir: tempfile::TempDir,
}

fn desk(bytes_max: u64) -> Desk {
    let config = FetchConfig {
        allow: AllowList::parse(&["127.0.0.1"]).unwrap(),
        robots: RobotsPolicy::Ignore,
        ..FetchConfig::default()
    };
    let clock = SystemClock::shared();
    let dir = tempfile::tempdir().unwrap();
    let pictures = Pictures::open(&dir.path().join("cache.db"), bytes_max, clock.clone()).unwrap();
    let keeper = PictureKeeper::new(Arc::new(Fetcher::new(config, clock)), pictures);
    Desk { keeper, _dir: dir }
}

fn page(web: &FakeWeb, images: &[&str]) -> PageMeta {
    let images = images.iter().map(|path| PageImage::at(web.url(path))).collect();
    PageMeta { images, ..PageMeta::bare(web.url("/page"), PageKind::Article) }
}

#[test]
fn the_first_good_picture_wins_and_a_logo_only_where_there_is_none() {
    let web = site();
    let best = |images: &[&str]| {
        let card = desk(1 << 20).keeper.card(page(&web, images));
        assert_eq!(card.image_url.is_some(), card.picture.is_some());
        card.image_url
    };
    let at = |path: &str| Some(web.url(path).to_string());
    assert_eq!(best(&["/dot.png", "/logo.png", "/good.png", "/stamp.png"]), at("/good.png"));
    assert_eq!(best(&["/gone.png", "/logo.png", "/stamp.png"]), at("/logo.png"));
    assert_eq!(best(&["/gone.png", "/dot.png"]), None);
    assert_eq!(best(&["/1", "/2", "/3", "/4", "/good.png"]), None, "enough is enough");
}

#[test]
fn an_address_is_asked_once_whatever_the_number_of_links() {
    let web = site();
    let desk = desk(1 << 20);
    let first = desk.keeper.card(page(&web, &["/gone.png", "/good.png"]));
    for _ in 0..20 {
        let card = desk.keeper.card(page(&web, &["/gone.png", "/good.png"]));
        assert_eq!((&card.picture, &card.icon), (&first.picture, &first.icon));
    }
    assert_eq!(web.paths(), ["/gone.png", "/good.png", "/favicon.ico"]);
    assert_eq!(first.icon_url, Some(web.url("/favicon.ico").to_string()));
    assert!(desk.keeper.pictures.find(&first.icon.unwrap()).unwrap().is_some());
}

#[test]
fn an_icon_that_cannot_be_shown_gives_way_to_the_one_by_custom() {
    let web = site();
    let icon = |path: &str| {
        let meta = PageMeta { icon_url: Some(web.url(path)), ..page(&web, &[]) };
        desk(1 << 20).keeper.card(meta).icon_url
    };
    assert_eq!(icon("/logo.png"), Some(web.url("/logo.png").to_string()));
    assert_eq!(icon("/gone.png"), Some(web.url("/favicon.ico").to_string()));
}

#[test]
fn where_none_are_kept_none_are_asked_for() {
    let web = site();
    let card = desk(0).keeper.card(page(&web, &["/good.png"]));
    assert_eq!((card.picture, card.icon), (None, None));
    assert_eq!(card.image_url, Some(web.url("/good.png").to_string()));
    assert!(web.paths().is_empty());
}
