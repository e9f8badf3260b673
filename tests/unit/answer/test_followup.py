"""Questions that lean on the one before get its topic; questions that stand alone stay as they were typed."""

from __future__ import annotations

import pytest

from lionrock.answer.followup import follow_up

LEANING = [
    # Cantonese: what is asked about, the question, words that its search must hold.
    ("僱員有幾多日有薪年假？", "咁兼職員工呢？", ["年假", "兼職"]),
    ("僱員有幾多日有薪年假？", "兼職呢？", ["年假", "兼職"]),
    ("點樣申請學校發展津貼？", "嗰個津貼幾時截止？", ["學校發展津貼", "截止"]),
    ("外判清潔工嘅最低工資係幾多？", "佢哋嘅強積金點計？", ["外判清潔工", "強積金"]),
    ("搬屋要交咩文件俾房屋署？", "呢項要邊個簽？", ["房屋署", "簽"]),
    ("泊車證點續期？", "要幾多錢？", ["泊車證", "錢"]),
    ("泊車證點續期？", "點解？", ["泊車證"]),
    ("員工病假要唔要醫生紙？", "如果得一日呢？", ["病假", "一日"]),
    ("租約可唔可以提早終止？", "咁要賠幾多？", ["租約", "賠"]),
    # Written Chinese, both scripts.
    ("法定產假有多少個星期？", "那侍產假呢？", ["產假", "侍產假"]),
    ("法定产假有多少个星期？", "那侍产假呢？", ["产假", "侍产假"]),
    ("申请商业登记证需要什么文件？", "费用是多少？", ["商业登记证", "费用"]),
    ("申請商業登記證需要甚麼文件？", "它的有效期是多久？", ["商業登記證", "有效期"]),
    ("資料使用者如何處理查閱資料要求？", "這項要求可以拒絕嗎？", ["查閱資料要求", "拒絕"]),
    ("《僱傭條例》對休息日有什麼規定？", "那麼兼職僱員呢？", ["《僱傭條例》", "休息日", "兼職僱員"]),
    ("外籍家庭傭工的最低工資是多少？", "什麼時候生效？", ["外籍家庭傭工", "最低工資"]),
    # English.
    (
        "How many days of paid annual leave do staff get?",
        "What about part-time workers?",
        ["annual leave", "part-time"],
    ),
    ("How many days of paid annual leave do staff get?", "And for part-time staff?", ["annual leave", "part-time"]),
    ("How do I renew a parking permit?", "How much does it cost?", ["parking permit", "cost"]),
    ("How do I renew a parking permit?", "What is the deadline?", ["parking permit", "deadline"]),
    ("Who may apply for the matching fund?", "Can they apply twice?", ["matching fund", "twice"]),
    ("What is the limit of the matching fund?", "Why?", ["matching fund"]),
    ("What does section 33 of Cap. 486 say?", "Is that section in force?", ["section 33 of Cap. 486", "in force"]),
    (
        'What is the "terms of use" policy for laptops?',
        "Does this apply to contractors?",
        ['"terms of use"', "contractors"],
    ),
    ("Where is the IT helpdesk?", "Who decides that?", ["IT helpdesk"]),
    ("How many days of leave do full-time staff get?", "And for part-time staff?", ["days of leave", "part-time"]),
    ("全職員工有幾多日年假？", "兼職員工呢？", ["年假", "兼職員工"]),
    ("報銷差旅費需要哪些單據？", "有沒有上限？", ["報銷差旅費"]),
    ("Is smoking allowed in the lobby?", "or on the roof?", ["smoking", "lobby", "roof"]),
    ("When must a data breach be reported?", "who signs it?", ["data breach", "signs"]),
    # Two languages in one conversation, or in one question.
    ("What is the fee for a wedding at City Hall?", "咁星期日呢？", ["wedding", "City Hall", "星期日"]),
    ("點樣book會議室？", "咁projector呢？", ["會議室", "projector"]),
    ("強積金供款上限是多少？", "what about the self-employed?", ["強積金供款上限", "self-employed"]),
]

