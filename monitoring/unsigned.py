"""Whether lists lie unsigned: drafted, and days later still not verified, sent up or signed."""

from monitoring.check import Finding, Outcome, Severity, Watch

#: A month unsigned, and the next list is there before this one was acted on.
_MONTH_DAYS = 30


def check_unsigned(watch: Watch) -> Outcome:
    """A finding where offices' latest lists went unsigned longer than `work.unsigned_days`."""
    if not watch.unsigned:
        return Outcome(name="unsigned", rows=[], findings=[])
    longest = max(days for _, days in watch.unsigned)
    named_zh = "、".join(f"{office} {days} 天" for office, days in watch.unsigned)
    named_en = ", ".join(f"{office} ({days} days)" for office, days in watch.unsigned)
    limit = watch.settings.work.unsigned_days
    finding = Finding(
        code="list_unsigned",
        severity=Severity.SEVERE if longest > _MONTH_DAYS else Severity.WARNING,
        title_zh="清单未签批下达",
        title_en="lists lie unsigned",
        text_zh=f"成稿超过 {limit} 天仍未签批的清单：{named_zh}。必办事项和各项时限照常。",
        text_en=f"Drafted more than {limit} days ago and not signed: {named_en}. Must-acts and all clocks run on.",
        remedy_zh="由该院控申部门负责人汇总送签，院领导签批或退回。",
        remedy_en="Let the head of the petition department send the list up, and a leader sign or return it.",
        numbers={
            "offices": len(watch.unsigned),
            "longest_days": longest,
            "names": sorted(office for office, _ in watch.unsigned),
        },
    )
    return Outcome(name="unsigned", rows=[], findings=[finding])
