"""Texts that several tests read."""

from importlib import resources

SPEECH = (resources.files("index") / "data" / "speech" / "document.txt").read_text("utf-8")

REPORT = """在全镇工作会议上的讲话
同志们：
今天的会议主要是总结去年工作、安排今年任务。
一、去年工作成效明显
去年，我们建成高标准农田三万亩，粮食总产突破二十万吨。新修村组道路四十六公里，***万群众出行更加方便。镇卫生院完成改造，门诊量增长一成二。
二、认清形势，把准方向
当前，产业链条短、青年人才外流的问题还没有根本解决。我们把“三个盯住”作为工作方法：盯住短板、盯住项目、盯住民生。
三、抓好今年重点工作
第一，抓好粮食生产。要守牢耕地红线，推广良种良法，粮食总产稳定在二十万吨以上。各村要在三月底前完成春耕备耕。
第二，抓好项目建设。要开工冷链物流园，打造区域性农产品集散中心。力争到2030年镇级财政收入翻一番。
第三，抓好民生改善。要新建两所幼儿园，扩建镇敬老院。“阳光夜校”要继续办下去。
同志们，让我们撸起袖子加油干。
谢谢大家！
"""

# What a page, a terminal or Markdown might obey, in an ordinary report's clothes.
HOSTILE = """在全县<script>window.hit=1</script>工作会议上的讲话
一、**成绩** $x^2$ :red[红] [链接](http://evil.test) _斜_ ~~删~~ `码` -> >= -- :smile:
去年完成投资 ** 亿元，<img src=x onerror="window.hit=1">同比增长 >= 12% -> 持续向好，粮食产量达到 $5$ 万吨 [见附件]。
二、要求 \u202e反向\u202c
各乡镇要把<b>粮食安全</b>抓在手上，javascript:alert(1) 不得流于形式。各部门要把 &lt;安全生产&gt; 抓实。
"""
