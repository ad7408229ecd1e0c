"""An official document, and that document as a txt, a PDF, an OFD and a scan: what the tests of the formats read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

HEAD = "关于做好全县重点工作的通知"
BODY = (
    "各乡镇人民政府，县直各有关单位：",
    "为贯彻落实全县经济工作会议精神，扎实做好今年各项重点工作，确保完成全年目标任务，现将有关事项通知如下，请结合实际认真抓好贯彻落实。",
    "一、总体要求",
    "坚持稳中求进工作总基调，完整准确全面贯彻新发展理念，着力推动高质量发展。全县地区生产总值增长6.5%左右，一般公共预算收入达到18.6亿元，城镇新增就业4500人以上，居民人均可支配收入增长7%。",
    "二、重点任务",
    "（一）扩大有效投资",
    "全年实施重点项目120个，完成投资86亿元。加快推进城东水厂、县医院新院区和工业园区道路建设，6月底前全部开工。对投资额在1亿元以上的项目，由县领导包联，每月调度一次，及时协调解决用地、用能、融资等问题。",
    "（二）促进消费增长",
    "组织开展汽车、家电以旧换新活动，发放消费券2000万元。建设县域商业中心3个、乡镇商贸综合体11个，实现村级便民商店全覆盖，让群众在家门口就能买到放心商品。",
    "（三）保障和改善民生",
    "新建改扩建幼儿园5所、中小学8所，新增学位6200个。提高城乡居民基础养老金标准，每人每月增加20元。改造老旧小区46个，惠及居民1.2万户。",
    "三、保障措施",
    "（一）加强组织领导",
    "各级各部门主要负责同志要亲自抓，把任务分解到岗、责任落实到人，形成一级抓一级、层层抓落实的工作格局。",
    "（二）严格督查考核",
    "县委县政府督查室要定期开展督查，结果纳入年度综合考核。对工作不力、进展缓慢的，要通报批评并追究责任；对成效明显的，要给予表扬奖励。",
    "四、其他事项",
    "本通知自印发之日起施行，此前有关规定与本通知不一致的，以本通知为准。执行中遇到的问题，请及时向县政府办公室反映。",
)
EM, PITCH, PER_ROW, ROWS = 16.0, 28.0, 28, 22
WIDTH, HEIGHT, LEFT, TOP = 595.0, 842.0, 73.0, 104.0

Placed = tuple[str, float, float, float]  # text, x, baseline from the top, size


def as_text() -> str:
    return "".join(f"{line}\n" for line in (HEAD, *BODY))


def wrapped(paragraph: str, per_row: int = PER_ROW) -> Iterator[tuple[str, int]]:
    """Yield a paragraph's rows with the characters of their indent; no mark opens a row."""
    indent = 0 if paragraph.endswith("：") and "各" in paragraph[:1] else 2
    while paragraph:
        used, end = float(indent), 0
        while end < len(paragraph) and used < per_row:
            used += 0.5 if paragraph[end].isascii() else 1.0
            end += 1
        if paragraph[end : end + 1] and paragraph[end] in "，。、；：）！？%":
            end += 1 if used < per_row + 1 else 0
        yield paragraph[:end], indent
        paragraph, indent = paragraph[end:], 0


def pages(header: str = "", body: Sequence[str] = BODY, head: str = HEAD) -> list[list[Placed]]:
    """Return the document set on pages, with a running header where one is given, and page numbers."""
    rows = [(head, (PER_ROW - len(head)) / 2)] if head else []
    rows += [(text, float(indent)) for paragraph in body for text, indent in wrapped(paragraph)]
    found: list[list[Placed]] = []
    for at in range(0, len(rows), ROWS):
        number = len(found) + 1
        page = [
            (text, LEFT + indent * EM, TOP + PITCH * row, EM)
            for row, (text, indent) in enumerate(rows[at : at + ROWS])
        ]
        if header:
            page.insert(0, (header, LEFT, 60.0, 9.0))
        found.append([*page, (f"— {number} —", WIDTH / 2 - 20, HEIGHT - 50.0, 14.0)])
    return found


def as_pdf(placed: Sequence[Sequence[Placed]], **options: object) -> bytes:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, **options)
    for page in placed:
        for text, x, base, size in page:
            canvas.setFont("STSong-Light", size)
            nominal = sum(0.5 if char.isascii() else 1.0 for char in text) * size
            spare = nominal - pdfmetrics.stringWidth(text, "STSong-Light", size)
            canvas.drawString(x, HEIGHT - base, text, charSpace=spare / len(text))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def as_ofd(placed: Sequence[Sequence[Placed]], title: str = "") -> bytes:
    """Return an OFD as GB/T 33190 says: a page's texts as objects with a boundary and distances in millimetres."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    listed = "".join(
        f'<ofd:Page ID="{n + 10}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(placed))
    )
    box = f"0 0 {WIDTH * 25.4 / 72:.2f} {HEIGHT * 25.4 / 72:.2f}"
    parts = {
        "OFD.xml": f'<ofd:OFD {space} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>'
        f"<ofd:Title>{escape(title)}</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea>"
        f"<ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
    }
    for number, page in enumerate(placed):
        texts = "".join(_ofd_text(100 + at, *one) for at, one in enumerate(page))
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'<ofd:Page {space}><ofd:Content><ofd:Layer ID="9">{texts}</ofd:Layer></ofd:Content></ofd:Page>'
        )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def _ofd_text(number: int, text: str, x: float, base: float, size: float) -> str:
    mm = 25.4 / 72
    widths = [(0.5 if char.isascii() else 1.0) * size * mm for char in text]
    deltas = " ".join(f"{width:.4f}" for width in widths[:-1])
    boundary = f"{x * mm:.3f} {(base - size) * mm:.3f} {sum(widths):.3f} {1.3 * size * mm:.3f}"
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{boundary}" Font="1" Size="{size * mm:.3f}">'
        f'<ofd:TextCode X="0" Y="{size * mm:.3f}" DeltaX="{deltas}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )
