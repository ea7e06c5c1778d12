"""Who was erased or merged while a run was at work, and what the run wrote about them.

A run takes seconds at night and minutes when everything is computed anew. Whoever it writes about is not locked
meanwhile: an event that changes somebody's address or account would wait for its end, and the queue behind it. Only at
the end, when all is written, people are kept from being erased, merged or renamed until the run is visible, and what
was written about those who are gone is taken back. So nobody waits for longer than that takes, but for an erasure or a
merge of somebody whose rows were just written anew: it waits for the run.

Whoever is being erased or merged at that very moment counts as gone, and is not waited for. If they turn out to be
still there, the next run computes them: they are noted as changed.
"""

from django.db import connection

from .staging import Run, execute

# In the order in which a run writes; ``contacts.computed.forget`` goes along it, too. No foreign key stands between
# them and the contacts: checking millions of rows again would take as long as writing them, with everybody locked.
_TABLE = """
DROP TABLE IF EXISTS pg_temp.crm_gone;
CREATE TEMPORARY TABLE crm_gone (contact_id bigint PRIMARY KEY) ON COMMIT DROP
"""
_FIND = """
WITH written AS MATERIALIZED (
    SELECT contact_id FROM crm_changed UNION SELECT contact_id FROM crm_staged UNION SELECT contact_id FROM crm_wanted
    UNION SELECT contact_id FROM crm_lifetime_value WHERE %(refitted)s AND computed_at = %(now)s
), held AS MATERIALIZED (
    SELECT id FROM crm_contact JOIN written ON contact_id = id FOR KEY SHARE OF crm_contact SKIP LOCKED
)
INSERT INTO crm_gone SELECT contact_id FROM written LEFT JOIN held ON id = contact_id WHERE id IS NULL
"""

# Rows that an erasure has locked it deletes itself. Of memberships only those go that this run opened: what was closed
# stays true, and is history.
_TAKE_BACK = (
    """
    UPDATE crm_customer_value SET contact_id = NULL WHERE id IN (
        SELECT id FROM crm_customer_value v JOIN crm_gone USING (contact_id) FOR UPDATE OF v SKIP LOCKED
    )
    """,
    """
    DELETE FROM crm_score WHERE contact_id IN (
        SELECT contact_id FROM crm_score s JOIN crm_gone USING (contact_id) FOR UPDATE OF s SKIP LOCKED
    )
    """,
    """
    DELETE FROM crm_lifetime_value WHERE id IN (
        SELECT id FROM crm_lifetime_value v JOIN crm_gone USING (contact_id) FOR UPDATE OF v SKIP LOCKED
    )
    """,
    """
    DELETE FROM crm_lifecycle WHERE contact_id IN (
        SELECT contact_id FROM crm_lifecycle l JOIN crm_gone USING (contact_id) FOR UPDATE OF l SKIP LOCKED
    )
    """,
    "DELETE FROM crm_membership m USING crm_gone g WHERE m.contact_id = g.contact_id AND m.id > %(newest)s",
    "INSERT INTO crm_contact_change (contact_id) SELECT contact_id FROM crm_gone",
)


def newest_membership() -> int:
    """The last membership that there is, before a run opens some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM crm_membership")
        return int(cursor.fetchone()[0])


def take_back(run: Run, newest: int, *, refitted: bool) -> int:
    """Keep people from being erased until the transaction ends, and take back what is about those who are gone.

    ``newest`` is the last membership that was there before the run, ``refitted`` whether lifetime values were written.
    Returns how many are gone.
    """
    execute(_TABLE)
    gone = execute(_FIND, {"now": run.now, "refitted": refitted})
    if gone:
        for statement in _TAKE_BACK:
            execute(statement, {"newest": newest})
    return gone
