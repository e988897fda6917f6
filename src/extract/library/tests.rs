use super::*;

/// What is read of a file, one line a link.
fn rows(file: &[u8]) -> (Result<Format>, Vec<Row>) {
    let mut rows = Vec::new();
    let format = read(file, &mut |row| {
        rows.push(row);
        Ok(())
    });
    (format, rows)
}

fn check(file: &str, format: Format, expected: &[&str]) {
    let (found, rows) = rows(file.as_bytes());
    assert_eq!(found.unwrap(), format, "{file}");
    let shown: Vec<String> = rows.iter().map(show).collect();
    assert_eq!(shown, expected, "{file}");
}

/// A row in short: what is empty or false is left out.
fn show(row: &Row) -> String {
    let mut shown = vec![row.line.to_string(), row.url.clone(), row.title.clone()];
    let mut some = |mark: &str, text: String| {
        if !text.is_empty() {
            shown.push(format!("{mark}{text}"));
        }
    };
    some("d:", row.description.clone());
    some("n:", row.note.clone());
    some("f:", row.folder.join("/"));
    some("t:", row.tags.join("+"));
    some("@", row.saved_at.map(|at| at.as_s().to_string()).unwrap_or_default());
    some("", row.unread.map(|unread| if unread { "unread" } else { "read" }).unwrap_or("").into());
    some("", if row.archived { "archived" } else { "" }.into());
    some("", if row.favourite { "favourite" } else { "" }.into());
    shown.join(" ")
}

#[test]
fn bookmarks_of_browsers_are_read_however_they_are_written() {
    let check = |file: &str, expected: &[&str]| check(file, Format::Netscape, expected);
    check(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3 ADD_DATE=\"1700000000\">Cooking &amp; more</H3>
    <DD>about the folder
    <DL><p>
        <DT><A HREF=\"https://soup.example/?a=1&amp;b=2\" ADD_DATE=\"1700000001\" TAGS=\"soup,hot dish\" TOREAD=\"1\">Soup &amp; bread</A>
        <DD>A description
that runs on
    </DL><p>
    <HR>
    <DT><A HREF=\"https://plain.example/\">Plain</A>
</DL><p>",
        &[
            "8 https://soup.example/?a=1&b=2 Soup & bread d:A description\nthat runs on \
             f:Bookmarks/Cooking & more t:soup+hot dish @1700000001 unread",
            "13 https://plain.example/ Plain f:Bookmarks",
        ],
    );
    // Nothing is closed, names are in any case, quotes are missing.
    check(
        "<dl><dt><h3>A<dl><dt><a href=https://a.example/?x=1&copy=2>One<dt><A HREF='https://b.example/'>Two",
        &["1 https://a.example/?x=1&copy=2 One f:A", "1 https://b.example/ Two f:A"],
    );
    // linkding.
    check(
        "<DT><A HREF=\"https://a.example/?x&y\" TAGS=\"web,linkding:bookmarks.archived\" TOREAD=\"0\">A</A>\n\r<DD>About [linkding-notes]mine[/linkding-notes]\n\r",
        &["1 https://a.example/?x&y A d:About n:mine t:web read archived"],
    );
    check("<DT><A HREF=\"https://a.example/", &[]);
    // A proxy has put a script below.
    check(
        "<A HREF='https://a.example/'>A</A><!-- <a href=x> --><script>'<a href=\"y\">'</script>",
        &["1 https://a.example/ A"],
    );
}

#[test]
fn other_pages_of_links_are_read_too() {
    check(
        "<!DOCTYPE html><html><h1>Unread</h1><ul>
<li><a href=\"https://soup.example/?a=1&amp;b=2\" time_added=\"1700000001\" tags=\"soup,winter\">Soup</a></li>
</ul><h1>Read Archive</h1><ul><li><a href=\"https://b.example/\" time_added=\"1700000000\" tags=\"\">B</a></li></ul>",
        Format::PocketHtml,
        &[
            "2 https://soup.example/?a=1&b=2 Soup t:soup+winter @1700000001 unread",
            "3 https://b.example/ B @1700000000 read archived",
        ],
    );
    check(
        "<?xml version=\"1.0\"?><!DOCTYPE xbel><xbel version=\"1.0\"><folder id=\"1\"><title>Cooking</title>
<bookmark href=\"https://soup.example/\" id=\"2\"><title>Soup &amp; bread</title><desc>hot</desc></bookmark></folder>
<bookmark href=\"https://b.example/\" id=\"3\"><title/></bookmark></xbel>",
        Format::Xbel,
        &[
            "2 https://soup.example/ Soup & bread d:hot f:Cooking",
            "3 https://b.example/ ",
        ],
    );
}

