"""Which words the gate goes by: rules, parts of column names, surnames, words of control and what to say instead."""

#: rule → what it keeps out, in both languages.
RULES: dict[str, tuple[str, str]] = {
    "name": ("姓名", "personal name"),
    "id_number": ("身份证号", "identity number"),
    "phone": ("电话号码", "phone number"),
    "plate": ("车牌", "licence plate"),
    "address": ("住址", "address"),
    "ethnicity": ("民族", "ethnicity"),
    "religion": ("宗教", "religion"),
    "health": ("健康或心理记录", "health record"),
    "movement": ("行踪出行", "movement"),
    "sex": ("性别", "sex"),
    "age": ("年龄或出生", "age or birth"),
    "occupation": ("单位职业", "employer or occupation"),
    "messenger": ("社交账号", "social account"),
    "email": ("电子邮箱", "e-mail"),
    "bank_card": ("银行卡号", "bank card"),
    "photo": ("照片或生物特征", "photo or biometrics"),
    "family": ("亲属", "relatives"),
    "free_text": ("自由文本", "free text"),
    "control": ("管控内容", "control measures"),
    "site": ("本院另设的禁止内容", "kept out by this site"),
    "too_long": ("超过长度", "too long"),
    "not_a_code": ("不是编号", "not a code"),
}

# Chinese header parts, tried on the normalised header; the order decides which rule is named.
HEADERS_ZH: tuple[tuple[str, str], ...] = (
    ("control", r"稳控|管控|布控|动向|重点人|包保|盯防|盯办|劝返|截访|训诫|约束措施|维稳|人员等级|危险等级"
                r"|缠访|闹访|非访|赴省|进京|越级"),
    ("id_number", r"身份证|身份号|公民身份|证件号|证件类型|护照|户口|社保号|统一信用"),
    ("phone", r"手机|电话|联系方式|联络方式|座机|(?:^|联系)号码$"),
    ("plate", r"车牌|号牌|车辆号"),
    ("address", r"住址|地址|住所|居住|籍贯|户籍|门牌|村组|小区|所在地|现住"),
    ("ethnicity", r"民族|族别"),
    ("religion", r"宗教|信仰"),
    ("health", r"健康|病史|病情|疾病|心理|精神|残疾|医疗|诊断|用药|血型"),
    ("movement", r"行踪|轨迹|出行|去向地|车次|航班|酒店|住宿|定位|位置|活动规律|行程"),
    ("sex", r"性别"),
    ("age", r"年龄|出生|(?<!发)生日|周岁"),
    ("occupation", r"工作单位|所在单位|单位职业|职业|职务|雇主|学校|从业|就业|收入"),
    ("messenger", r"微信|微博|抖音|快手|qq|网名|社交|账号"),
    ("email", r"邮箱|电邮|邮件"),
    ("bank_card", r"银行|卡号|账户"),
    ("photo", r"照片|相片|头像|人脸|指纹|声纹|虹膜"),
    ("family", r"亲属|家庭|配偶|子女|父母|婚姻|政治面貌"),
    ("name", r"姓名|名字|姓氏|曾用名|(?<![类级])别名|绰号|称呼"
             r"|(?:信访|来访|来信|当事|申请|反映|举报|控告|申诉|上访|联系|代理|代表|投诉|被告|原告|报告)人(?!数|次|员数)"),
    # Under a group 案件情况 a column of codes, dates or numbers is one; anything else under it is told in words.
    ("free_text", r"内容|"
                  r"情况(?!.{0,6}(?:类别|类型|案由|事由|部门|单位|科室|日期|时间|人数|文号|文书号|编号|是否首次)$)|"
                  r"经过|摘要|简述|详情|描述|备注$|说明$|诉求$|事由描述|评价理由"),
)  # fmt: skip
HEADERS_EN: tuple[tuple[str, str], ...] = (
    ("control", r"(?:stability|control) measure|key person|watch ?list|recent movements"),
    ("id_number", r"\b(?:id card|id no|id number|identity|passport|national id|ssn)\b"),
    ("phone", r"\b(?:phone|mobile|tel|telephone|cell ?phone|contact no)\b"),
    ("plate", r"\b(?:plate|licen[cs]e plate)\b"),
    ("email", r"\be ?mail\b"),
    ("address", r"\b(?:address|street|residence|domicile|zip|postcode)\b"),
    ("ethnicity", r"\b(?:ethnic|ethnicity|race|nationality)\b"),
    ("religion", r"\b(?:religion|religious|faith)\b"),
    ("health", r"\b(?:health|medical|illness|disease|mental|psychological|disability|diagnosis)\b"),
    ("movement", r"\b(?:travel|trip|location|whereabouts|trajectory|gps|itinerary|flight|hotel)\b"),
    ("sex", r"\b(?:sex|gender)\b"),
    ("age", r"\b(?:age|birth|birthday|birthdate|dob)\b"),
    ("occupation", r"\b(?:occupation|employer|profession|workplace|job|school|income)\b"),
    ("messenger", r"\b(?:wechat|weixin|weibo|qq|social media|username)\b"),
    ("bank_card", r"\b(?:bank|card no|account no|iban)\b"),
    ("photo", r"\b(?:photo|picture|face|fingerprint|biometric)\b"),
    ("family", r"\b(?:family|spouse|marital|children|relatives)\b"),
    ("name", r"^name$|\b(?:full|first|last|given|family|sur|person|citizen|applicant|complainant) ?name\b"
             r"|\bpetitioner\b"),
    ("free_text", r"\b(?:text|narrative|description|comments?|remarks?|notes?)\b"),
)  # fmt: skip

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊"
    "陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易武乔贺赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦柳邢骆岳齐梅庄涂"
    "谷祁耿詹卓莫于马高程安方万金左欧柯甘路纪关苗凌费包司边卞裴覃冉肖单褚仇祝栾阮柴窦宫鲍盛向房池丛鹿连时常应"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "司徒", "令狐", "东方", "慕容", "夏侯", "长孙", "公孙")
