"""What a person reads in a bundle: what is inside, for which machine, how to install it, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.bundle.licences import Package

LEFT_OUT = {
    "app": "网页、接口和导出 Word（附加 app）",
    "qdrant": "放在 Qdrant 里的文稿库（附加 qdrant）：没有它，--library 用不了",
    "mcp": "供智能助手调用的接口（附加 mcp）：没有它，speechqa mcp 和设置 mcp 用不了",
    "ocr": "识别扫描件和图片（附加 ocr）：没有它，扫描的 PDF 和图片读不了，会说明",
    "models": "换用其他编码器和重排模型（附加 models，torch）：自带的模型够用",
    "training": "训练用的程序（附加 training）",
}
_ALWAYS_OUT = (
    "LibreOffice、antiword：读 doc、wps、rtf、xls 要用，请用系统的软件包装（如 apt install antiword）",
    "浏览器、nginx、systemd：用系统里的",
)


def card_text(
    told: Mapping[str, Any], packages: Mapping[str, Package], sizes: Mapping[str, int], without: Sequence[str]
) -> str:
    """Return the card; `told` as in bundle.json, `without` the packages that carry no licence text."""
    windows = told["system"] == "Windows"
    return "\n".join(
        [
            f"讲话问答 {told['version']} 离线安装包（{told['release']}）",
            "",
            *_machines(told),
            "",
            *(_use_on_windows() if windows else _use_on_linux()),
            "",
            "没有放进来的",
            *(f"  {what}" for extra, what in LEFT_OUT.items() if extra not in told["extras"]),
            *(
                []
                if told["runtime"]
                else [
                    f"  Python {told['python']}：用那台机器上的；没有就用 speechqa bundle --runtime 另打一个"
                ]
            ),
            *(f"  {what}" for what in _ALWAYS_OUT),
            "",
            f"里面有 {len(packages)} 个包，共 {sum(sizes.values()) / 1e6:.0f} MB（装好后约占三倍）；许可全文在 licences/",
            *_inside(packages, sizes),
            *([f"没有自带许可全文的：{'、'.join(without)}（许可名见上）"] if without else []),
            "",
        ]
    )


def _machines(told: Mapping[str, Any]) -> list[str]:
    lines = [
        "给哪种机器",
        f"  系统 {told['system']}，处理器 {told['machine']}，Python {told['python']}"
        + (f"（自带：{told['runtime']}）" if told["runtime"] else ""),
    ]
    if told["glibc"]:
        lines.append(f"  glibc {told['glibc']} 以上（ldd --version 看）")
    if told["system"] == "Windows":
        lines.append("  说明：开发时没有 Windows 可用，安装脚本和程序没有在 Windows 上运行过。")
    return lines


def _use_on_linux() -> list[str]:
    return [
        "怎么用（不联网、不编译、不用 root）",
        "  安装或升级   sh install.sh --to 文件夹     先核对全部文件，再装；不写 --to 装在 ~/speechqa",
        "  打开         文件夹/start.sh 或双击 start.desktop：浏览器里打开，关上窗口就停止",
        '  命令行       文件夹/speechqa.sh ask "问题"',
        "  退回上一版   sh 文件夹/rollback.sh",
        "  设置         文件夹/config.toml（升级不动它）；有哪些设置：文件夹/speechqa.sh config",
        "  当服务运行   文件夹/speechqa.sh service --help",
    ]


def _use_on_windows() -> list[str]:
    return [
        "怎么用（不联网、不编译、不用管理员）",
        "  安装或升级   双击 install.bat；装到别处：install.bat --to 文件夹（默认 %LOCALAPPDATA%\\speechqa）",
        "               先核对文件，装在旧的旁边，试问过才切换，留着上一版",
        "  打开         双击装好的文件夹里的 start.bat：浏览器里打开，关上窗口就停止",
        "  退回上一版   双击装好的文件夹里的 rollback.bat（再双击一次换回来），或 install.bat rollback --to 文件夹",
        "  设置         文件夹里的 config.toml（升级不动它）；有哪些设置：speechqa.bat config",
    ]


def _inside(packages: Mapping[str, Package], sizes: Mapping[str, int]) -> list[str]:
    ordered = sorted(packages.items(), key=lambda item: item[1].name.lower())
    return [f"  {one.name} {one.version}  {sizes[name] / 1e6:.1f} MB  {one.licence}" for name, one in ordered]
