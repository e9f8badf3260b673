"""How people word instructions to a language model, in English, written Chinese and Cantonese.

All patterns are for folded text (lower case, Simplified). Each names words of which at least one must stand in the text,
so that most texts cost no more than a few substring searches, and all repetitions are bounded, so that none can blow up.

Two lists: `ADDRESSED` is plain enough to be told wherever it stands. `ASKED` holds requests that a person may as well
make to a person ("add a line to your reply"); they count only in text that people do not see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ADDRESSED", "ASKED", "Pattern"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of wording; `says` completes the sentence "The text tells a language model …"."""

    says: str
    needs: tuple[str, ...]
    """At least one of these must stand in the folded text."""
    wording: re.Pattern[str]


def _pattern(says: str, needs: str, wording: str) -> Pattern:
    return Pattern(says, tuple(needs.split("|")), re.compile(wording))


_FORGET = r"(?:ignore|disregard|forget|override|overrule|bypass|discard|neglect|(?:do not|don't|never|stop|cease) (?:follow|obey|following|obeying)|pay no attention to)"
_BETWEEN = r"(?:(?:all|any|every|each|the|these|those|of|your|its|and|or|that|you|have|been|other|current|given|received|set|safety|security|user|previously) {1,3}|, ?){0,5}"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|original|initial|system|developer)"
_ORDERS = r"(?:instructions?|prompts?|directions|directives?|commands?|guidelines|programming|context|rules)"
_MODEL = r"(?:a\.?i\.?|artificial intelligence|large language model|language model|llm|chat ?bot|chatgpt|gpt(?:-?\d\S{0,3})?|claude|copilot|gemini|deepseek|llama|qwen|ai assistant|ai agent|ai model|virtual assistant)s?"
_OWN_WORDS = r"(?:system prompt|system message|system instructions?|hidden (?:prompt|instructions?)|initial (?:prompt|instructions)|developer (?:prompt|message|instructions)|prompt (?:above|template)|instructions (?:above|you were given))"

