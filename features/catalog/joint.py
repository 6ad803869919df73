"""Whether people came jointly, and how long their representatives have been without a reply."""

from features.feature import Feature
from features.measures import MaxPeople, Occurred, Waiting

_JOINT = ("joint_submission",)
_SOURCE = "信访工作条例20条：多人反映推选代表不超过5人"

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="joint_ever",
        zh="是否多人反映",
        en="joint submission",
        unit="yes/no",
        group="joint",
        measure=Occurred(_JOINT),
        high=1,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="joint_people_band",
        zh="多人反映人数档",
        en="people in a joint submission (band)",
        unit="band",
        group="joint",
        measure=MaxPeople(_JOINT),
        high=3,
        source=_SOURCE,
        contact_term=True,
    ),
    Feature(
        name="joint_unanswered_days",
        zh="对代表人未答复天数",
        en="days without a reply to the representatives",
        unit="days",
        group="joint",
        measure=Waiting(_JOINT, ("substantive_contact", "procedural_reply", "progress_reply")),
        sign=1,
        high=730,
        source=_SOURCE,
        contact_term=True,
    ),
)
