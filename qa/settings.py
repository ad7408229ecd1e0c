"""Every tunable number of an answer, with its reason, and how a person changes it."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from qa.errors import BadSetting

ENVIRONMENT_PREFIX = "SPEECHQA_"
UPLOADS = ("off", "local", "on")
ANONYMOUS = ("ask", "feedback", "documents")  # what may be open to everybody; the admin's page never is
# Names in the environment that are no settings: the file's, and those that building and testing use.
OTHERS = frozenset({"CONFIG", "LONG", "BROWSER_TESTS", "VENV", "EXTRAS", "EVAL"})


def _setting(default: Any, about: str, *, secret: bool = False) -> Any:
    """Declare one setting with its default and its line in Chinese; a `secret` one is not shown by `config`."""
    return field(default=default, metadata={"about": about, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults < config file (TOML) < environment (SPEECHQA_…) < flags. The reasons stand beside each."""

    index: str = _setting("", "索引所在的文件夹；空：内置讲话")
    encoder: str = _setting("", "编码器：模型名或文件夹；空：随软件自带的；fast：只用其中快的一半")
    reranker: str = _setting(
        "", "重排模型：模型名或文件夹；空：随软件自带的（与自带编码器同用）；none：不重排"
    )
    cache: str = _setting("", "内置讲话和 --file 所读文件的索引存放处；空：用户缓存目录")
    # An index takes some 100 bytes a character: a hundred speeches of the usual length.
    file_cache_megabytes: int = _setting(
        200, "--file 读过的文件的索引最多存多少 MB（只有本人能读，30 天不用就删）；0：不存"
    )
    # Weights of BM25 against the encoder, and of its tokens against its means, on the development sets
    # (`python -m qa.training.weights`): 0.3 to 0.4 and 0.3 differ by no more than a point there.
    lexical_weight: float = _setting(0.35, "融合时词面匹配（BM25）的权重，0 到 1；其余给语义相似度")
    late_weight: float = _setting(0.3, "语义相似度中逐词比较的权重，0 到 1；其余给整段")
    # What a homophone match of two characters is worth against a word match: 0.3 lifts noisy questions
    # by 7 points and costs facts nothing; 0.6 costs blanked-out figures 10 points.
    sound_weight: float = _setting(0.3, "同音匹配相对词面匹配的权重，0 到 1")
    # The house's limit; ten is also what fits a screen.
    passages: int = _setting(10, "回答附带的相关段落数，最多 10")
    # A longer text is not a question; the longest question in 600 real ones has 46 characters.
    question_limit: int = _setting(1000, "问题的最大字数")
    # The house's limit on earlier turns.
    history_limit: int = _setting(8, "参考的前几轮问题数，最多 8")
    store: str = _setting("", "对话和反馈存放的 SQLite 文件；空：用户数据目录")
    # A month outlasts a meeting's preparation; what is asked is nobody else's business for longer.
    conversation_days: float = _setting(30.0, "对话保存的天数，过后删除")
    # What people found wrong is worked through within a year.
    feedback_days: float = _setting(365.0, "反馈保存的天数，过后删除")
    # Some 50,000 questions with their answers; half for conversations, half for feedback, so that neither can
    # crowd out the other.
    store_megabytes: int = _setting(1000, "对话和反馈最多占多少 MB，各一半；满了先删最久未用的对话")
    host: str = _setting("127.0.0.1", "speechqa serve 监听的地址；0.0.0.0：所有网卡")
    port: int = _setting(8501, "speechqa serve 监听的端口")
    origins: str = _setting(
        "", "允许嵌入和跨站调用的网页来源，逗号分隔，如 https://portal.intranet；空：只限本站"
    )
    # Names that resolve to this server: else a foreign page whose name is made to resolve here would count as our own
    # (DNS rebinding). Loopback and the address that a connection came in at are always allowed.
    hosts: str = _setting(
        "", "别人打开本站时用的主机名，逗号分隔，如 qa.intranet；空：只认本机名和监听的地址，其余拒绝"
    )
    # A tab holds one connection and, while it is answered, four more descriptors; an idle one takes 0.05 MB.
    connections: int = _setting(1000, "同时的连接数上限，聊天网页最多占五分之四；超过时回答 503")
    # Only a proxy on the same machine may say whose request it forwards: else any client could claim any address.
    trusted_proxies: str = _setting("127.0.0.1", "可信的反向代理地址，逗号分隔；它们报告的客户端地址才算数")
    # Behind a single sign-on the proxy names the person; anybody else's header of that name is thrown away.
    user_header: str = _setting(
        "", "统一登录的反向代理用哪个请求头报告用户名，如 X-Remote-User，只信 trusted_proxies 的；空：不用"
    )
    log_users: bool = _setting(False, "访问日志里是否记下用户名（user_header 报告的）")
    # What people ask is theirs: only counts are kept unless an office decides otherwise.
    log_questions: bool = _setting(
        False, "是否记下问题原文：在访问日志里，并在 store 里存 question_days 天（管理页用）"
    )
    # As long as the conversations; what nobody looked into within a month nobody will.
    question_days: float = _setting(30.0, "问题的记录（管理页的数字；log_questions 时连同原文）保存的天数")
    keys: str = _setting("", "访问密钥（speechqa keys）存放的文件，只有本人能读写；空：用户数据目录")
    # Who reaches loopback is on this machine anyway; on other addresses the default is said out loud at the start.
    anonymous: str = _setting(
        "", "没有密钥的人能用什么，逗号分隔：ask、feedback、documents；none：都不能；空：三样都能"
    )
    admin: bool = _setting(False, "是否提供管理页 /admin（要有 admin 权限的密钥）")
    mcp: bool = _setting(False, "speechqa serve 是否在 /mcp 提供 MCP（要装 speechqa[mcp]）")
    # Not everybody who asks is to read the figures: a port of its own, on this machine unless a person says otherwise.
    metrics_port: int = _setting(0, "运行指标（Prometheus 文本，/metrics）的端口；0：不提供")
    metrics_host: str = _setting("127.0.0.1", "运行指标监听的地址")
    # A person asks a few questions a minute; a script that asks ten a second belongs into /batch.
    requests_per_minute: int = _setting(600, "每个客户端每分钟的接口请求数；0：不限")
    # At 2 ms a question, 64 waiting ones are answered within a fifth of a second; more is a pile-up.
    concurrent: int = _setting(64, "同时处理和等候的问题数；超过时回答 503")
    # A question over a hundred documents takes 0.07 s (tests/benchmarks/warm.py).
    question_seconds: float = _setting(10.0, "一个问题最多用几秒")
    body_limit: int = _setting(1_000_000, "一次请求正文的最大字节数")
    # Who can reach a server on loopback can read that machine's files anyway; others are asked first.
    uploads: str = _setting(
        "local", "能否在网页和接口上传自己的文稿：off 不能，on 能，local 只在监听本机地址（127.0.0.1）时能"
    )
    upload_megabytes: int = _setting(20, "上传的文件最多多少 MB")
    # A meeting's length, and the lunch after it.
    upload_minutes: float = _setting(120.0, "上传的文稿多少分钟没有用到就删除")
    # Half a speech each in the mean; at 30 bytes of vectors a character the limit below is 150 MB.
    uploads_kept: int = _setting(50, "内存里最多留多少份上传的文稿；满了先删最久未用的")
    upload_characters: int = _setting(5_000_000, "内存里上传的文稿共最多多少字；满了先删最久未用的")
    # A folder may be a network drive that is away for a while: its documents stay unless a person says otherwise.
    watch: str = _setting(
        "", "speechqa serve 监视的文件夹：放进去的文稿一分钟内加进文稿库（--index）；空：不监视"
    )
    watch_removes: bool = _setting(False, "监视的文件夹里删掉的文件，它的文稿是否也从文稿库去掉")
    # What everybody asks is changed by whoever may write: closed unless a person opens it.
    library_writing: str = _setting(
        "off",
        "能否从接口增删文稿库里的文稿：off 不能，local 只在监听本机地址且从本机来、不经反向代理时能，on 凭 documents 权限的密钥",
    )
    # Ten scans of the largest size, a hundred Word files with pictures; the text can be asked without its file.
    originals_megabytes: int = _setting(
        200, "内存里上传的原件共最多多少 MB，满了先放下最久未用的（文字照旧能问）；0：不留原件"
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings that were given in one place: `kind` is file, environment or flag, `where` names it in messages."""

    kind: str
    where: str
    values: Mapping[str, Any]


def load_settings(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """Return the settings in force; `flags` whose value is None do not count.

    `file` defaults to the path in SPEECHQA_CONFIG, where set. Raises BadSetting naming the key, what it
    wants and what was found.
    """
    settings = Settings()
    for layer in layers_given(file=file, environment=environment, flags=flags):
        settings = _apply(settings, layer)
    return settings


def layers_given(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> list[Layer]:
    """Return what was given beside the defaults, the strongest last. Raises BadSetting for a name that is none."""
    environment = os.environ if environment is None else environment
    file = file or named_file(environment)
    given = [] if file is None else [Layer("file", f"配置文件 {file}", _read(file))]
    given.append(Layer("environment", "环境变量", _of_environment(environment)))
    given.append(Layer("flag", "命令行", {k: v for k, v in (flags or {}).items() if v is not None}))
    for layer in given:
        _refuse_unknown(layer)
    return given


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what our variables say, by setting; one that is not in capitals keeps its name, which is none."""
    ours = {key: value for key, value in environment.items() if key.startswith(ENVIRONMENT_PREFIX)}
    bare = {key: key.removeprefix(ENVIRONMENT_PREFIX) for key in ours}
    return {
        bare[key].lower() if bare[key] == bare[key].upper() else key: value
        for key, value in ours.items()
        if bare[key] not in OTHERS
    }


def named_file(environment: Mapping[str, str]) -> Path | None:
    """Return the configuration file that the environment names."""
    named = environment.get(ENVIRONMENT_PREFIX + "CONFIG")
    return Path(named) if named else None


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return ENVIRONMENT_PREFIX + name.upper()


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that a misspelt one is nearest to; None where it is near none."""
    return next(iter(difflib.get_close_matches(name.lower().replace("-", "_"), known, 1, 0.6)), None)


def _refuse_unknown(layer: Layer) -> None:
    known = [one.name for one in fields(Settings)]
    for key in layer.values:
        if key in known:
            continue
        near = nearest(key.removeprefix(ENVIRONMENT_PREFIX), known)
        if layer.kind == "environment":
            key = key if key.startswith(ENVIRONMENT_PREFIX) else variable(key)
            near = near and variable(near)
        hint = f"是不是“{near}”？" if near else f"可用的是：{'、'.join(known)}。"
        raise BadSetting(
            f"{layer.where}里有不认识的设置“{key}”；{hint}请删去或改正；speechqa config 列出全部设置。"
        )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(
            f"配置文件 {file} 读不了：应为 UTF-8 的 TOML 文件，实际：{error}。请改正或去掉 --config。"
        ) from error


def _apply(settings: Settings, layer: Layer) -> Settings:
    wanted = {one.name: type(one.default) for one in fields(Settings)}
    changes = {key: _convert(key, value, wanted[key], layer.where) for key, value in layer.values.items()}
    return _check(replace(settings, **changes), layer.where)


def _convert(key: str, value: Any, wanted: type, where: str) -> Any:
    if wanted is bool:
        return _convert_bool(key, value, where)
    if isinstance(value, list) and wanted is str and all(isinstance(v, str) for v in value):
        value = ",".join(value)
    if isinstance(value, str) and "\x00" in value:  # no path, name or address has one
        raise BadSetting(f"{where}里的设置“{key}”含有空字符（U+0000）。请改正。")
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    if plain and (wanted is not str or isinstance(value, str)):
        with suppress(ValueError):
            return wanted(value)
    kind = {int: "整数", float: "数", str: "文字"}[wanted]
    raise BadSetting(f"{where}里的设置“{key}”应为{kind}，实际是“{value}”。请改正。")


def _convert_bool(key: str, value: Any, where: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise BadSetting(f"{where}里的设置“{key}”应为 true 或 false，实际是“{value}”。请改正。")
    return found


def _check(settings: Settings, where: str) -> Settings:
    limits: tuple[tuple[str, float, float], ...] = (
        ("lexical_weight", 0, 1),
        ("late_weight", 0, 1),
        ("sound_weight", 0, 1),
        ("passages", 1, 10),
        ("question_limit", 1, 100_000),
        ("history_limit", 0, 8),
        ("conversation_days", 0, 3650),
        ("feedback_days", 0, 3650),
        ("file_cache_megabytes", 0, 1_000_000),
        ("store_megabytes", 1, 1_000_000),
        ("port", 0, 65_535),
        ("metrics_port", 0, 65_535),
        ("question_days", 0, 3650),
        ("requests_per_minute", 0, 1_000_000),
        ("concurrent", 1, 10_000),
        ("connections", 10, 100_000),
        ("question_seconds", 0.1, 600),
        ("body_limit", 1_000, 100_000_000),
        ("upload_megabytes", 1, 50),
        ("upload_minutes", 1, 10_000),
        ("uploads_kept", 1, 10_000),
        ("upload_characters", 10_000, 1_000_000_000),
        ("originals_megabytes", 0, 1_000_000),
    )
    for key in ("uploads", "library_writing"):
        if (found := getattr(settings, key)) not in UPLOADS:
            raise BadSetting(
                f"{where}里的设置“{key}”应为 {'、'.join(UPLOADS)} 之一，实际是“{found}”。请改正。"
            )
    odd = [name for name in scopes_of(settings.anonymous) if name not in ANONYMOUS]
    if odd and settings.anonymous.strip() != "none":
        raise BadSetting(
            f"{where}里的设置“anonymous”应为 none，或 {'、'.join(ANONYMOUS)} 中的几个（逗号分隔），"
            f"实际有“{odd[0]}”。请改正。"
        )
    for key, low, high in limits:
        value = getattr(settings, key)
        if not low <= value <= high:
            raise BadSetting(f"{where}里的设置“{key}”应在 {low} 到 {high} 之间，实际是 {value}。请改正。")
    return settings


def scopes_of(text: str) -> list[str]:
    """Return the names in a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
