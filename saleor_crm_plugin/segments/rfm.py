"""RFM: customers ranked inside their currency by how lately, how often and for how much they bought, and named groups.

With ``n`` customers a value that ``lower`` of them stay below has rank ``1 + floor(bins * lower / (n - 1))``, at most
``bins``; one customer alone is in the middle. A rebuild says so with window functions. It is the same as one more than
the number of cuts below the value (``cuts.py``), which is how a night ranks those who changed, and those between where
a cut was and where it is (docs/adr/0008). The group that follows is kept as a membership.
"""

from . import cuts
from .staging import Run, execute

_TABLE = """
DROP TABLE IF EXISTS pg_temp.crm_ranked;
CREATE TEMPORARY TABLE crm_ranked (
    value_id bigint, contact_id bigint, currency varchar(3), recency int, frequency int, monetary int
) ON COMMIT DROP
"""

# All customers of some currencies (null: of all). ``value_id`` is their row, also when the contact is erased while the
# run is at it.
RANK_ALL = """
INSERT INTO crm_ranked
SELECT id, contact_id, currency,
    CASE n WHEN 1 THEN (%(bins)s + 2) / 2 ELSE least(%(bins)s, 1 + %(bins)s * earlier / (n - 1)) END,
    CASE n WHEN 1 THEN (%(bins)s + 2) / 2 ELSE least(%(bins)s, 1 + %(bins)s * rarer / (n - 1)) END,
    CASE n WHEN 1 THEN (%(bins)s + 2) / 2 ELSE least(%(bins)s, 1 + %(bins)s * poorer / (n - 1)) END
FROM (
    SELECT id, contact_id, currency, count(*) OVER (PARTITION BY currency) AS n,
        rank() OVER (PARTITION BY currency ORDER BY last_at) - 1 AS earlier,
        rank() OVER (PARTITION BY currency ORDER BY recent_orders) - 1 AS rarer,
        rank() OVER (PARTITION BY currency ORDER BY recent_amount) - 1 AS poorer
    FROM crm_customer_value
    WHERE recent_orders > 0 AND (%(currencies)s::text[] IS NULL OR currency = ANY(%(currencies)s::text[]))
) compared
UNION ALL
SELECT id, contact_id, currency, NULL, NULL, NULL FROM crm_customer_value
WHERE recent_orders = 0 AND (%(currencies)s::text[] IS NULL OR currency = ANY(%(currencies)s::text[]))
"""

# By recency and the mean of frequency and money, rounded half up, each brought to 1 to 5. No ranks: no group.
_GROUP = """
WITH grid AS (SELECT * FROM unnest(%(recency)s::int[], %(worth)s::int[], %(names)s::text[]) AS g (recency, worth, name))
INSERT INTO crm_wanted
SELECT contact_id, 'rfm', currency, coalesce(name, ''), %(now)s, 'rank'
FROM crm_ranked k LEFT JOIN grid ON grid.recency = (5 * k.recency + %(bins)s - 1) / %(bins)s AND grid.worth =
    ((5 * k.frequency + %(bins)s - 1) / %(bins)s + (5 * k.monetary + %(bins)s - 1) / %(bins)s + 1) / 2
WHERE contact_id IS NOT NULL
"""

_GRID = [(recency, worth) for recency in range(1, 6) for worth in range(1, 6)]


def rebuild(run: Run) -> None:
    """Rank everybody."""
    execute(_TABLE)
    execute(RANK_ALL, {"bins": run.settings.rfm.bins, "currencies": None})
    cuts.make(run)
    _group(run)


def refresh(run: Run) -> None:
    """Rank those whose rank may have changed, after their values were refreshed."""
    execute(_TABLE)
    anew = cuts.move(run)
    if anew:
        execute(RANK_ALL, {"bins": run.settings.rfm.bins, "currencies": anew})
        cuts.make(run, anew)
    cuts.rank_touched(run, anew)
    _group(run)


def _group(run: Run) -> None:
    rules = run.settings.rfm
    execute(
        _GROUP,
        {
            "recency": [recency for recency, _ in _GRID],
            "worth": [worth for _, worth in _GRID],
            "names": [rules.group_of(recency, worth) for recency, worth in _GRID],
            "bins": rules.bins,
            "now": run.now,
        },
    )
