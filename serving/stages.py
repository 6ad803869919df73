"""How far a job has come: its stages, how long each took, and about how long the rest will take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a job by its code, and what it does."""

    code: str
    zh: str
    en: str


#: The monthly job, in order; by rules `score` is passed over.
SCREEN: tuple[Stage, ...] = (
    Stage(code="read", zh="读取台账", en="read the register"),
    Stage(code="context", zh="汇总办理单位情况", en="sum up the offices"),
    Stage(code="cohort", zh="确定排查范围", en="find the cohort"),
    Stage(code="features", zh="计算特征与时限", en="features and clocks"),
    Stage(code="score", zh="评分", en="score"),
    Stage(code="log", zh="保存特征记录", en="keep the feature log"),
    Stage(code="list", zh="排定清单", en="rank and draw"),
    Stage(code="entries", zh="写明理由与欠办事项", en="reasons and unmet duties"),
    Stage(code="write", zh="写入清单", en="write the list"),
    Stage(code="issue", zh="成稿", en="make it the draft"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A stage just begun: its number of `of`, seconds since the start, seconds left (None: nothing to go by).

    `part`: which of how many parts of the register it is about, where there are several.
    """

    stage: Stage
    number: int
    of: int
    spent_s: float
    left_s: float | None
    part: tuple[int, int] | None = None

    @property
    def zh(self) -> str:
        """The stage in Chinese, with the part and the estimate."""
        part = "" if self.part is None else f"·第{self.part[0]}/{self.part[1]}部分"
        left = "" if self.left_s is None else f"（约还需 {max(1, round(self.left_s))} 秒）"
        return f"{self.number}/{self.of} {self.stage.zh}{part}{left}"

    @property
    def en(self) -> str:
        """The stage in English, with the part and the estimate."""
        part = "" if self.part is None else f", part {self.part[0]}/{self.part[1]}"
        left = "" if self.left_s is None else f" (about {max(1, round(self.left_s))} s left)"
        return f"{self.number}/{self.of} {self.stage.en}{part}{left}"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for the record of the run."""
        return {"code": self.stage.code, "number": self.number, "of": self.of, "left_s": self.left_s}


@dataclass(slots=True, kw_only=True)
class Steps:
    """The stages of one run; `past` are the seconds of an earlier run, by stage, `clock` gives UTC microseconds."""

    stages: Sequence[Stage]
    clock: Callable[[], int]
    tell: Callable[[Reached], None]
    past: Mapping[str, float]
    _seconds: dict[str, float] = field(default_factory=dict[str, float])
    _at: str | None = None
    _since: int = 0
    _part: tuple[int, int] | None = None
    _told_of: tuple[int, int] | None = None

    def within(self, part: int, of: int) -> None:
        """What follows is about a part of the register, from 1; of 0: about all of it again."""
        self._part = (part, of) if of > 1 else None

    def enter(self, code: str) -> None:
        """Begin a stage, or go on with it for another part; the one before ends."""
        if (self._at, self._part) == (code, self._told_of):
            return
        self.leave()
        self._told_of = self._part
        self._at, self._since = code, self.clock()
        number = next(place for place, stage in enumerate(self.stages, 1) if stage.code == code)
        self.tell(
            Reached(
                stage=self.stages[number - 1],
                number=number,
                of=len(self.stages),
                spent_s=sum(self._seconds.values()),
                left_s=self._left(number) if self.past else None,
                part=self._part,
            )
        )

    def _left(self, number: int) -> float:
        """Seconds left as an earlier run went: of the stages to come all, of those under way what is not spent."""
        if self._part is None:
            return sum(self.past.get(stage.code, 0.0) for stage in self.stages[number - 1 :])
        return sum(max(0.0, self.past.get(one.code, 0.0) - self._seconds.get(one.code, 0.0)) for one in self.stages)

    def leave(self) -> dict[str, float]:
        """End the stage under way; seconds by stage so far."""
        if self._at is not None:
            # A clock moved back between two readings must not make a stage last less than nothing.
            passed = max(0.0, (self.clock() - self._since) / 1_000_000)
            self._seconds[self._at] = round(self._seconds.get(self._at, 0.0) + passed, 3)
            self._at = None
        return dict(self._seconds)
