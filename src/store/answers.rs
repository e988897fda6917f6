//! What was answered to requests that may be repeated under the same key.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::time::Timestamp;

/// How many of a person's answers are kept, the newest.
const PER_USER_MAX: i64 = 1_000;

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// A hash of what was asked.
    pub request: Vec<u8>,
    /// The answer, which only who asked can open.
    pub sealed: Vec<u8>,
}

/// What a person was answered under a key since then.
pub fn find(tx: &Tx, user_id: UserId, key_hash: &[u8], since: Timestamp) -> Result<Option<Answer>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT request, sealed
         FROM answers
         WHERE user_id = :user_id AND key_hash = :key_hash AND given_at >= :since",
    )?;
    let row = named_params! { ":user_id": user_id, ":key_hash": key_hash, ":since": since };
    let answer = stmt.query_row(row, |row| {
        Ok(Answer { request: row.get("request")?, sealed: row.get("sealed")? })
    });
    Ok(answer.optional()?)
}

/// Keeps an answer in place of an old one under the same key, and of the oldest where there are
/// many.
pub fn put(tx: &WriteTx, user_id: UserId, key_hash: &[u8], answer: &Answer) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT OR REPLACE INTO answers (user_id, key_hash, number, request, sealed, given_at)
         VALUES (:user_id, :key_hash,
                 (SELECT ifnull(max(number), 0) + 1 FROM answers WHERE user_id = :user_id),
                 :request, :sealed, :now)",
    )?;
    stmt.execute(named_params! {
        ":user_id": user_id, ":key_hash": key_hash, ":request": answer.request,
        ":sealed": answer.sealed, ":now": tx.now(),
    })?;
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM answers
         WHERE user_id = :user_id
           AND number <= (SELECT max(number) FROM answers WHERE user_id = :user_id) - :kept",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":kept": PER_USER_MAX })?;
    Ok(())
}

/// Forgets answers that were given before then, so many at most. Returns how many.
pub fn delete_before(tx: &WriteTx, before: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM answers
         WHERE id IN (SELECT id FROM answers WHERE given_at < :before LIMIT :limit)",
    )?;
    Ok(stmt.execute(named_params! { ":before": before, ":limit": limit as i64 })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    fn answer(word: &str) -> Answer {
        Answer { request: b"asked".into(), sealed: word.into() }
    }

    #[test]
    fn the_newest_answers_of_each_person_are_kept_for_a_time() {
        let mut db = Memory::open();
        let add = |tx: &WriteTx, name| ops::accounts::add(tx, name, "", false, &Zone::UTC);
        let [mina, juno] = db.write(|tx| Ok([add(tx, "mina")?, add(tx, "juno")?])).unwrap();
        let start = db.now;
        db.write(|tx| put(tx, juno, b"0", &answer("hers"))).unwrap();
        for n in 0..=PER_USER_MAX {
            let key = n.to_string();
            db.write(|tx| put(tx, mina, key.as_bytes(), &answer(&key))).unwrap();
        }
        let get = |db: &Memory, user, key: &str, since| {
            db.read(|tx| find(tx, user, key.as_bytes(), since)).unwrap()
        };
        assert_eq!(get(&db, mina, "0", start), None, "the oldest has gone");
        assert_eq!(get(&db, mina, "1", start), Some(answer("1")));
        assert_eq!(get(&db, juno, "0", start), Some(answer("hers")), "it is another's");
        db.now = db.now + std::time::Duration::from_secs(1);
        let now = db.now;
        assert_eq!(get(&db, mina, "1", now), None, "it is too old");
        db.write(|tx| put(tx, mina, b"1", &answer("anew"))).unwrap();
        assert_eq!(get(&db, mina, "1", now), Some(answer("anew")));
        assert_eq!(db.write(|tx| delete_before(tx, now, 10)).unwrap(), 10);
        assert_eq!(db.write(|tx| delete_before(tx, now, 5_000)).unwrap(), 990);
        assert_eq!(get(&db, mina, "1", now), Some(answer("anew")));
    }
}