_ENGLISH = (
    _pattern(
        "to set its earlier instructions aside",
        "instruction|prompt|direction|directive|command|guideline|programming|context|rules",
        rf"\b{_FORGET} {{1,3}}{_BETWEEN}{_EARLIER} {{1,3}}(?:{_EARLIER} {{1,3}})?{_BETWEEN}(?:{_EARLIER} {{1,3}})?{_ORDERS}\b(?! (?:letter|notice|circular|memo|e-?mail))",
    ),
    _pattern(
        "to set its instructions aside",
        "instruction|prompt|directive|programming|guardrail|safeguard",
        rf"\b{_FORGET} {{1,3}}(?:all|any|every|your)(?: {{1,3}}(?:of|the|your|these|those|other|current|existing|safety|security)){{0,3}} {{1,3}}(?:instructions?|prompts?|directives?|programming|guardrails?|safeguards?)\b",
    ),
    _pattern(
        "to forget what it was told before",
        "everything|anything|all that|what",
        rf"\b{_FORGET} {{1,3}}(?:everything|anything|all that|all of the|what)(?: {{1,3}}(?:that|is|was|comes|came|else|written|said|stated)){{0,3}} {{1,3}}(?:above\b|before this|prior to this|you (?:were|have been|'ve been|had been) (?:told|instructed|taught|given)|you (?:know|learned))",
    ),
    _pattern(
        "to be someone else",
        "you are now|you're now|you are no longer|from now on|act as|acting as|pretend|roleplay|role-play|behave as",
        rf"\b(?:(?:from now on,? {{0,2}})?(?:you are|you're|you will be|you shall be) (?:now|no longer|henceforth)|from now on,? you (?:are|will|must)(?: act as| be)?|(?:act|acting|behave|roleplay|role-play) as(?: if you (?:are|were))?|pretend (?:to be|that you are|you are|you're)) {{1,3}}(?:(?:a|an|the|bound|restricted|limited|my|by|as|called|named) {{1,3}}){{0,4}}(?:[\w-]{{1,20}} {{1,3}}){{0,2}}?(?:{_MODEL}\b|dan\b|jail ?broken|unrestricted|uncensored|unfiltered|evil (?:bot|assistant)|linux terminal|developer mode|hacker\b|assistant (?:that|who|with(?:out)?) )",
    ),
    _pattern(
        "to drop its limits",
        "jailbreak|developer mode|dan mode|god mode|do anything now|without any restriction|no restrictions|content policy",
        r"\b(?:(?:enable|enter|activate|switch to|you are in|now in) {1,3}(?:the {1,3})?(?:developer|dan|god|jailbreak|jailbroken|debug|unrestricted) mode|(?:developer|dan|jailbreak) mode (?:enabled|activated|on)\b|do anything now|(?:answer|respond|reply|act|operate) {1,3}without (?:any )?(?:restrictions?|limitations?|filters?|censorship)|(?:ignore|bypass) (?:the |your |openai'?s? |all )?(?:content|safety|usage) polic(?:y|ies))",
    ),
    _pattern(
        "to give its own instructions away",
        "prompt|instruction|system message|developer message",
        rf"\b(?:reveal|show|print|repeat|output|display|leak|expose|disclose|recite|dump|return|tell (?:me|us)|give (?:me|us)|write (?:out|down)|what (?:is|are|was|were)) {{1,3}}(?:me |us |verbatim |back |out |in full |word for word |exactly ){{0,3}}(?:your|the) {{1,3}}(?:full |entire |complete |exact |original |own |secret ){{0,2}}{_OWN_WORDS}",
    ),
    _pattern(
        "to keep something from the person who asks",
        "user",
        r"\b(?:(?:do not|don't|never|must not|without|instead of|avoid) {1,3}(?:tell|inform|notify|alert|warn|telling|informing|notifying|alerting|warning|let|letting|mention(?:ing)? (?:this|it) to|reveal(?:ing)? (?:this|it) to|disclos(?:e|ing) (?:this|it) to) {1,3}(?:to {1,3})?the user\b|(?:hide|conceal|keep) (?:this|it|these instructions) (?:from|secret from) the user\b)",
    ),
    _pattern(
        "what to do, by name",
        "assistant|chatgpt|gpt|llm|language model|chatbot|chat bot|claude|copilot|gemini| ai |ai:|ai,|ais ",
        rf"(?:\b(?:attention|dear|hey|hello|hi|note (?:to|for)|notice to|message (?:to|for)|instructions? (?:to|for)|important (?:message |note )?(?:to|for)) {{0,3}}[:,]? {{0,2}}(?:the |any |all |an? ){{0,2}}(?:{_MODEL}|assistants?\b(?= (?:reading|processing|summari[sz]ing|reviewing|analy[sz]ing)))(?: (?:reading|processing|summari[sz]ing|reviewing|analy[sz]ing|that|which|who)|[:,!.]| {{1,3}}(?:please|you must|must|should))|\b(?:if|when|as|since|because) you(?:'re| are) (?:an? |the ){{0,1}}(?:{_MODEL})\b(?: (?:reading|processing|summari[sz]ing|reviewing|model|assistant)|,))",
    ),
    _pattern(
        "what to do from now on",
        "instruction",
        r"(?:^|[\n.!\"*#>(\[-]) {0,3}(?:new|updated|real|actual|additional|revised|hidden|secret|override|important) {1,3}(?:(?:system|ai|assistant|model|llm|agent) instructions?|instructions? {0,2}: {0,3}(?:you (?:are|must|will|should)|ignore|disregard|forget|from now on|respond|answer|reply|output|always|never|print|say))",
    ),
    _pattern(
        "what its answer must say",
        "your response|your answer|your reply|your output|your summary|your replies|your responses|your answers",
        r"(?:^|[\n.!?;:\"*#>)-]) {0,3}(?:in (?:all |each of )?your (?:response|answer|reply|output|summary|replies|responses|answers), {0,2}(?:suggest|tease|add|include|mention|recommend|say|promote|insert|use|always|never)|(?:modify|augment|enhance|alter|scramble|misspell|jumble|anagram|render|encode|convert|replace|rearrange|integrate|insert|inject|embed|append|introduce) (?!(?:please)\b)[^\n.]{0,100}?\b(?:your|the) (?:response|answer|reply|output|summary)\b)",
    ),
    _pattern(
        "to judge in someone's favour",
        "positive review|favorably|favourably|highest score|best candidate|strongly recommend|negatives",
        r"\b(?:give|write|provide|output) (?:only )?(?:a |an )?(?:only )?positive (?:review|evaluation|assessment)s?(?: only|\b(?= (?:and|of this)))|do not (?:highlight|mention) any (?:negatives|weaknesses)|(?:rate|rank|score|evaluate) this (?:candidate|paper|tender|proposal|applicant|submission|application|bid|resume|cv) (?:as the (?:best|top)|(?:very )?(?:highly|favou?rably)|with (?:the|a) highest)",
    ),
)

