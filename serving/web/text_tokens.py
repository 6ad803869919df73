"""What the page of machine tokens says, Chinese and English."""

TOKEN_TEXTS: dict[str, tuple[str, str]] = {
    "nav.tokens": ("机器令牌", "Machine tokens"),
    "tokens.title": ("机器令牌", "Tokens of machines"),
    "tokens.help": (
        "12309热线、接访窗口等系统凭令牌写入办理记录、读取时限；等级、理由和清单不向机器提供。本院及下级院的令牌都在这里。",
        "The hotline and the reception desks' systems write events and read clocks with a token; bands, reasons and "
        "lists are for people. These are the tokens of your office and those below.",
    ),
    "tokens.new": ("新建令牌", "A new token"),
    "tokens.office": ("单位", "Office"),
    "tokens.purpose": ("用途（哪个系统）", "Which machine it is for"),
    "tokens.example": ("如：12309热线", "such as: the 12309 hotline"),
    "tokens.rights": ("权限", "Rights"),
    "tokens.right.events": ("写入事项和办理记录", "write matters and events"),
    "tokens.right.clocks": ("读取时限", "read clocks"),
    "tokens.days": ("有效天数（1至366）", "Days it lasts (1 to 366)"),
    "tokens.make": ("新建", "Make it"),
    "tokens.problem": ("没有完成", "Not done"),
    "tokens.made": ("已新建令牌 {token_id}", "Made token {token_id}"),
    "tokens.shown_once": (
        "令牌只显示这一次，本系统不保存。请现在存入该系统的密钥库；遗失时停用后另建。",
        "It is shown only this once and kept nowhere here. Put it into that system's key store now; if it is lost, "
        "revoke it and make another.",
    ),
    "tokens.value": ("令牌", "Token"),
    "tokens.ended": ("已停用令牌 {token_id}", "Revoked token {token_id}"),
    "tokens.all": ("已有令牌", "Tokens so far"),
    "tokens.none": ("还没有令牌。", "There is no token yet."),
    "tokens.id": ("编号", "Id"),
    "tokens.by": ("新建", "Made"),
    "tokens.until": ("有效至", "Valid until"),
    "tokens.used": ("最近使用", "Last used"),
    "tokens.never": ("未使用", "never"),
    "tokens.state": ("状态", "State"),
    "tokens.state.stands": ("有效", "valid"),
    "tokens.state.expired": ("已过期", "expired"),
    "tokens.state.revoked": ("已停用", "revoked"),
    "tokens.revoke": ("停用", "Revoke"),
}