#[test]
fn tables_are_read_by_the_names_of_their_columns() {
    let check = |file: &str, expected: &[&str]| check(file, Format::Csv, expected);
    check(
        "\u{feff}title,url,time_added,cursor,tags,status\r\n\"Soup,\nhot\",https://soup.example/,1700000001,,soup|hot dish,unread\r\nB,https://b.example/,0,,,archive\r\n",
        &[
            "2 https://soup.example/ Soup,\nhot t:soup+hot dish @1700000001 unread",
            "4 https://b.example/ B read archived",
        ],
    );
    check(
        "URL,Title,Selection,Folder,Timestamp,Tags\nhttps://a.example/,A,,Unread,1700000001,\"[\"\"soup\"\", \"\"a b\"\"]\"\nhttps://b.example/,B,said,Starred,1700000001,[]\nhttps://c.example/,C,,Bread,1700000001,[]\n",
        &[
            "2 https://a.example/ A t:soup+a b @1700000001 unread",
            "3 https://b.example/ B n:said @1700000001 favourite",
            "4 https://c.example/ C f:Bread @1700000001",
        ],
    );
    check(
        "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n1,A,my words,about,https://a.example/,Food / Soup,\"one, two words\",2023-11-14T22:13:20.000Z,,,true\n2,B,,,https://b.example/,Unsorted,,,,,false\n",
        &[
            "2 https://a.example/ A d:about n:my words f:Food/Soup t:one+two words @1700000000 favourite",
            "3 https://b.example/ B",
        ],
    );
    check(
        "Title,URL,ID,Document tags,Saved date,Reading progress,Location,Seen\nA,https://a.example/,1,\"['x', 'y']\",2023-11-14 22:13:20+00:00,0,later,True\n",
        &["2 https://a.example/ A t:x+y @1700000000 unread"],
    );
    check(
        "Title,Author,Publisher,URL,Tags,Word Count,In Queue,Favorited,Read\nA,,,https://a.example/,x;y,1,False,True,True\n",
        &["2 https://a.example/ A t:x+y read favourite"],
    );
    check("Title;URL;Content;Tags\nA;https://a.example/;;x\n", &["2 https://a.example/ A t:x"]);
    check("url\nhttps://a.example/\n", &["2 https://a.example/ "]);
}

#[test]
fn arrays_of_links_are_read_by_whatever_names() {
    let check = |file: &str, expected: &[&str]| check(file, Format::Json, expected);
    check(
        r#"[{"id":1,"title":"A","url":"https://a.example/","is_archived":1,"is_starred":true,"tags":["x"],
            "content":"<p>long</p>","created_at":"2023-11-15T07:13:20+0900"}]"#,
        &["1 https://a.example/ A t:x @1700000000 read archived favourite"],
    );
    check(
        r#"[{"href":"https://a.example/","description":"The title","extended":"about","time":"2023-11-14T22:13:20Z",
            "toread":"yes","tags":"x y"}]"#,
        &["1 https://a.example/ The title d:about t:x+y @1700000000 unread"],
    );
    check(
        r#"[{"slug":"s","title":null,"url":"https://a.example/","state":"Archived","labels":["x"],
            "savedAt":"2023-11-14T22:13:20.000Z","description":null}]"#,
        &["1 https://a.example/  t:x @1700000000 read archived"],
    );
    check(
        r#"{"count":1,"results":[{"url":"https://a.example/","title":"A","notes":"mine","tag_names":["x"],"unread":true}]}"#,
        &["1 https://a.example/ A n:mine t:x unread"],
    );
    check(
        r#"{"bookmarks":[{"createdAt":1700000001,"title":null,"tags":["soup"],"lists":["k2"],
            "content":{"type":"link","url":"https://soup.example/"},"note":"hot","archived":false},
            {"createdAt":1,"content":null}],
            "lists":[{"id":"k1","name":"Food","parentId":null},{"id":"k2","name":"Soup","parentId":"k1"}]}"#,
        &["1 https://soup.example/  n:hot f:Food/Soup t:soup @1700000001", "2   @1"],
    );
}

