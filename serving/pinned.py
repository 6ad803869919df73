"""What a sweep is about before it begins: its batch, offices and model, and whether the register may be screened."""

from dataclasses import dataclass
from pathlib import Path

from data.errors import NotAllowed, NotFound, PetitionRiskError
from data.settings import Settings
from data.store import holds, models
from data.store import impact as impacts
from data.store.batches import batch_view, some_batch
from data.store.engine import Store
from data.store.register import office_tree
from serving.champion import Champion, load_champion
from serving.permissions import offices_below
from training.labels import PRIMARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What a run is about, fixed before it begins; `tree`: office id → parent id."""

    cutoff: int
    scope: str
    tree: dict[str, str | None]
    offices: tuple[str, ...]
    batch_id: int
    demo: bool
    champion: Champion | None
    notice: tuple[str, str] | None

    @property
    def version(self) -> int | None:
        """The model's version; None by rules."""
        return None if self.champion is None else self.champion.version


def pin(store: Store, settings: Settings, state: Path, *, cutoff: int, scope: str, now: int) -> Pinned:
    """Fix what a run at `cutoff` (UTC microseconds) of an office and those below it will be about: the latest batch.

    Raises NotFound, or NotAllowed where the register may not be screened (G20, G26).
    """
    tree = dict(office_tree(store))
    if scope not in tree:
        raise NotFound("no_such_office", f"没有办理单位 {scope}", f"no office {scope}")
    batch_id = some_batch(store)
    demo = _check_batch(store, settings, batch_id, now=now)
    champion, notice = _champion(store, settings, state)
    return Pinned(
        cutoff=cutoff,
        scope=scope,
        tree=tree,
        offices=(scope, *offices_below(list(tree.items()), scope)),
        batch_id=batch_id,
        demo=demo,
        champion=champion,
        notice=notice,
    )


def _check_batch(store: Store, settings: Settings, batch_id: int, *, now: int) -> bool:
    """Whether the register is a demonstration; raises NotAllowed where it may not be screened."""
    view = batch_view(store, batch_id)
    if view.bench_only:
        raise NotAllowed(
            "bench_only",
            "该台账的观察结果含救济或只限评测，不能排查，只能用 petition-risk bench 评测",
            "this register is bench only (its label holds a remedy); it can be evaluated by petition-risk bench, "
            "never screened with",
        )
    if not view.demo and (settings.impact.assessment_id is None or settings.impact.approver is None):
        raise NotAllowed(
            "impact_assessment_missing",
            "首次正式排查前须登记个人信息保护影响评估编号和批准人（设置 impact.assessment_id、impact.approver）",
            "set impact.assessment_id and impact.approver before the first real screening (G20)",
        )
    if not view.demo:
        given = impacts.basis(store, settings.impact, PRIMARY, vault=settings.vault.enabled)
        impacts.require(store, settings.impact, given, at=now)
    return view.demo


def _champion(store: Store, settings: Settings, state: Path) -> tuple[Champion | None, tuple[str, str] | None]:
    """The approved model, or None with why the list goes by rules."""
    if settings.rules_only:
        return None, ("设置为按规则运行", "set to run by rules")
    found = models.champion(store)
    if found is None and holds.open_holds(store):
        return None, (
            "监测发现提示使办理变差，模型已停用，按规则运行",
            "flags were found to hurt, so the model is out of service; by rules",
        )
    if found is None:
        killed = models.is_killed(store)
        return None, ("模型已停用，按规则运行", "the model is switched off; by rules") if killed else (
            "没有批准的模型，按规则运行",
            "no approved model; by rules",
        )
    try:
        return load_champion(state, found), None
    except PetitionRiskError as problem:
        return None, (f"模型未通过核验，按规则运行：{problem.zh}", f"the model was refused; by rules: {problem.en}")