_ZH_FORGET = "(?:忽略|无视|忘记|忘掉|抛弃|丢弃|绕过|跳过|推翻|不要理会|不理会|不用理会|无需理会|不要遵守|不要遵循|不再遵守|停止遵守|唔好理|唔使理|唔好再理|唔好跟|唔使跟)"
_ZH_BETWEEN = "(?:[你您咗晒的嘅啲和或及、]|以上|上述|之前|先前|此前|前面|上面|头先|原先|原本|原有|原来|所有|一切|任何|全部|现有|当前|系统|开发者|收到|给出|提供|有关|内容|安全)"
_ZH_EARLIER = "(?:你[的嘅]|以上|上述|之前|先前|此前|前面|上面|头先|原先|原本|原有|所有|一切|系统)"

_CHINESE = (
    _pattern(
        "to set its earlier instructions aside",
        "指令|提示词|提示语|系统提示|设定|规则|限制|约束|prompt|命令|指示",
        rf"{_ZH_FORGET}{_ZH_BETWEEN}{{1,8}}(?:指令|系统提示|提示词|提示语|prompts?\b)|{_ZH_FORGET}{_ZH_BETWEEN}{{0,5}}{_ZH_EARLIER}(?:[的嘅啲]|所有|一切|任何){{0,3}}(?:设定|规则|限制|约束|命令|指示)",
    ),
    _pattern(
        "to be someone else",
        "你现在是|你而家系|你依家系|从现在开始|从现在起|由而家开始|由依家开始|你不再是|你唔再系|扮演|假装|扮做|扮成",
        r"(?:(?:从现在(?:开始|起)|由[而依]家(?:开始|起))?[，,]? ?你(?:现在|[而依]家|将|要|会|必须|不再|唔再)?(?:是|系|扮演|扮做|扮成|充当)|(?:请|你)?假装(?:自己|你)?(?:是|系)|(?:请)?扮演|扮做|扮成)[^。！？\n]{0,12}?(?:(?<![a-z])ai(?![a-z])|人工智能|语言模型|大模型|聊天机器人|机械人助手|(?<![a-z])dan(?![a-z])|不受(?:任何)?(?:限制|约束)|没有(?:任何)?(?:限制|约束|道德)|冇(?:任何)?限制|无限制|越狱|开发者模式|黑客)",
    ),
    _pattern(
        "to drop its limits",
        "越狱|开发者模式|dan模式|不受限制|不受任何限制",
        r"(?:进入|启用|开启|切换到|激活|打开) ?(?:dan|开发者|越狱|上帝|调试|无限制) ?模式|(?:dan|开发者|越狱) ?模式(?:已)?(?:启用|开启|激活)|你(?:现在|[而依]家)?(?:可以|能)?不受(?:任何)?(?:限制|约束|规则)",
    ),
    _pattern(
        "to give its own instructions away",
        "提示词|系统提示|系统指令|初始指令|隐藏指令|内部指令|system prompt|系统讯息|系统消息|开发者指令",
        r"(?:显示|输出|告诉|透露|泄露|披露|重复|复述|打印|列出|展示|说出|写出|公开|话畀|讲[出畀]|畀我睇)[^。！？\n]{0,12}?(?:你的|你嘅|您的|完整|全部|原始|以上|上面|此|该|本|隐藏)(?:的|嘅|完整|全部|原始|内部){0,3}(?:系统提示|提示词|系统指令|初始指令|隐藏指令|内部指令|system prompt|系统讯息|系统消息|开发者指令)",
    ),
    _pattern(
        "to keep something from the person who asks",
        "用户|使用者|用家|用者",
        r"(?:不要|切勿|唔好|唔可以|不得|不能|不可|千万别|绝不|请勿|勿|无需|无须|毋须)(?:告诉|告知|话畀|话|提醒|通知|让|畀|等)(?:任何)?(?:用户|使用者|用家|用者)(?:[，,。！]|知道|知|发现|察觉|得知|这|此|关于|有关|呢|𠮶|你|\s|$)",
    ),
    _pattern(
        "what to do, by name",
        "ai|人工智能|语言模型|大模型|聊天机器人|人工智慧|gpt",
        r"(?:致|给|畀|提示|注意|各位|所有|如果你是|若你是|如你是|如果你系|作为|身为)(?:所有|任何|各位|正在阅读本文的|正在处理本文件的|阅读本文的|一个|一名|个|:|：){0,3} ?(?:(?<![a-z])ai(?![a-z])(?! ?(?:技术|系统|公司|产业|发展|应用|工具|服务|产品|人才|时代))(?: ?(?:助手|助理|模型|系统|agent))?|人工智[能慧](?:助手|助理|模型|系统)|大?(?:型)?语言模型|大模型|聊天机器人|chatgpt|gpt-?\d?)(?:们)?(?:[：:]|[，,] ?(?:请|你|必须|应该|忽略|唔好|不要)|的?(?:指令|指示)[：:]|必须(?:忽略|回答|输出|遵守))",
    ),
    _pattern(
        "what to do from now on",
        "指令",
        r"(?:新的?|最新|更新后的|真正的?|隐藏|附加)?(?:系统|ai|模型|助手)(?:级)?(?:最新|新)?指令 ?[：:]|(?:^|[\n。！「『【\[(*#]) ?(?:新的?|最新的?|真正的?|隐藏的?|重要)指令 ?[：:]",
    ),
    _pattern(
        "what its answer must say",
        "回答|回复|答案|回应|总结|摘要|输出",
        r"(?:在|喺|于)(?:所有|每次|每个)?(?:你的|你嘅|你|您的)(?:所有|每个)?(?:回答|回复|答案|回应|总结|摘要|输出)(?:中|里|里面|入面|内|之中|的?末尾|的?结尾|的?开头|的?最后|最尾|之后|后面)?[，,]? ?(?:必须|要|请|都要|务必|应)?(?:加|加入|加上|加句|插入|附上|包含|写上|提及|提到|推荐|推介|宣传|嵌入|注明要)",
    ),
)

