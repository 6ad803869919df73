"""One small province for all tests of the generator."""

from datetime import date

import pytest

from data.synthetic import SyntheticPlan, SyntheticRegister, make_register

PLAN = SyntheticPlan(
    seed=11, cities=1, counties_per_city=4, county_year=(150, 210), start=date(2024, 11, 1), oracle_draws=1
)


@pytest.fixture(scope="session")
def province() -> SyntheticRegister:
    """Six offices, about 1,400 matters in two years, with one draw of the oracle."""
    return make_register(PLAN)
