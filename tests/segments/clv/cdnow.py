"""The customers whose numbers are published.

``cdnow_summary.csv`` holds the 2,357 customers of the CDNOW sample (one in ten of the cohort that first bought in the
first quarter of 1997, watched for 39 weeks): Fader, Hardie and Lee (2005), in weeks; mean spend on repeat orders in US
dollars. It is ``cdnow_customers_summary_with_transactions.csv`` of the package lifetimes 0.11.3 (MIT licence), without
its column ``ID``, and with its columns x, t_x and zbar renamed.
"""

from functools import cache
from pathlib import Path

from saleor_crm_plugin.segments.clv.summary import Summary, read_summary

FILE = Path(__file__).with_name("cdnow_summary.csv")


@cache
def cdnow() -> Summary:
    with FILE.open(newline="") as file:
        return read_summary(file)
