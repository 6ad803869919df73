"""What the pages say: one table of every text, Chinese and English."""

from collections.abc import Callable
from typing import Literal

from serving.web.text_api import API_TEXTS
from serving.web.text_board import BOARD_TEXTS
from serving.web.text_cases import CASE_TEXTS
from serving.web.text_features import FEATURE_TEXTS
from serving.web.text_filled import FILLED_TEXTS
from serving.web.text_import import IMPORT_TEXTS
from serving.web.text_lead import LEAD_TEXTS
from serving.web.text_models import MODEL_TEXTS
from serving.web.text_pages import PAGE_TEXTS
from serving.web.text_run import RUN_TEXTS
from serving.web.text_sign import SIGN_TEXTS
from serving.web.text_sweeps import SWEEP_TEXTS
from serving.web.text_today import TODAY_TEXTS
from serving.web.text_tokens import TOKEN_TEXTS
from serving.web.text_tour import TOUR_TEXTS
from serving.web.text_views import VIEW_TEXTS
from serving.web.text_work import WORK_TEXTS

Language = Literal["zh", "en"]

_FRAME: dict[str, tuple[str, str]] = {
    "app.name": ("信访事项月排查", "Monthly sweep of petition matters"),
    "app.short": ("月排查", "Monthly sweep"),
    "title.join": (" - ", " - "),
    "skip": ("跳到正文", "Skip to content"),
    "language.other": ("English", "中文"),
    "nav.label": ("主导航", "Main navigation"),
    "nav.list": ("排查清单", "Sweep list"),
    "nav.models": ("模型版本", "Model versions"),
    "nav.monitor": ("运行监测", "Monitoring"),
    "nav.log": ("操作记录", "Log"),
    "nav.about": ("本工具做什么、不做什么", "What this tool does and never does"),
    "nav.docs": ("接口说明", "API description"),
    "sign_out": ("退出登录", "Sign out"),
    "signed_in_as": ("当前登录：", "Signed in:"),
    "footer.rule": (
        "本提示只排列本院工作先后，不评价信访人，由承办人核实决定.",
        "These flags only order our own work; they do not judge the person; the handler verifies and decides.",
    ),
    "footer.request": ("请求编号", "Request id"),
    "demo.label": ("演示说明", "About this demonstration"),
    "demo": ("演示数据：登记内容均为虚构", "Demonstration: every matter here is invented"),
    "role.handler": ("承办人", "handler"),
    "role.department_head": ("承办部门负责人", "head of case department"),
    "role.petition_head": ("控申部门负责人", "head of petition department"),
    "role.leader": ("院领导", "leader"),
    "role.operator": ("运行人员", "operator"),
    "role.steward": ("模型管理员", "model steward"),
    "role.approver": ("模型审批人", "model approver"),
    "role.auditor": ("审计员", "auditor"),
    "role.admin": ("账户管理员", "account administrator"),
    "colon": ("：", ": "),
    "comma": ("、", ", "),
    "none": ("—", "—"),
    "page.previous": ("上一页", "Previous"),
    "page.next": ("下一页", "Next"),
    "page.label": ("分页", "Pages"),
    "page.of": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "days.left": ("还有 {n} 天", "{n} days left"),
    "days.left_one": ("还有 1 天", "1 day left"),
    "days.today": ("今天到期", "due today"),
    "days.check": ("已到期，请核对", "due since, please check"),
    "days.late": ("逾期 {n} 天", "{n} days late"),
    "days.late_one": ("逾期 1 天", "1 day late"),
    "band.general": ("一般", "General"),
    "band.larger": ("较大", "Larger"),
    "band.major": ("重大", "Major"),
    "error.title": ("无法显示此页", "This page cannot be shown"),
    "error.back": ("返回首页", "Back to the start"),
    "error.mend": ("去掉有误的条件，重新打开此页", "Open this page without what is wrong"),
    "error.help": (
        "如需协助，请把下面的请求编号告诉管理员。",
        "If you need help, tell your administrator the request id below.",
    ),
    "sign_in.title": ("登录", "Sign in"),
    "sign_in.user": ("用户名", "User name"),
    "sign_in.password": ("密码", "Password"),
    "sign_in.submit": ("登录", "Sign in"),
    "sign_in.hint": (
        "使用本院分配的账户。查看事项会留下记录。",
        "Use the account your office gave you. Viewing matters is recorded.",
    ),
    "sign_in.failed": (
        "用户名或密码不正确，或账户暂时锁定。",
        "The user name or password is wrong, or the account is locked for a while.",
    ),
    "sign_in.sign_on": ("用单位统一身份登录", "Sign in with the office's own sign-on"),
    "sign_in.no_account": (
        "统一身份已确认，但本系统没有对应的有效账号；请联系账户管理员。",
        "The office's sign-on knows you, but no standing account here has that name; ask the administrator.",
    ),
    "sign_in.not_proven": (
        "统一身份服务没有确认您的身份，或登录页面已过期；请重新登录。",
        "The office's sign-on did not confirm who you are, or the page has expired; please sign in again.",
    ),
    "sign_in.expired": ("页面已过期，请重新登录。", "The page has expired; please sign in again."),
    "sign_in.ended": ("已退出登录。", "You have signed out."),
    "sign_in.timeout": ("登录已超时，请重新登录。", "Your session has ended; please sign in again."),
    "password.title": ("修改密码", "Change password"),
    "password.forced": (
        "这是他人为您设定的密码。请先换成只有您知道的密码，之后才能使用其他页面。",
        "Somebody else set this password. Change it to one only you know; the other pages open afterwards.",
    ),
    "password.rules": (
        "至少 12 个字符，可用一句话；不能是账号名，也不能与原密码相同。",
        "At least 12 characters, a sentence will do; not the account's name and not the old password.",
    ),
    "password.old": ("原密码", "Old password"),
    "password.new": ("新密码", "New password"),
    "password.again": ("再输入一次新密码", "New password again"),
    "password.submit": ("修改密码", "Change password"),
    "password.problem": ("密码没有修改", "The password was not changed"),
    "sign_in.problem": ("登录没有成功", "Sign-in did not succeed"),
}

TEXTS: dict[str, tuple[str, str]] = {
    **_FRAME,
    **PAGE_TEXTS,
    **IMPORT_TEXTS,
    **MODEL_TEXTS,
    **FEATURE_TEXTS,
    **WORK_TEXTS,
    **FILLED_TEXTS,
    **RUN_TEXTS,
    **BOARD_TEXTS,
    **SIGN_TEXTS,
    **CASE_TEXTS,
    **TODAY_TEXTS,
    **SWEEP_TEXTS,
    **LEAD_TEXTS,
    **VIEW_TEXTS,
    **TOUR_TEXTS,
    **API_TEXTS,
    **TOKEN_TEXTS,
}


def translator(language: Language) -> Callable[..., str]:
    """`t(key, **values)` for one language; a missing key is an error, never an empty text."""
    side = 0 if language == "zh" else 1

    def t(key: str, **values: object) -> str:
        text = TEXTS[key][side]
        return text.format(**values) if values else text

    return t
