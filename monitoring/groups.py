"""Which groups a matter belongs to, what it waited for, and whether a list had it: the rows the audit counts (G13)."""

import polars as pl

from data.times import DAY_US, wall_us
from data.vocabulary import SUBSTANTIVE
from monitoring.check import Watch
from monitoring.cohorts import has_matured
from monitoring.part import Part
from training.sweep_list import RANKED

DAYS_LOOKED_AT = 365
#: Offices by matters received in the year looked at: up to, code, names.
SIZES = ((50, "small", "一年不足50件", "under 50 a year"), (150, "middle", "一年50至149件", "50 to 149 a year"))
#: What an audited matter is and went through, besides the help it was given and its wait.
_RECEIVED = ("matter_id", "category", "cause", "office", "channel", "heard", "again")
LARGE = ("large", "一年150件以上", "150 a year or more")
#: The help of a measure (the rule that says where it is asked for) and the kinds by which it was given.
HELP: dict[str, tuple[str, tuple[str, ...]]] = {
    "hearing_screened": ("hearing", ("hearing_screened", "hearing_offered", "hearing_held", "simple_hearing_held")),
    "hearing_offered": ("hearing", ("hearing_offered", "hearing_held", "simple_hearing_held")),
    "aid_screened": ("aid", ("aid_screened", "aid_paid")),
    "aid_offered": ("aid", ("aid_paid", "social_aid_referred")),
    "lawyer_offered": ("lawyer", ("lawyer_offered", "lawyer_present")),
}


def received(part: Part, watch: Watch) -> pl.DataFrame:
    """As `received_matters`, without what only the whole register tells: the size of the office."""
    register, events = part.register, part.standing
    until = wall_us(watch.as_of, register.time_zone)
    silent = register.attributes.filter(
        (pl.col("name") == "reply_possible") & (pl.col("number") == 0) & pl.col("known_until").is_null()
    )["matter_id"]
    contacts = [code for code, role in register.roles.items() if role == "contact"]
    again = [*contacts, *(code for code, role in register.roles.items() if role == "from_above")]
    kind = pl.col("kind")
    documented = (kind == "progress_reply") & pl.col("document_no").is_not_null()
    registered = kind.is_in(["registered", "transferred_in"])
    times = {
        "registered": registered,
        "contacted": kind.is_in(contacts),
        "answered": kind.is_in(SUBSTANTIVE) | documented,
        "left": kind.is_in(["withdrawn", "transferred_out"]),
    }
    # Said of each event first: a condition within a group is worked out group by group.
    said = events.select(
        "matter_id",
        *(pl.when(chosen).then("at").alias(name) for name, chosen in times.items()),
        (kind.is_in(again) & pl.col("caused_by").is_null()).cast(pl.UInt32).alias("again"),
        *(kind.is_in(kinds).alias(name) for name, (_, kinds) in HELP.items()),
    )
    channel = (
        events.select("matter_id", "at", "seq", channel="kind")
        .filter(pl.col("channel").is_in(contacts))
        .sort("at", "seq")
        .unique("matter_id", keep="first", maintain_order=True)
        .select("matter_id", "channel")
    )
    first = (
        said.group_by("matter_id")
        .agg(pl.col(*times).min(), pl.col("again").sum() > 1, pl.col(*HELP).any())
        .filter((pl.col("registered") < until) & (pl.col("registered") >= until - DAYS_LOOKED_AT * DAY_US))
        .join(silent.to_frame(), on="matter_id", how="anti")
        .join(channel, on="matter_id", how="left")
    )
    receipt = pl.coalesce("contacted", "registered")
    heard = (pl.col("answered") < pl.col("left").fill_null(until)).fill_null(value=False) | (
        pl.col("left").is_null() & pl.col("answered").is_not_null()
    )
    known = first.join(
        register.matters.select("matter_id", "category", "cause", office="office_id"), on="matter_id", how="inner"
    ).with_columns(channel=pl.col("channel").fill_null("other"), category=pl.col("category").fill_null("other"))
    known = known.with_columns(
        heard=heard,
        days=(pl.when(heard).then("answered").otherwise(pl.col("left").fill_null(until)) - receipt) / DAY_US,
    )
    return known.select(*_RECEIVED, *HELP, pl.col("days").clip(lower_bound=0.0))


