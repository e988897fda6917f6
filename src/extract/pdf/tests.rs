//! Small documents of each shape.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::*;

fn titled(bytes: &[u8]) -> Option<String> {
    read(bytes).title
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn with_stream(before: &str, data: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), b"\nstream\r\n", data, b"\nendstream\nendobj\n", after.as_bytes()].concat()
}

const OBJECTS: &str = "<</Title(Bookmark)/Parent 1 0 R/Dest[1]>><</Title(Packed)/Producer(x)>>";

fn in_object_stream(after: &str) -> Vec<u8> {
    let data = format!("2 0 7 41 {OBJECTS}");
    let dict = "%PDF-1.5\n9 0 obj<</Type/ObjStm/N 2/First 9/Filter/FlateDecode>>";
    with_stream(dict, &packed(data.as_bytes()), after)
}

#[test]
fn the_trailer_tells_which_object_describes_the_document() {
    let file = b"%PDF-1.4\n1 0 obj<</Title(Old)/Producer(x)>>endobj\n\
                 11 0 obj<</Title(Other)/Producer(x)>>endobj\n\
                 1 0 obj<</Title 2 0 R/Author(Ana)/CreationDate(D:20240305100000+09'00')>>endobj\n\
                 2 0 obj(New \\(one\\))endobj\ntrailer<</Info 1 0 R>>";
    let info = read(file);
    assert_eq!(info.title.as_deref(), Some("New (one)"));
    assert_eq!(info.author.as_deref(), Some("Ana"));
    assert_eq!(info.created_at.unwrap().to_string(), "2024-03-05T01:00:00Z");
}

#[test]
fn packed_objects_are_read_with_and_without_a_trailer() {
    let trailer = "8 0 obj<</Type/XRef/Info 7 0 R>>";
    assert_eq!(titled(&in_object_stream(trailer)).as_deref(), Some("Packed"));
    assert_eq!(titled(&in_object_stream("")).as_deref(), Some("Packed"));
}

#[test]
fn a_bookmark_is_no_title_and_an_encrypted_file_has_none() {
    assert_eq!(titled(b"%PDF-1.4\n1 0 obj<</Title(Chapter 1)/Parent 2 0 R/Dest[3]>>endobj"), None);
    let locked = b"1 0 obj<</Title(x)/Producer(y)>>endobj trailer<</Info 1 0 R/Encrypt 5 0 R>>";
    assert_eq!(titled(locked), None);
}

#[test]
fn a_packet_goes_before_the_old_information_but_not_when_it_is_empty_of_sense() {
    let file = |title: &str| {
        let packet = format!("<x:xmpmeta><dc:title>{title}</dc:title></x:xmpmeta>");
        let before = "1 0 obj<</Type/Catalog/Metadata 3 0 R>>endobj\n\
                      2 0 obj<</Title(Plain)>>endobj\n\
                      3 0 obj<</Type/Metadata/Subtype/XML/Filter[/FlateDecode]>>";
        with_stream(before, &packed(packet.as_bytes()), "trailer<</Root 1 0 R/Info 2 0 R>>")
    };
    assert_eq!(titled(&file("Packet")).as_deref(), Some("Packet"));
    assert_eq!(titled(&file("untitled")).as_deref(), Some("Plain"));
}

#[test]
fn a_string_is_decoded_as_its_writer_meant_it() {
    assert_eq!(as_text(b"\xfe\xff\xc7\x51\0\x1b\0e\0n\0\x1b\0!"), "읽!".replace('읽', "\u{c751}"));
    assert_eq!(as_text("\u{feff}빵".as_bytes()), "빵");
    assert_eq!(as_text(b"Caf\xe9 \x84 bread \x8dok\x8e"), "Café — bread “ok”");
    assert_eq!(as_text(b"\xbb\xa7\xc1\xfd\xc0\xc7 \xbe\xc6\xc4\xa7"), "빵집의 아침");
}

#[test]
fn what_a_program_puts_in_place_of_a_title_is_none() {
    let check = |raw: &str, expected: Option<&str>| {
        assert_eq!(title(raw).as_deref(), expected, "{raw}");
    };
    check("Microsoft Word - report.docx", Some("report"));
    check("Microsoft PowerPoint - Bread and Butter", Some("Bread and Butter"));
    check("doc1.indd", None);
    check("C:\\Users\\ana\\final.doc", None);
    check("Annual Bread Report.docx", Some("Annual Bread Report"));
    check("Untitled-3", None);
    check("문서1", None);
    check("제목 없음", None);
    check("PowerPoint Presentation", None);
    check("- / -", None);
    check("Bread 2.0", Some("Bread 2.0"));
}

#[test]
fn a_date_is_read_as_far_as_it_goes() {
    let at = |text: &str| pdf_date(text).map(|at| at.to_string());
    assert_eq!(at("D:20240305100000-05'30'").as_deref(), Some("2024-03-05T15:30:00Z"));
    assert_eq!(at("D:20240305").as_deref(), Some("2024-03-05T00:00:00Z"));
    assert_eq!(at("20240305100000Z00'00'").as_deref(), Some("2024-03-05T10:00:00Z"));
    assert_eq!(at("D:2024"), None);
    assert_eq!(at("D:20249999"), None);
    assert_eq!(at("yesterday ago é"), None);
}

#[test]
fn files_cut_off_anywhere_do_no_harm() {
    let file = in_object_stream("8 0 obj<</Type/XRef/Info 7 0 R>>");
    for end in 0..file.len() {
        read(&file[..end]);
    }
    read(&b"1 0 obj<</ObjStm/Producer".repeat(20_000));
    read(&b"trailer<<".repeat(50_000));
}

#[test]
fn a_bomb_is_unpacked_no_further_than_is_allowed() {
    let bomb = packed(&vec![b' '; 32 * 1024 * 1024]);
    let file = with_stream("1 0 obj<</Type/ObjStm/First 9/Filter/FlateDecode>>", &bomb, "");
    let mut left = UNPACKED_MAX;
    let (_, data) = stream(&file, 7, &mut left).unwrap();
    assert_eq!((data.len() as u64, left), (UNPACKED_MAX, 0));
    assert_eq!(titled(&file), None);
}