_MARKUP = (
    _pattern(
        "with marks that only a model's conversation has",
        "<|im_|<|system|<|user|<|assistant|<|endof|<|eot|<|start_header|<|begin_of|[inst]|[/inst]|<<sys>>|<start_of_turn>|### instruction|### response|### system|</system>|<system>|[system]",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|endofprompt|eot_id|start_header_id|end_header_id|begin_of_text)\|>|\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|(?:^|\n) ?#{2,3} {0,2}(?:instruction|response|system)s? ?: ?(?=\n|[^\n]{10})|</?system(?:_prompt|_message)?>|(?:^|\n)\[system\](?:\(|:)",
    ),
    _pattern(
        "to call a tool",
        'tool_call|function_call|<invoke|<function|tool_use|action input|"arguments"',
        r"</?(?:\w{1,12}:)?(?:tool_calls?|function_calls?|tool_use)>|<(?:\w{1,12}:)?invoke name ?=|<function ?= ?[\w.]{1,40}>|\"(?:tool_calls?|function_call)\" ?:|\{ ?\"name\" ?: ?\"[\w.-]{1,60}\" ?, ?\"(?:arguments|parameters)\" ?: ?\{|(?:^|\n) ?action: ?[^\n]{1,60}\n ?action input:",
    ),
    _pattern(
        "to send what it knows to an address",
        "http",
        r"!\[[^\]\n]{0,200}\]\(https?://[^)\s]{1,200}[?&/=](?:[^)\s]{0,100})(?:\{[^)\s{}]{0,60}\}|%7b|\[[^)\s\]]{1,60}\]|<[^)\s>]{1,60}>|\$\w|(?:data|secret|conversation|history|prompt|summary|password)_?here)|<img[^>\n]{1,200}src ?= ?[\"']?https?://[^>\s\"']{1,200}[?&][^>\s\"']{0,100}(?:\{[^>\s{}]{0,60}\}|\[[^>\s\]]{1,60}\])|\b(?:send|post|upload|forward|exfiltrate|transmit|append|submit) (?:all |the |this |your |entire |full |complete ){0,3}(?:conversation|chat history|chat log|user'?s? (?:data|messages?|query|question|input)|system prompt|context|previous messages|contents? of (?:this|the) (?:conversation|chat))[^\n]{0,40}? to (?:the (?:url|address|server) )?(?:https?://|\S{1,40}@)",
    ),
)

