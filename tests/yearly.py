"""A small library of our own: two counties' reports of two years, a rule and the one that ended it."""

from index import Document, read_text


def _report(place: str, year: int, grain: str, jobs: str, more: str, chief: str) -> str:
    return f"""{place}政府工作报告
——{year}年1月12日在{place}第十六届人民代表大会上
{place}人民政府县长　{chief}
各位代表：
我代表{place}人民政府，向大会报告工作，请予审议。
一、{year - 1}年工作回顾
去年，全县粮食总产达到{grain}万吨，城镇新增就业{jobs}人。新建农村公路四十公里。
二、{year}年工作安排
今年经济社会发展的主要目标是：地区生产总值增长{7 if year == 2023 else 6}%左右，城镇新增就业{3000 if year == 2023 else 3500}人以上。
（一）抓好粮食生产。各乡镇要扛起粮食安全责任，稳定播种面积。{more}
（二）抓好招商引资。要落实项目服务专员制度。
"""


GRAIN_2024 = "全面推广良种良法，加快建设高标准农田。"
FILES = {
    "青河2023.txt": _report("青河县", 2023, "18", "2800", "加强耕地保护。", "李四"),
    "青河2024.txt": _report("青河县", 2024, "19", "3100", GRAIN_2024, "王五"),
    "白山2024.txt": _report("白山县", 2024, "25", "4100", "支持发展林下经济。", "赵六"),
    "旧办法.txt": """青河县河道采砂管理办法
（2010年5月1日青河县人民政府发布）
第一条 为加强河道采砂管理，制定本办法。
第二条 采砂应当办理许可证，许可证有效期为一年。
第三条 违反本办法的，处五千元罚款。
""",
    "新规定.txt": """青河县河道砂石开采管理规定
（2021年6月1日青河县人民政府发布）
第一条 为规范河道砂石开采，制定本规定。
第二条 开采砂石应当办理许可证，许可证有效期为三年。
第三条 本规定自公布之日起施行，《青河县河道采砂管理办法》同时废止。
""",
}


def yearly() -> list[Document]:
    """Return the documents, in the order of FILES."""
    return [read_text(text, source=name) for name, text in FILES.items()]
