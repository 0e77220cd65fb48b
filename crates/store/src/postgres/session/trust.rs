//! Whose schema it is that we are about to use.
//!
//! A server is shared. What another role made under our schema's name can run that role's code with our rights: a trigger or a default when we
//! write, a view, a policy or a function in an index when we read. So every session looks, before it names a table, who owns what it will
//! touch. A role trusts itself, superusers, and the roles whose rights it has by membership; a superuser, who has the rights of all, trusts only
//! itself and other superusers. Whoever only reads may also read what a stranger owns, as long as nothing in it can run.

use postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::StoreError;
use crate::postgres::address::PostgresAddress;
use crate::postgres::failure::Failure;
use crate::postgres::session::{Access, Session};

/// What a session finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::postgres) struct Survey {
    /// Whether there are tables.
    pub(in crate::postgres) has_tables: bool,
    /// Who owns the schema, if there is one.
    pub(in crate::postgres) owner: Option<String>,
    /// The schema of the extension for vectors, quoted.
    pub(in crate::postgres) extension: Option<String>,
    /// Which schema it is, where all of it is our own role's: nobody else can change that, so the next session need not look again.
    pub(in crate::postgres) identity: Option<String>,
}

/// Says which schema of which owner there is. Goes with a session's first statements.
pub(in crate::postgres) const IDENTITY: &str = "SELECT n.oid::text || ' ' || n.nspowner::text AS identity FROM pg_namespace n WHERE n.nspname = 'mnemo'";

/// Runs statements that end with [`IDENTITY`].
pub(in crate::postgres) fn identity(
    session: &mut Session,
    sql: &str,
) -> Result<Option<String>, Failure> {
    Ok(Row::of(session, sql)?.text("identity").map(str::to_owned))
}

/// One row, whatever is there. `trusted` are the roles whose code may run as us.
///
/// Objects that run belong to a table of ours (their dependency on it is automatic or internal; a stranger's view of our table is neither)
/// and depend on a function. What the server brings itself is pinned and has no dependencies.
const SURVEY: &str = "
WITH me AS (SELECT oid, rolsuper FROM pg_roles WHERE rolname = current_user),
    trusted AS (SELECT r.oid FROM pg_roles r, me
        WHERE r.oid = me.oid OR r.rolsuper OR (NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'USAGE'))),
    home AS (SELECT n.oid, n.nspowner, n.nspowner IN (SELECT oid FROM trusted) AS is_trusted, n.nspacl
        FROM pg_namespace n WHERE n.nspname = 'mnemo'),
    relation AS (SELECT c.oid, c.relname, c.relkind, c.relowner, c.relrowsecurity
        FROM pg_class c JOIN home ON c.relnamespace = home.oid),
    extension AS (SELECT e.oid, e.extnamespace FROM pg_extension e WHERE e.extname = 'vector'),
    member AS (SELECT d.classid, d.objid FROM pg_depend d JOIN extension e ON d.refobjid = e.oid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
    attached AS (SELECT 'pg_class'::regclass AS classid, oid AS objid, relname FROM relation
        UNION ALL SELECT d.classid, d.objid, r.relname FROM pg_depend d JOIN relation r ON d.refobjid = r.oid
        WHERE d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')),
    wrong AS (
        SELECT 1 AS rank, format('the role %s owns %s', pg_get_userbyid(relowner), relname) AS what FROM relation
            WHERE relowner NOT IN (SELECT oid FROM trusted) AND (relowner, false) NOT IN (SELECT nspowner, is_trusted FROM home)
        UNION ALL SELECT 2, format('the role %s owns the function %s in it', pg_get_userbyid(p.proowner), p.proname)
            FROM pg_proc p JOIN home ON p.pronamespace = home.oid WHERE p.proowner NOT IN (SELECT oid FROM trusted)
        UNION ALL SELECT 3, format('%s runs %s, a function of the role %s', a.relname, p.proname, pg_get_userbyid(p.proowner))
            FROM attached a JOIN pg_depend d ON (d.classid, d.objid) = (a.classid, a.objid) AND d.refclassid = 'pg_proc'::regclass
            JOIN pg_proc p ON p.oid = d.refobjid WHERE p.proowner NOT IN (SELECT oid FROM trusted)
        UNION ALL SELECT 4, 'everybody may create in it' FROM home, aclexplode(nspacl) a
            WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
        UNION ALL SELECT 5, format('%s is not a plain table', relname) FROM relation, home WHERE NOT is_trusted
            AND (relkind NOT IN ('r', 'i', 'S') OR relrowsecurity
                OR EXISTS (SELECT 1 FROM pg_rewrite WHERE ev_class = relation.oid)
                OR EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = relation.oid)
                OR EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = relation.oid AND attgenerated = 'v'))
        UNION ALL SELECT 6, format('%s has a column of the type %s', relname, t.typname) FROM home, relation
            JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
            WHERE NOT is_trusted AND t.typnamespace <> 'pg_catalog'::regnamespace
                AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM member)
        UNION ALL SELECT 7, 'the extension vector lacks functions of its own' FROM extension e WHERE 3 > (SELECT count(*) FROM member m WHERE
            (m.classid = 'pg_type'::regclass AND EXISTS (SELECT 1 FROM pg_type t
                WHERE t.oid = m.objid AND t.typname = 'halfvec' AND t.typnamespace = e.extnamespace))
            OR (m.classid = 'pg_proc'::regclass AND EXISTS (SELECT 1 FROM pg_proc p JOIN pg_type t ON p.proargtypes[0] = t.oid
                WHERE p.oid = m.objid AND p.proname = 'vector_dims' AND p.pronamespace = e.extnamespace
                    AND t.typname = 'halfvec' AND t.typnamespace = e.extnamespace))
            OR (m.classid = 'pg_operator'::regclass AND EXISTS (SELECT 1 FROM pg_operator o JOIN pg_type t ON o.oprleft = t.oid
                WHERE o.oid = m.objid AND o.oprname = '<#>' AND o.oprnamespace = e.extnamespace AND o.oprright = t.oid
                    AND t.typname = 'halfvec' AND t.typnamespace = e.extnamespace)))
    )
