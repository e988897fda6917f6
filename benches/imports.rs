//! How long a file of links takes to come in, as browsers export it: into an empty library, and
//! once more, which must add nothing. And the memory and the work that this takes.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use common::measure::{forget_peak, ms, peak_mib, resident_mib, timed, worked_by_all};
use common::server::{Server, directory};
use common::{asked_sizes, library};
use fastrand::Rng;
use toaster::model::import::{Settings, Tally};
use toaster::ops;
use toaster::store::{self, Wakes};
use toaster::worker::Worker;
use toaster::worker::importer::Importer;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
/// Links lie in so many folders, one after another.
const FOLDERS: usize = 30;
/// And have two of so many tags.
const TAGS: usize = 200;
const NAME: &str = "bookmarks.html";
/// The first of 2024.
const START: usize = 1_704_067_200;

fn main() {
    println!("  links          took ms   work ms  MiB before   at most   added unchanged");
    for links in asked_sizes(&SIZES) {
        measure(links);
    }
}

fn measure(links: usize) {
    let server = Server::start();
    let store = server.store(Wakes::default());
    let user_id = library::add_user(&store, "mina");
    let files = directory();
    let path = files.path().join(NAME);
    for time in ["first", "again"] {
        let mut importer = Importer::new(server.store(Wakes::default()), files.path().to_owned())
            .expect("it is there");
        write(&path, links).expect("the disk has room");
        let bytes = path.metadata().expect("it was written").len();
        let settings = Settings { unread: true, ..Settings::default() };
        let import = store
            .write(move |tx| ops::imports::begin(tx, user_id, NAME, bytes, settings))
            .expect("there is no other");
        forget_peak();
        let (before, work) = (resident_mib(), worked_by_all());
        let (took, step) = timed(|| importer.step(Vec::new()));
        step.expect("it is read");
        let work = worked_by_all() - work;
        let Tally { added, unchanged, .. } = store
            .read(|tx| store::imports::get(tx, user_id, import.id))
            .expect("it is there")
            .tally;
        println!(
            "{links:>7} {time:>7} {:>9} {:>9} {before:>11.1} {:>9.1} {added:>7} {unchanged:>9}",
            ms(took),
            ms(work),
            peak_mib()
        );
    }
}

/// Writes a file of links with their titles, folders, tags, dates and every fifth with a note.
fn write(path: &Path, links: usize) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut rng = Rng::with_seed(links as u64);
    writeln!(file, "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<DL><p>")?;
    for folder in 0..FOLDERS {
        writeln!(file, "<DT><H3>Folder {folder}</H3>\n<DL><p>")?;
        for n in (folder..links).step_by(FOLDERS) {
            let link = library::link(&mut rng, n);
            let (url, title, saved_at) = (link.link.as_str(), &link.title, START + 60 * n);
            let [one, other] = [n % TAGS, n / TAGS % TAGS];
            writeln!(
                file,
                "<DT><A HREF=\"{url}\" ADD_DATE=\"{saved_at}\" TAGS=\"tag {one},tag {other}\">{title}</A>"
            )?;
            if n.is_multiple_of(5) {
                writeln!(file, "<DD>{}", link.description)?;
            }
        }
        writeln!(file, "</DL><p>")?;
    }
    writeln!(file, "</DL><p>")?;
    file.flush()
}
