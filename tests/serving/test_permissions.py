"""Rights and scope as plain functions."""

import pytest

from data.errors import NotAllowed, NotFound
from data.store.users import User, UserRole
from serving.permissions import (
    MatterPlace,
    Right,
    check_can_score,
    check_can_see_matter,
    check_can_use,
    offices_below,
    scope_of,
)

TREE = [("P1", None), ("M1", "P1"), ("M2", "P1"), ("C1", "M1"), ("C2", "M1"), ("C3", "M2")]


def person(role: UserRole, office: str | None = "C1", **more: str | None) -> User:
    return User(user_id="u", display_name="u", role=role, password_hash="", office_id=office, **more)  # type: ignore[arg-type]


def place(office: str = "C1", department: str = "d", handler: str = "h", post: str | None = None) -> MatterPlace:
    return MatterPlace(office_id=office, department=department, handler=handler, respondent_post=post)


def test_offices_below_reach_every_level() -> None:
    assert offices_below(TREE, "P1") == ("M1", "M2", "C1", "C2", "C3")
    assert offices_below(TREE, "M1") == ("C1", "C2")
    assert offices_below(TREE, "C1") == ()
    assert offices_below([("A", "B"), ("B", "A")], "A") == ("B",)


@pytest.mark.parametrize(
    "role", [UserRole.OPERATOR, UserRole.STEWARD, UserRole.APPROVER, UserRole.AUDITOR, UserRole.ADMIN]
)
def test_g16_roles_without_matters_have_no_scope_and_no_list(role: UserRole) -> None:
    assert scope_of(person(role), ("C1",)) is None
    for right in (Right.LISTS, Right.MATTERS, Right.SCORE):
        with pytest.raises(NotAllowed):
            check_can_use(person(role), right)


def test_g16_handler_sees_own_matters_only() -> None:
    scope = scope_of(person(UserRole.HANDLER, staff_id="h"), ())
    assert scope is not None
    assert scope.holds(place())
    assert not scope.holds(place(handler="x"))
    assert not scope.holds(place(office="C2"))
    assert scope_of(person(UserRole.HANDLER), ()) is None


def test_g16_department_head_sees_the_department_only() -> None:
    scope = scope_of(person(UserRole.DEPARTMENT_HEAD, department="d"), ())
    assert scope is not None
    assert scope.holds(place(handler="x"))
    assert not scope.holds(place(department="e"))
    assert scope_of(person(UserRole.DEPARTMENT_HEAD), ()) is None


def test_g16_leader_sees_own_office_and_those_below() -> None:
    scope = scope_of(person(UserRole.LEADER, "M1"), offices_below(TREE, "M1"))
    assert scope is not None
    assert scope.offices == ("M1", "C1", "C2")
    assert scope.holds(place(office="C2"))
    assert not scope.holds(place(office="C3"))
    assert not scope.holds(place(office="P1"))


def test_g16_a_complaint_about_ones_own_post_is_out_of_scope_and_goes_to_the_superior_office() -> None:
    complaint = place(post="leader")
    own = scope_of(person(UserRole.LEADER, "C1", respondent_post="leader"), ())
    superior = scope_of(person(UserRole.LEADER, "M1", respondent_post="leader"), ("C1",))
    assert own is not None
    assert superior is not None
    assert not own.holds(complaint)
    assert own.holds(place(post="handler"))
    assert superior.holds(complaint)
    assert not superior.holds(place(office="M1", post="leader"))


def test_what_is_not_ones_own_is_answered_as_what_does_not_exist() -> None:
    scope = scope_of(person(UserRole.PETITION_HEAD), ())
    for absent in (None, place(office="C2")):
        with pytest.raises(NotFound) as refused:
            check_can_see_matter(scope, absent)
        assert refused.value.code == "matter_not_found"


def test_g25_only_matters_of_ones_own_office_are_scored() -> None:
    leader = person(UserRole.LEADER, "M1")
    scope = scope_of(leader, ("C1",))
    check_can_score(scope, leader, place(office="M1"))
    with pytest.raises(NotAllowed):
        check_can_score(scope, leader, place(office="C1"))