# Such characters stand in codes and labels of the ledger, hardly ever in a given name.
LABEL_CHARACTERS = frozenset("检院字号第控诉访督赔部科局室处组庭案件书复函报告答审受理办登记转交回见质序网的")
# In a number fewer of them may stand.
NUMBER_CHARACTERS = frozenset("检院字号第控访督办函")
NAME_STOP = frozenset("时地人可多何于上面度序是以已将的了在对与和等有无不未应须要请向被某先后曾还也认说就都")

#: Words a typed text may not contain, with the wording of help to use instead.
CONTROL_WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("稳控", "管控", "布控", "盯防", "包保", "维稳", "控制措施", "约束", "看护", "看管"),
        ("请写本院要做的事，如：释法说理、公开听证、领导接访", "say what our office will do: explain, hold a hearing"),
    ),
    **dict.fromkeys(
        ("劝返", "截访", "拦访", "接返", "遣返"),
        ("请写：约定接访时间，当面答复，告知救济途径", "say: agree a reception, answer, tell of the remedies"),
    ),
    **dict.fromkeys(
        ("训诫", "打击处理", "处置方案", "思想教育", "批评教育"),
        ("请写：释法说理，说明依据和救济途径", "say: explain the decision, its legal basis and the remedies"),
    ),
    **dict.fromkeys(
        ("重点人员", "重点人", "上访户", "老上访", "高危", "名单人员"),
        ("请写事项编号和本院欠办的事项", "name the matter number and what our office still owes"),
    ),
    **dict.fromkeys(
        ("赴省", "进京", "赴京", "越级", "非访", "缠访", "闹访", "缠诉", "滥诉", "扬言", "集体访"),
        ("请写：再次反映，以及本院未作的答复", "say: raised again, and which reply our office still owes"),
    ),
    **dict.fromkeys(
        ("动向", "行踪", "轨迹"),
        ("请只写本院的办理情况和下一步措施", "write only of our handling and its next step"),
    ),
}  # fmt: skip