SELECT (SELECT pg_get_userbyid(nspowner) FROM home) AS owner,
    coalesce((SELECT is_trusted FROM home), true) AS is_trusted,
    (SELECT rolsuper FROM me) AS is_super,
    EXISTS (SELECT 1 FROM relation WHERE relname = 'migrations') AS has_tables,
    (SELECT quote_ident(n.nspname) FROM extension e JOIN pg_namespace n ON n.oid = e.extnamespace) AS extension,
    (SELECT what FROM wrong ORDER BY rank, what LIMIT 1) AS wrong";

/// What is so nearly always, at a third of the price: the schema, all that is in it and the extension are our own role's (or the extension a
/// superuser's), and nothing was attached to the tables. What else their owner made of them was this role.
const OURS: &str = "
WITH me AS (SELECT oid FROM pg_roles WHERE rolname = current_user),
    home AS (SELECT n.oid, n.nspowner FROM pg_namespace n WHERE n.nspname = 'mnemo'),
    relation AS (SELECT c.relname, c.relowner, c.relhasrules OR c.relhastriggers OR c.relrowsecurity OR c.relhassubclass AS has_more
        FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM home)),
    extension AS (SELECT e.extowner, e.extnamespace FROM pg_extension e WHERE e.extname = 'vector')
SELECT (SELECT pg_get_userbyid(nspowner) FROM home) AS owner,
    EXISTS (SELECT 1 FROM relation WHERE relname = 'migrations') AS has_tables,
    (SELECT quote_ident(n.nspname) FROM extension e JOIN pg_namespace n ON n.oid = e.extnamespace) AS extension,
    coalesce((SELECT h.nspowner = me.oid FROM home h, me), true)
        AND coalesce((SELECT bool_and(r.relowner = me.oid AND NOT r.has_more) FROM relation r, me), true)
        AND coalesce((SELECT e.extowner = me.oid OR r.rolsuper FROM extension e, me, pg_roles r WHERE r.oid = e.extowner), true) AS is_ours";

/// Looks around, and refuses a schema in which others' code could run as us.
pub(in crate::postgres) fn survey(
    session: &mut Session,
    address: &PostgresAddress,
    access: Access,
    identity: Option<String>,
) -> Result<Survey, Failure> {
    let ours = Row::of(session, OURS)?;
    if ours.is("is_ours") {
        return Ok(Survey {
            identity,
            ..ours.survey()
        });
    }
    let row = Row::of(session, SURVEY)?;
    let untrusted = |reason: String| {
        Failure::Refused(StoreError::Untrusted {
            database: address.to_string(),
            reason,
        })
    };
    if let Some(wrong) = row.text("wrong") {
        return Err(untrusted(format!("in its schema mnemo, {wrong}")));
    }
    let stranger = row.text("owner").filter(|_| !row.is("is_trusted"));
    let reason = match (stranger, access) {
        (None, _) => return Ok(row.survey()),
        (Some(_), Access::Read) if row.is("is_super") => "and you are a superuser",
        (Some(_), Access::Read) => return Ok(row.survey()),
        (Some(_), Access::Write | Access::WriteUnsettled) => "whose rights you do not have",
    };
    let owner = stranger.unwrap_or_default();
    Err(untrusted(format!(
        "its schema mnemo belongs to the role {owner}, {reason}"
    )))
}

/// The one row of an answer, as text.
struct Row(Option<SimpleQueryRow>);

impl Row {
    fn of(session: &mut Session, sql: &str) -> Result<Row, Failure> {
        let messages = session.simple(sql)?.into_iter();
        let mut rows = messages.filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(Row(rows.next()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.get(name)
    }

    fn is(&self, name: &str) -> bool {
        self.text(name) == Some("t")
    }

    fn survey(&self) -> Survey {
        Survey {
            has_tables: self.is("has_tables"),
            owner: self.text("owner").map(str::to_owned),
            extension: self.text("extension").map(str::to_owned),
            identity: None,
        }
    }
}