#[test]
fn folders_of_browsers_and_collections_keep_their_nesting() {
    check(
        r#"{"collections":[{"id":1,"name":"Food","parentId":null,"links":[]},
            {"id":2,"name":"Soup","parentId":1,"links":[{"id":7,"name":"A","url":"https://a.example/",
             "description":"about","tags":[{"name":"x"}],"createdAt":"2023-11-14T22:13:20.000Z"},{"id":8,"url":null}]}],
            "pinnedLinks":[{"id":7}]}"#,
        Format::Linkwarden,
        &["1 https://a.example/ A d:about f:Food/Soup t:x @1700000000 favourite"],
    );
    check(
        r#"{"roots":{"bookmark_bar":{"type":"folder","name":"Bar","children":[{"type":"url","name":"A",
            "url":"https://a.example/","date_added":"13344473600000000"}]},"sync_transaction_version":"1"}}"#,
        Format::Chrome,
        &["1 https://a.example/ A f:Bar @1700000000"],
    );
    check(
        r#"{"type":"text/x-moz-place-container","title":"","children":[{"title":"menu","children":[
            {"title":"A","uri":"https://a.example/","dateAdded":1700000000000000,"tags":"x,y"}]}]}"#,
        Format::Firefox,
        &["1 https://a.example/ A f:menu t:x+y @1700000000"],
    );
    // Two that lie in each other lead nowhere, but they end.
    let circle = r#"{"collections":[{"id":1,"name":"a","parentId":2,"links":[{"url":"https://a.example/"}]},
                                    {"id":2,"name":"b","parentId":1}]}"#;
    assert_eq!(rows(circle.as_bytes()).1[0].folder.len(), 64);
}

#[test]
fn plain_lists_are_read_by_their_addresses() {
    check(
        "https://a.example/ | A | more\n\nhttps://b.example/\n- [C](https://c.example/) <!-- TAGS: x -->\nno link\n",
        Format::Lines,
        &["1 https://a.example/ A | more", "3 https://b.example/ ", "4 https://c.example/ C"],
    );
}

#[test]
fn what_is_packed_is_unpacked() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in [
        (
            "pocket/part_000001.csv",
            "title,url,time_added,tags,status\nB,https://b.example/,1,,unread\n",
        ),
        (
            "pocket/part_000000.csv",
            "title,url,time_added,tags,status\nA,https://a.example/,1,,unread\n",
        ),
        ("pocket/annotations/a.json", "[]"),
        ("content/page.html", "<a href='https://not.example/'>"),
        ("picture.png", "\u{89}PNG"),
    ] {
        use std::io::Write;
        zip.start_file(name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    let file = zip.finish().unwrap().into_inner();
    let (format, found) = rows(&file);
    assert_eq!(format.unwrap(), Format::Zip);
    assert_eq!(found.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert!(rows(&file[..file.len() / 2]).0.is_err());

    let plain = br#"{"type":"x","title":"","children":[{"title":"A","uri":"https://a.example/"}]}"#;
    let mut packed = b"mozLz40\0".to_vec();
    packed.extend((plain.len() as u32).to_le_bytes());
    // A block of literals alone.
    packed.extend([0xf0, (plain.len() - 15) as u8]);
    packed.extend(plain);
    let (format, found) = rows(&packed);
    assert_eq!((format.unwrap(), found.len()), (Format::Firefox, 1));
    assert!(rows(&packed[..20]).0.is_err());
}

#[test]
fn what_is_no_library_is_refused_and_what_breaks_off_keeps_what_came_before() {
    for nothing in ["", "  ", "hello", "<html><p>hello</html>", "{\"a\":1}", "{", "\0\u{1}"] {
        assert!(rows(nothing.as_bytes()).0.is_err(), "{nothing}");
    }
    let (format, found) = rows(br#"[{"url":"https://a.example/"},{"url":"#);
    let error = format.unwrap_err().to_string();
    assert_eq!((error.as_str(), found.len()), ("file: not valid JSON at line 1 column 37", 1));
    let (format, found) = rows("[{\"url\":\"https://a.example/\"}, 7]".as_bytes());
    assert_eq!((format.is_err(), found.len()), (true, 1));
    let utf16: Vec<u8> =
        "\u{feff}https://a.example/\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows(&utf16).1.len(), 1);
}
