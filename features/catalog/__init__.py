"""Every feature the product knows, in reading order; add a file's tuple here and it is everywhere."""

from features.catalog import attributes, calendar, joint, office, promise, recurrence, reply, stage
from features.feature import FeatureSet

CATALOG = FeatureSet(
    features=(
        *recurrence.FEATURES,
        *joint.FEATURES,
        *stage.FEATURES,
        *reply.FEATURES,
        *promise.FEATURES,
        *office.FEATURES,
        *attributes.FEATURES,
        *calendar.FEATURES,
    )
)
