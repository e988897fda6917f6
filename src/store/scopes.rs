//! Lines to push services: what is known of each service, and when its line is looked at.
//! Entering a line moves that ahead; looking at it sets it anew.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::destination::Address;
use crate::model::id::ScopeId;
use crate::model::scope::Health;
use crate::model::time::Timestamp;

/// Answered from the index `scopes_ready` alone: a line that is not to be looked at yet costs
/// nothing, however long it is.
const LIST_READY: &str = "SELECT s.id, s.name, s.not_before, s.failures, s.trips,
            (SELECT count(*) FROM deliveries d
             WHERE d.scope_id = s.id AND d.state = 'sending') AS under_way
     FROM scopes s
     WHERE s.ready_at <= :now
     ORDER BY s.ready_at
     LIMIT :limit";

/// A line that is to be looked at now.
pub struct Ready {
    /// Identity.
    pub id: ScopeId,
    /// What is known of the service.
    pub health: Health,
    /// Its name, which may hold a secret.
    pub name: String,
    /// How many pushes to it are under way.
    pub under_way: usize,
}

/// When a line that has been looked at is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookAgain {
    /// At that time.
    At(Timestamp),
    /// When something that is not due yet comes due; or when an answer came.
    WhenDue,
    /// When an answer came.
    AfterAnswer,
}

/// The scope of an address, which is remembered if it is new.
pub fn of_address(tx: &WriteTx, address: &Address) -> Result<ScopeId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO scopes (name)
         VALUES (:name)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name
         RETURNING id",
    )?;
    Ok(stmt.query_row(named_params! { ":name": address.scope() }, |row| row.get(0))?)
}

/// Up to `limit` lines that are to be looked at now, the longest overdue first.
pub fn list_ready(tx: &Tx, limit: usize) -> Result<Vec<Ready>> {
    let mut stmt = tx.sql().prepare_cached(LIST_READY)?;
    let values = named_params! { ":now": tx.now(), ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| {
        Ok(Ready {
            id: row.get("id")?,
            health: health_from(row)?,
            name: row.get("name")?,
            under_way: row.get::<_, i64>("under_way")?.try_into().unwrap_or(usize::MAX),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is known of a service, unless nobody goes there any more.
pub fn find_health(tx: &Tx, id: ScopeId) -> Result<Option<Health>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT not_before, failures, trips
         FROM scopes
         WHERE id = :id",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, health_from).optional()?)
}

/// Remembers what is known of a service.
pub fn set_health(tx: &WriteTx, id: ScopeId, health: &Health) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE scopes
         SET not_before = :not_before, failures = :failures, trips = :trips
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":not_before": health.not_before, ":failures": health.failures,
        ":trips": health.trips,
    })?;
    Ok(())
}

/// Has a line looked at by then, as something in it is due then.
pub(super) fn look_by(tx: &WriteTx, id: ScopeId, due_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE scopes
         SET ready_at = max(not_before, :due_at)
         WHERE id = :id AND (ready_at IS NULL OR ready_at > max(not_before, :due_at))",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at })?;
    Ok(())
}

/// Has a line looked at when its first delivery is due and the service may be asked.
pub fn set_ready(tx: &WriteTx, id: ScopeId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE scopes
         SET ready_at = max(not_before, (
             SELECT min(due_at) FROM deliveries
             WHERE scope_id = :id AND state = 'pending'))
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id })?;
    Ok(())
}

/// Says when a line that has been looked at is looked at again.
pub fn set_looked(tx: &WriteTx, id: ScopeId, again: LookAgain) -> Result<()> {
    let at = match again {
        LookAgain::At(at) => Some(at),
        LookAgain::AfterAnswer => None,
        LookAgain::WhenDue => {
            let mut stmt = tx.sql().prepare_cached(
                "SELECT min(due_at)
                 FROM deliveries
                 WHERE scope_id = :id AND state = 'pending' AND due_at > :now",
            )?;
            stmt.query_row(named_params! { ":id": id, ":now": tx.now() }, |row| row.get(0))?
        }
    };
    let mut stmt = tx.sql().prepare_cached("UPDATE scopes SET ready_at = :at WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":at": at })?;
    Ok(())
}

/// Opens the gates that are closed until after `latest`, which no service can have asked for.
pub fn open_gates(tx: &WriteTx, latest: Timestamp) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("UPDATE scopes SET not_before = :now WHERE not_before > :latest")?;
    stmt.execute(named_params! { ":latest": latest, ":now": tx.now() })?;
    Ok(())
}

/// Has every line looked at in time, whatever was noted of it before.
pub fn set_all_ready(tx: &WriteTx) -> Result<()> {
    tx.sql().execute(
        "UPDATE scopes
         SET ready_at = max(not_before, d.due_at)
         FROM (SELECT scope_id, min(due_at) AS due_at FROM deliveries
               WHERE state = 'pending' GROUP BY scope_id) d
         WHERE d.scope_id = scopes.id",
        [],
    )?;
    Ok(())
}

fn health_from(row: &rusqlite::Row) -> rusqlite::Result<Health> {
    Ok(Health {
        not_before: row.get("not_before")?,
        failures: row.get("failures")?,
        trips: row.get("trips")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn lines_that_are_not_to_be_looked_at_are_not_looked_at() {
        let mut db = Memory::open();
        let plan = db.write(|tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {LIST_READY}"))?;
            let values = named_params! { ":now": 0, ":limit": 1 };
            let rows = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
        });
        let plan = plan.unwrap();
        assert!(plan.contains("SEARCH s USING INDEX scopes_ready (ready_at<?)"), "{plan}");
        assert!(plan.contains("deliveries_under_way (scope_id=?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN s"), "{plan}");
    }

    #[test]
    fn a_scope_goes_with_the_last_destination_in_it() {
        let mut db = Memory::open();
        let left = db.write(|tx| {
            let zone = crate::model::time::Zone::UTC;
            let user = crate::store::users::insert(tx, "mina", "", true, &zone)?;
            let address = Address::ntfy("https://ntfy.example", "links", "")?;
            let insert = || crate::store::destinations::insert(tx, user, "Phone", &address);
            let (one, two) = (insert()?, insert()?);
            let id = of_address(tx, &address)?;
            crate::store::destinations::delete(tx, one)?;
            assert!(find_health(tx, id)?.is_some());
            crate::store::destinations::delete(tx, two)?;
            find_health(tx, id)
        });
        assert_eq!(left.unwrap(), None);
    }

    #[test]
    fn a_scope_goes_when_its_last_destination_leads_elsewhere() {
        let mut db = Memory::open();
        let left = db.write(|tx| {
            let zone = crate::model::time::Zone::UTC;
            let user = crate::store::users::insert(tx, "mina", "", true, &zone)?;
            let old = Address::ntfy("https://old.example", "links", "")?;
            let new = Address::ntfy("https://new.example", "links", "")?;
            let id = crate::store::destinations::insert(tx, user, "Phone", &old)?;
            let (was, is) =
                (of_address(tx, &old)?, crate::store::destinations::set_address(tx, id, &new)?);
            assert_eq!(is, of_address(tx, &new)?);
            assert!(find_health(tx, is)?.is_some());
            find_health(tx, was)
        });
        assert_eq!(left.unwrap(), None);
    }
}
