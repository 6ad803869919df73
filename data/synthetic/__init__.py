"""Which invented registers there are to try the product on: a seeded province with its oracles."""

from data.synthetic.plan import SyntheticPlan, Traps, bench_plan, demo_plan, small_plan
from data.synthetic.register import SyntheticRegister, make_register
from data.synthetic.replay import visible_oracle
from data.synthetic.write import write_csv, write_ledger, write_oracle

__all__ = [
    "SyntheticPlan",
    "SyntheticRegister",
    "Traps",
    "bench_plan",
    "demo_plan",
    "make_register",
    "small_plan",
    "visible_oracle",
    "write_csv",
    "write_ledger",
    "write_oracle",
]
