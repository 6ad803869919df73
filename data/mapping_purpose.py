"""What a mapping may be used for: what only a bench may learn, and what a declaration needs (G26)."""

from data.mapping_parts import AttributeSpec, KindRule, Mapping
from data.strict_toml import Problems
from data.vocabulary import Role


def check_purpose(mapping: Mapping, problems: Problems, *, remembered: bool = False) -> None:
    """G26: what only a bench may learn, and what a declaration needs before it may be used in the open.

    A `remembered` mapping need not say what its declarations describe: it was confirmed before that was asked.
    """
    if mapping.bench_only:
        return
    roles = mapping.roles
    label = mapping.task.label or ()
    raised = {kind for kind, role in roles.items() if role in (Role.CONTACT, Role.FROM_ABOVE)}
    singled = raised & set(label)
    if any(roles[kind] == Role.REMEDY for kind in label):
        problems.append(
            (
                "task.label：含有救济途径，只能用于试验台（bench_only = true）",
                "task.label: contains a remedy, which is bench only (bench_only = true)",
            )
        )
    if singled and singled != raised:
        problems.append(
            (
                "task.label：单列某些反映方式，只能用于试验台（bench_only = true）",
                "task.label: singles out kinds of contact, which is bench only (bench_only = true)",
            )
        )
    # A cohort's condition is a filter too (red line 7), and a remedy is nobody's mark (G6).
    for measure in mapping.task.measures:
        picked = {kind for kind in measure.kinds if roles[kind] == Role.REMEDY} | (raised & set(measure.kinds))
        if picked and picked != raised:
            problems.append(
                (
                    f"task.measures.{measure.name}：含有救济途径或单列某些反映方式，只能用于试验台",
                    f"task.measures.{measure.name}: counts remedies or some kinds of contact, which is bench only",
                )
            )
    declared: list[tuple[str, AttributeSpec | KindRule]] = [(f"attributes.{a.name}", a) for a in mapping.attributes]
    declared += [(f"kinds.{code}", rule) for code, rule in mapping.kinds.items() if rule.added]
    for where, one in declared:
        if not (one.owner and one.reason and one.source) or one.confirmed_by in (None, "", one.owner):
            problems.append(
                (
                    f"{where}：须写明 owner、reason、source，并由另一人确认（confirmed_by）",
                    f"{where}: needs owner, reason, source and a second person (confirmed_by)",
                )
            )
        if one.describes is None and not remembered:
            problems.append(
                (
                    f"{where}：须写明 describes：matter（描述事项）或 handling（描述本院办理）；描述人的列不得申明",
                    f"{where}: needs describes: matter or handling (the matter or our handling); no column that "
                    "describes a person",
                )
            )