ALONE = [
    "兼職員工有幾多日年假？",
    "呢個月有幾多日公眾假期？",
    "點樣申請學校發展津貼？",
    "員工病咗，佢可唔可以攞有薪病假？",
    "如果僱主唔出糧會點？",
    "租客可唔可以養狗？",
    "咁多份合約要邊個簽署？",
    "其他部門可唔可以用呢度嘅會議室設備？",
    "leave點apply？",
    "年假幾多日？",
    "法定產假有多少個星期？",
    "應該如何處理個人資料外洩事故？",
    "這個星期的圖書館開放時間是什麼？",
    "法定产假有多少个星期？",
    "申請商業登記證的費用是多少？",
    "那霸辦事處的電話是多少？",
    "What is the deadline for tax returns?",
    "How long does it take to get a liquor licence?",
    "Is it legal to record a phone call in Hong Kong?",
    "Can employees carry over their annual leave?",
    "If the landlord sells the flat, does it affect the tenant?",
    "What about the overtime pay of drivers who work on public holidays under the new roster of 2025?",
    "And what is the penalty for late payment of mandatory provident fund contributions?",
    "Is there a canteen in the Kowloon office?",
    "Which forms must a new supplier sign this year?",
    "Cap. 57 s. 11",
    "Who runs the IT helpdesk?",
    "IT security policy",
    "那個著名的青馬大橋有多長？",
    "公司車可唔可以私用？",
    "颱風八號風球要唔要返工？",
    "parking fee",
    "How do I report a data breach that happened abroad?",
    "At what age can a child work in a restaurant?",
    "Who approves overtime for security guards?",
]


@pytest.mark.parametrize(("before", "question", "held"), LEANING)
def test_a_question_that_leans_gets_the_topic_of_the_one_before(before: str, question: str, held: list[str]) -> None:
    made = follow_up(question, [before])
    assert made != question
    assert question in made, "the words that were typed are all there"
    assert [word for word in held if word not in made] == []
    assert len(made) <= len(before) + len(question) + 2


@pytest.mark.parametrize("question", ALONE)
@pytest.mark.parametrize(
    "before", ["點樣申請泊車證？", "Who may apply for the matching fund?", "外籍家庭佣工的最低工资是多少？"]
)
def test_a_question_that_stands_alone_stays_as_it_is(question: str, before: str) -> None:
    assert follow_up(question, [before]) == question


@pytest.mark.parametrize("question", [question for _, question, _ in LEANING])
def test_the_first_question_of_a_conversation_has_nothing_to_lean_on(question: str) -> None:
    assert follow_up(question, []) == question


def test_topics_go_on_through_several_questions() -> None:
    asked = ["How many days of paid annual leave do staff get?"]
    for question in ("What about part-time workers?", "And in the first year?"):
        asked.append(follow_up(question, asked))
    assert "annual leave" in asked[-1] and "part-time" in asked[-1]


def test_an_earlier_question_without_a_topic_is_passed_over() -> None:
    made = follow_up("What about part-time workers?", ["How many days of annual leave do staff get?", "Why?"])
    assert "annual leave" in made


def test_a_topic_that_is_named_already_is_not_said_twice() -> None:
    assert follow_up("What about the parking permit?", ["How do I renew a parking permit?"]).count("parking") == 1


@pytest.mark.parametrize(
    ("before", "question", "left"),
    [
        ("How many days of leave do full-time staff get?", "And for part-time staff?", "full-time"),
        ("全職員工有幾多日年假？", "兼職員工呢？", "全職"),
        ("法定產假有多少個星期？", "那侍產假呢？", "法定"),
    ],
)
def test_what_is_asked_about_instead_takes_the_place_of_the_other(before: str, question: str, left: str) -> None:
    assert left not in follow_up(question, [before])


def test_long_questions_before_bring_a_bounded_topic() -> None:
    assert len(follow_up("點解？", ["甲乙丙丁戊己庚辛" * 400])) < 200
    assert len(follow_up("Why?", ["permit " * 500])) < 200


@pytest.mark.parametrize("question", ["", "   ", "？", "😀", "咁", "x" * 4000, "佢" * 4000, "\u202e\u0000x", "呢？"])
def test_odd_questions_do_no_harm(question: str) -> None:
    assert question in follow_up(question, ["泊車證點續期？", "Who may apply?"])