def received_matters(watch: Watch) -> pl.DataFrame:
    """The matters registered in the year before `as_of` that can be answered, one row each.

    Columns: matter_id, category, cause, office, size, channel, days (Float64, from receipt to the first substantive
    contact, to a withdrawal or transfer, or to `as_of`), heard, again (raised more than once), and one Boolean per
    measure of help.  Only what was known at `as_of` counts.
    """
    found = watch.found(received).with_columns(year=pl.len().over("office"))
    return (
        found.with_columns(
            size=pl.when(pl.col("year") < SIZES[0][0])
            .then(pl.lit(SIZES[0][1]))
            .when(pl.col("year") < SIZES[1][0])
            .then(pl.lit(SIZES[1][1]))
            .otherwise(pl.lit(LARGE[0])),
            all=pl.lit("all"),
        )
        .drop("year")
        .sort("matter_id")
    )


def first_contacts(part: Part, watch: Watch) -> pl.DataFrame:
    """How each matter first reached us, as known at the end, with its category and office."""
    register = part.register
    contacts = [code for code, role in register.roles.items() if role == "contact"]
    channel = (
        register.events.select("matter_id", "occurred_at", "seq", "known_until", channel="kind")
        .filter(pl.col("channel").is_in(contacts) & pl.col("known_until").is_null())
        .sort("occurred_at", "seq")
        .group_by("matter_id", maintain_order=True)
        .agg(pl.col("channel").first())
    )
    matters = register.matters.select("matter_id", "category", office="office_id")
    return matters.join(channel, on="matter_id", how="left")


def recalled_matters(watch: Watch) -> pl.DataFrame:
    """The matters that came back after a matured list they were a candidate of: matter_id, listed, and their groups.

    `listed`: they stood among the k of such a list.  Must-acts are no candidates.  A matter counts once.
    """
    found = _came_back(watch)
    if found.is_empty():
        return found.with_columns(
            pl.lit("").alias(name) for name in ("all", "category", "office", "size", "channel")
        ).clear()
    sizes = received_matters(watch).select("office", "size").unique()
    return (
        found.join(watch.found(first_contacts), on="matter_id", how="inner")
        .join(sizes, on="office", how="left")
        .with_columns(
            pl.col("channel").fill_null("other"),
            pl.col("category").fill_null("other"),
            # An office that received nothing this year is a small one.
            pl.col("size").fill_null(SIZES[0][1]),
            all=pl.lit("all"),
        )
        .sort("matter_id")
    )


def _came_back(watch: Watch) -> pl.DataFrame:
    """The matters that came back after a matured list they were a candidate of, and whether one had them."""
    parts: list[pl.DataFrame] = []
    for past in watch.past:
        if watch.labels is None or not has_matured(watch, past.cutoff):
            continue
        positive = watch.labels.filter((pl.col("cutoff") == past.cutoff) & (pl.col("label") == 1))
        parts.append(
            past.candidates.select("matter_id")
            .join(positive.select("matter_id"), on="matter_id", how="semi")
            .join(past.entries.filter(pl.col("part") != "spot"), on="matter_id", how="left")
            .filter((pl.col("part") != "must_act").fill_null(value=True))
            .select("matter_id", pl.col("part").is_in(RANKED).fill_null(value=False).alias("listed"))
        )
    empty = pl.DataFrame(schema={"matter_id": pl.String, "listed": pl.Boolean})
    return pl.concat([empty, *parts]).group_by("matter_id").agg(pl.col("listed").any())