ADDRESSED = (*_ENGLISH, *_CHINESE, *_MARKUP)

ASKED = (
    _pattern(
        "what its answer must say",
        "response|answer|reply|output|summary|summari",
        r"\b(?:add|include|put|say|state|write|use|insert|append|suggest|mention|remove|replace|end|begin|start|respond|reply|answer|output|print|translate|summari[sz]e|provide|give|combine|group|express)\b[^\n]{0,120}?\b(?:response|answer|reply|output|summary|with|only|exactly)\b",
    ),
    _pattern(
        "what to do",
        "must|should|always|never|recommend|prefer|please",
        r"\b(?:you|the (?:assistant|model|ai|reviewer|system)) (?:must|should|shall|will|need to|have to|are to) (?:always |never |only |not )?(?:say|answer|respond|reply|output|recommend|rate|rank|hire|accept|approve|mention|claim|state|conclude|recommend|select|choose|treat)\b|\b(?:always|only|strongly|please) (?:recommend|prefer|choose|select|hire|approve|accept|say|answer|respond)\b|\bthis (?:candidate|applicant|tenderer|supplier|company|bid|tender|proposal|person) is (?:the (?:best|most|ideal|perfect)|exceptionally|extremely|highly)",
    ),
    _pattern(
        "what to do",
        "回答|回复|答案|输出|推荐|推介|必须|评分|评价|请|总结|摘要|话畀|告诉",
        r"(?:请|必须|务必|一定要|要|只能|只可|只要|总是|永远|都要)(?:你)?(?:只|直接|一律|都|优先|大力|强烈)?(?:回答|回复|答|输出|推荐|推介|说|讲|话|声称|表示|给予?(?:最高|满分|正面|好评)|选择|录取|聘用|批准|接受|翻译|忽略|告诉)|(?:告诉|话畀)(?:用户|使用者|用家|读者|佢|他们)|(?:此|这[位个份]?|本|呢[位个份])(?:候选人|应征者|申请人|标书|供应商|公司|投标者|建议书)(?:是|为|系|最)(?:最|最为|唯一|最佳|最好|最合适)",
    ),
)
