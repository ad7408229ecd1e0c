"""What a question's wording asks for: quoted words, the shape of the thing wanted, and input that is no question."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯于董萧曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范姚谭廖邹熊陆郝孔崔康毛邱秦侯邵孟龙雷汤尹黎易乔贺赖龚"  # those that are everyday words too (高, 方, 万, 常) left out
NUMBER = r"[\d*〇零一二三四五六七八九十百千万亿两半]"

QUOTATION = re.compile(r"[“\"][^”\"]{7,}[”\"]")  # longer than a name or a slogan of four characters
_QUOTED = re.compile(r"[“\"「『‘']([^”\"」』’']{1,16})[”\"」』’']")

# What is asked for, and what the words that give it look like; the first that fits counts.
_SHAPES: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(r"几月|几号|哪一?天|什么日子|星期几|周几|几点(?!要求|意见|建议)"),
        re.compile(rf"{NUMBER}+月(?:{NUMBER}+[日号])?|{NUMBER}+[日号]"),
    ),
    (
        "time",
        re.compile(
            r"什么时候|何时|啥时候?|什么时间|哪一?年|何年|多久|多长时间|几年|第几年|时间(?:是|在|点|节点)|多会儿|哪会儿"
        ),
        re.compile(
            NUMBER
            + r"+[年月日天]|年[底初内中末]|[今明去后前当]年|期间|以来|世纪|季度|[上下]半年|月底|时期|届时|之[前后]"
        ),
    ),
    (
        "name",
        re.compile(
            r"叫(?:什么|啥|甚)名|名字(?:叫|是)|姓(?:什么|啥|甚)|姓名|(?:组长|主任|书记|[县省市镇乡村]长|主席|局长|校长|院长|厂长|所长|队长|负责人)(?:叫|是|姓)(?:谁|啥|什么|哪)"
        ),
        re.compile(
            rf"(?:组长|主任|书记|[县省市镇乡村]长|主席|局长|校长|院长|厂长|所长|队长|负责人|总理)[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?:同志|先生|女士|教授|院士|担任)"
        ),
    ),
    (
        "person",
        re.compile(r"谁|哪位|何人|哪个人|哪些人"),
        re.compile(
            r"同志|主席|书记|总理|省长|院士|教授|先生|女士|[\u4e00-\u9fff·]{2,4}(?:说过|指出|强调|提出)|记者|模范|烈士|领导小组|牵头|责任单位"
        ),
    ),
    (
        "place",
        re.compile(
            r"哪里|哪儿|什么地方|啥地方|在哪(?!些|几|个方|次|一?年)|哪个?(?:省|市|县|区|州|城市|村|镇|国家?|地方)"
        ),
        re.compile(
            r"[\u4e00-\u9fff]{1,6}(?:省|市|县|区|州|旗|镇|乡|村|港|岛|湖|山|江|河|园|厂|国)|[在到于][\u4e00-\u9fff]{1,8}[上里下中头边内外前旁处间]"
        ),
    ),
    (
        "unit in charge",
        re.compile(r"哪个(?:部门|单位|厅|局|委|机构|公司|企业)|牵头|归谁|谁(?:管|负责)|主管"),
        re.compile(r"牵头|负责|[\u4e00-\u9fff]{1,8}(?:厅|局|委|部|办|院|公司|集团|中心|单位)"),
    ),
    (
        "quotation",
        re.compile(r"引(?:了|用)|古[话语诗]|名言|典故|诗句|哪[一几]?句(?:话|诗|名言)|说过(?:什么|啥|哪)"),
        re.compile(r"[“\"][^”\"]{7,}|说过|有言|古人|名言|常说"),
    ),
    (
        "figure",
        re.compile(
            r"多少|百分之几|多大|多高|多长|多宽|多重|多远|占比|比例(?:是|有)|第几|排[名第老]|增速|涨幅|价格|"
            r"(?<!哪)几(?:个|家|条|名|位|人|次|种|类|座|所|公里|吨|亩|万|亿|倍|成|块|元|张|台|辆|户|批|级|届|天|岁|斤|米|层|期)"
        ),
        re.compile(
            rf"[\d*]|{NUMBER}+(?:[余多]?[个家条名位人次种类座所吨亩万亿倍番%成项户张台批级届天元块]|公里|平方)|翻番|减半|全覆盖"
        ),
    ),
    (
        "reason",
        re.compile(r"为什么|为啥|为何|凭什么|凭啥|什么原因|啥原因|怎么会|何以"),
        re.compile(r"因为|由于|原因|为了|之所以|根本在于|关键在于|是因|决定|关系|必然|需要|才能"),
    ),
    (
        "comparison",
        re.compile(
            r"哪(?:个|边|家|一?方).{0,6}(?:更|最)|比.{1,12}(?:更|多|少|高|低|快|慢|大|小|强|严重)[？?吗么没]|更(?:多|高|严重|重要|快)"
        ),
        re.compile(r"比|高于|低于|超过|快于|不如|居|领先|位列|第[一二三\d]"),
    ),
)
_HOSTILE = re.compile(
    r"(?:忽略|无视|忘[掉记]|跳过|绕过|别管).{0,8}(?:指令|规则|提示|限制|设定)|系统提示|提示词|(?:管理员|开发者|调试)模式|越狱|"
    r"你现在(?:就|只)?是(?!否)|(?:请|来)?(?:扮演|假装)(?:你|成|一)|"
    r"ignore .{0,30}(?:instruction|prompt|rule)|system prompt|jailbreak|(?:drop|delete|select|insert|union)\s+(?:table|from|into|\*)|<script|"
    r"\.\./|/etc/passwd|\$\{|rm -rf|服务器.{0,6}(?:文件|密码|路径|目录)|(?:管理员|后台|数据库)密码|"
    r"还原.{0,6}(?:星号|\*)|(?:星号|\*+)(?:是|指|代表|背后|后面|原来|遮).{0,8}(?:什么|啥|哪|多少)|(?:猜|推测|推断|补全).{0,8}(?:星号|\*|打码|脱敏)",
    re.I,
)
_OPINION = re.compile(
    r"你(?:个人)?(?:觉得|认为|怎么看|喜欢|评价)|打几分|打个分|(?:好不好|高不高|行不行|对不对)看|怎么评价|你是谁|你叫(?:什么|啥)|你(?:会|能)(?:什么|干)|"
    r"^(?:你好|您好|在吗|谢谢|再见|嗯+|哈+|好的|收到)"
)
_CHORE = re.compile(
    r"(?:写|编|画|作|生成|翻译|润色|改写)(?:一|个|首|篇|段|份|几|张|出)+.{0,10}(?:诗|歌|函数|代码|程序|脚本|作文|小说|笑话|故事|段子|对联|文案|算法|排序|画|图)|"
    r"(?:讲|来|唱|说)(?:一|个|首|段)+.{0,4}(?:笑话|故事|歌|段子)|翻译成|订.{0,8}(?:票|餐|酒店|房)|"
    r"[\d.]+\s*[+×x*÷/]\s*[\d.]+\s*(?:=|等于|是多少)",
    re.I,
)
# Everyday matters that no speech answers, unless it speaks of them itself.
_ELSEWHERE = re.compile(
    r"python|javascript|java|c\+\+|sql|excel|"
    r"天气|气温|多少度|下不下[雨雪]|下[雨雪](?:吗|不|么|没)|"
    r"好吃|菜谱|食谱|做饭|炒菜|火锅|外卖|奶茶|吃什么药|"
    r"股票|基金(?:涨|跌)|彩票|双色球|比特币|"
    r"火车票|高铁票|机票|订(?:票|酒店|房间)|导航到|快递|"
    r"感冒|发烧|失眠|减肥|牙疼|头疼|"
    r"电影|电视剧|明星|游戏|球赛|世界杯|唱歌|歌词|星座|"
    r"手机|电脑|微信|蓝屏|wifi|路由器|"
    r"女朋友|男朋友|相亲|表白|离婚",
    re.I,
)


def quoted_terms(question: str) -> list[str]:
    """Return what stands in quotation marks."""
    return _QUOTED.findall(question)


def asks_for_quotations(question: str) -> bool:
    """Tell whether a (folded) question asks what the document quotes: 引了哪几句古话."""
    shape = asked_shape(question)
    return shape is not None and shape[0] == "quotation"


def asked_shape(question: str) -> tuple[str, re.Pattern[str]] | None:
    """Return the kind of thing that is asked for and what it looks like; None where anything goes."""
    return next(((name, shape) for name, asks, shape in _SHAPES if asks.search(question)), None)


def no_question(question: str, texts: Sequence[str]) -> str | None:
    """Return why a (folded) text is none to ask documents: `hostile`, `opinion`, `chore`; None where it may be one.

    `texts` are the folded documents: what they speak of themselves is no everyday matter.
    """
    if _HOSTILE.search(question):
        return "hostile"
    if _OPINION.search(question):
        return "opinion"
    elsewhere = _ELSEWHERE.search(question)
    if _CHORE.search(question) or (elsewhere and not any(elsewhere.group() in text for text in texts)):
        return "chore"
    return None
