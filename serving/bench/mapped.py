"""How much of a ledger's columns and codes a proposed mapping got right without a human, and what it got wrong."""

from dataclasses import dataclass

from data.forbidden import header_key
from data.ingest.proposal import Proposal
from data.synthetic.messy import MessyLedger
from data.synthetic.messy_styles import ASK, KEPT_OUT, UNREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`right` of `of` columns and codes that have a meaning; `wrong`: what was mapped to something it is not.

    `kept_out` of `to_keep_out` columns of what people are were left unread.  `missed` names what was not mapped.
    """

    right: int
    of: int
    kept_out: int
    to_keep_out: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def score_ledger(ledger: MessyLedger, proposal: Proposal) -> Score:
    """The proposal against the truth; whatever has no meaning, or only one a person can give, must not be mapped."""
    meant = {(sheet, header_key(header)): meaning for sheet, header, meaning in ledger.columns}
    got = _columns(proposal)
    right, wrong, missed = 0, list[str](), list[str]()
    for place, meaning in meant.items():
        said = next((field for there, field in got.items() if _same(there, place)), None)
        if meaning in (KEPT_OUT, UNREAD, ASK):
            wrong += [f"{place[1]}→{said}"] if said is not None else []
        elif said == meaning:
            right += 1
        elif said is None:
            missed.append(place[1])
        else:
            wrong.append(f"{place[1]}→{said}")
    tables = [(ledger.codes, dict(proposal.kinds))]
    tables += [(table, dict(proposal.labels.get(field, {}))) for field, table in ledger.labels.items()]
    for truth, found in tables:
        for word, code in truth.items():
            said = found.get(word)
            if said == code:
                right += 1
            elif said is not None:
                wrong.append(f"{word}→{said}")
            elif code != ASK:
                missed.append(word)
    of = sum(meaning not in (KEPT_OUT, UNREAD, ASK) for meaning in meant.values())
    of += sum(code != ASK for truth, _ in tables for code in truth.values())
    named = [place for place, meaning in meant.items() if meaning == KEPT_OUT]
    return Score(
        right=right,
        of=of,
        kept_out=sum(not any(_same(there, place) for there in got) for place in named),
        to_keep_out=len(named),
        wrong=tuple(wrong),
        missed=tuple(missed),
    )


def _same(found: tuple[str, str], meant: tuple[str, str]) -> bool:
    """Whether a proposed column is the one meant; a header of two rows carries its group in front."""
    return (found[0] == meant[0] or not meant[0]) and (found[1] == meant[1] or found[1].endswith(meant[1]))


def _columns(proposal: Proposal) -> dict[tuple[str, str], str]:
    """(sheet, header) → field of everything the mapping reads."""
    found: dict[tuple[str, str], str] = {}
    main = proposal.parts[0].sheet if proposal.parts else ""
    for name, guess in proposal.attributes.items():
        found[main, header_key(guess.header)] = name
    for guess in proposal.dates:
        found[main, header_key(guess.header)] = f"dates.{guess.field}"
    for column, number in proposal.documents.items():
        found[main, header_key(number)] = f"document_of.{column}"
    for part in proposal.parts:
        for field, guess in part.columns.items():
            found[part.sheet, header_key(guess.header)] = field
    return found
