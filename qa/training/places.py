"""List places for qa/confidence.py: `python -m qa.training.places` writes qa/data/places.txt from jieba's dictionary."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path

_ADMINISTRATIVE = re.compile(r"[\u4e00-\u9fff]{2,6}(?:省|市|县|区|州|旗|盟)$")
_GENERIC = re.compile(
    r"城市|开发区|特区|军区|地区|社区|校区|片区|园区|灾区|山区|林区|牧区|矿区|景区|城区|市区|郊区|自治[州县区]$|战区|[东西南北中]部|"
    r"^(?:各|两|三角|[上下]半|[东西][南北]|中心|中立|亚太|亚洲|欧洲|欧元|冬麦|包干|山丘|平原|高原|重丘|赤道|无人|黑人|深水港|绥靖|远东|积累|精华|繁华|萧条|菲涅耳).*区$"
)

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 "
    "青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)


def main() -> None:
    """Write the administrative place names of jieba's dictionary (tag ns), one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "places.txt")
    out: Path = parser.parse_args().out
    dictionary = Path(str(import_module("jieba").__file__)).parent / "dict.txt"
    rows = (line.split() for line in dictionary.read_text("utf-8").splitlines())
    names = sorted(
        w for w, _, tag in rows if tag == "ns" and _ADMINISTRATIVE.match(w) and not _GENERIC.search(w)
    )
    out.write_text("\n".join(sorted({*names, *_PROVINCES.split()})) + "\n", "utf-8")
    print(f"{len(names)} places -> {out}")


if __name__ == "__main__":
    main()
