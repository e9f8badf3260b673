"""Pairs of a claim and its source in three languages: which are borne out, and which differ in one fact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lionrock.cite.mark import Claim
from lionrock.cite.verify import verify
from lionrock.records import Passage, ProvisionStatus, Sentence, Verdict

PASSAGE = Passage("p1", "d", 1, 1, "", 0, 0, "zh-Hant", "指引", "guide.docx")


def judged(claim: str, source: str, status: ProvisionStatus | None = None, title: str = "指引") -> Sentence:
    passage = replace(PASSAGE, text=source, end=len(source), status=status, title=title)
    return verify(Claim(claim, (1,)), [passage], lambda one, other: 1.0)


SUPPORTED = [
    # Units that are equal
    ("申請人須於七天內回覆署方。", "申請人須於七日內回覆署方。"),
    ("The applicant must reply within 7 days.", "申請人須於七日內回覆署方。"),
    ("通知期為兩星期，須以書面提出。", "The notice period is 14 days and must be in writing."),
    ("試用期為一年，其後可獲續聘。", "The probation period is 12 months."),
    ("试用期为十八个月，其后可续聘。", "試用期為一年半。"),
    ("The post is held for two and a half years.", "任期為兩年半。"),
    ("會議為時一個半小時，連同休息。", "The meeting lasts 90 minutes."),
    ("處理需時14個工作天，連同郵遞。", "Processing takes 14 working days."),
    ("The period is 20 to 30 days in all.", "為期二十至三十天。"),
    # Money
    ("資助額為150萬元，分期發放。", "The grant is HK$1.5 million, paid in parts."),
    ("The deposit is US$2 million in total.", "按金為二百萬美元。"),
    ("按金为人民币25万元，须先缴付。", "按金為人民幣二十五萬元。"),
    ("The late fee is HK$250 for each item.", "Fees (HK$)\nLate return | 250\nLoss | 900"),
    ("每次收費十元五角，可用現金。", "The charge is $10.50 each time."),
    # Shares, fractions, discounts
    ("長者可獲八折優惠，須出示證件。", "Elderly persons receive a 20% discount."),
    ("Members pay 80% of the full price.", "會員可享八折。"),
    ("須獲四分之三成員同意，方可修訂。", "Three quarters of the members must agree."),
    ("津貼佔開支的20%，按月計算。", "Share of spending (%)\nGrant | 20"),
    # Dates
    ("計劃於2023年5月推出，供市民參加。", "The scheme started on 1 May 2023."),
    ("The scheme started in 2023 as planned.", "計劃於2023年推出。"),
    ("會議於5月1日舉行，地點待定。", "The meeting is held on 1 May 2025."),
    ("Pay the rent on the 25th of each month.", "租金於每月25日繳付。"),
    ("該款項屬2023-24年度的開支。", "Expenditure of the financial year 2023/24."),
    # Limits
    ("申請須不遲於9月30日提交。", "Applications must be made before 30 September."),
    ("Apply by 30 September at the counter.", "申請不得遲於9月30日提交。"),
    ("最多可借五本書，每次計算。", "每名讀者可借書不超過五本。"),
    ("At least 14 days' notice is needed.", "須給予不少於14日的通知。"),
    ("通知期不少於14日但不超過30日。", "通知期為14日以上、30日以下。"),
    ("Late forms after 30 September are rejected.", "Forms must arrive before 30 September; late forms are rejected."),
    (
        "Cancel 14 days before the event and pay 14 days after it.",
        "14 days after the event pay; cancel 14 days before it.",
    ),
    ("Reply within 14 days after the notice.", "收到通知後14日內須回覆。"),
    ("借閱期以14日為限，不可續期。", "不可續期，借期14日以下。"),
    # Names
    ("署長可批准該項申請。", "署長可批准申請。"),
    ("助理署长可批准该项申请。", "助理署長可批准申請。"),
    ("助理署長可批准該項申請。", "The Assistant Director may approve the application."),
    ("投訴由勞工處處長處理。", "勞工處處長負責處理投訴。"),
    ("請聯絡環境保護署查詢詳情。", "查詢請致電環境保護署。"),
    ("申請須送交入境處辦理。", "請向入境事務處遞交申請。"),
    ("Apply to the Immigration Department in person.", "請親身向入境事務處申請。"),
    ("The Lands Department handles the matter.", "有關事宜由地政總署負責。"),
    ("地政总署负责处理有关事宜。", "有關事宜由地政總署負責。"),
    ("查詢可聯絡陳主任。", "查詢：陳大文主任。"),
    ("陳大文先生負責處理查詢。", "負責人：陳大文（電話待定）。"),
    ("李小姐負責處理查詢事宜。", "負責人：李小姐。"),
    ("表格須由選舉主任簽署。", "選舉主任須簽署表格。"),
    ("主任可要求更多資料及文件。", "主任可要求申請人提交更多資料。"),
    ("This is one of the forms that no one signs.", "These are forms that none may sign, which is not hard."),
    ("An officer signs one copy of the form.", "一名人員須簽署表格副本。"),
    ("有關團體由科技公司的代表組成。", "The committee is made up of people from technology firms."),
    ("該條例自政制及內地事務局成立起適用。", "政制及內地事務局成立後，條例適用。"),
    # Figures read in one language only
    ("委員會將於第二次會議討論事項。", "The committee will discuss the matter at its second meeting."),
    ("申請會在一天內處理完畢。", "The application is handled in a day."),
    ("第47及48條適用於該等資料。", "Sections 47 and 48 apply to the data."),
    ("第66M(1)或(2)條適用於該等資料。", "Section 66M applies to the data."),
    ("In sections 18(1)(b), 19 and 20 this is defined.", "第18(1)(b)、19及20條界定此詞。"),
    ("第89分鐘可以換人。", "Substitution is allowed in the 89th minute."),
    ("他37歲時加入該部門。", "He joined the section when he was 37."),
    ("本條受第20及28條的規定規限。", "This is subject to sections 20 and 28."),
    ("每5人一組，於14日內完成。", "Groups of 5 persons finish within 14 days."),
    # In force
    ("該條文已於去年生效，全港適用。", "本條文於去年生效。"),
    ("The section is in operation throughout Hong Kong.", "This section applies throughout Hong Kong."),
]


@pytest.mark.parametrize(("claim", "source"), SUPPORTED)
def test_what_is_borne_out(claim: str, source: str) -> None:
    sentence = judged(claim, source)
    assert (sentence.verdict, sentence.reasons) == ("supported", ())


NOT_SUPPORTED: list[tuple[str, str, Verdict, str]] = [
    # The same figure in another unit
    (
        "The applicant must reply within 14 weeks.",
        "Reply within 14 days.",
        "unsupported",
        "14 weeks (the source says 14 days)",
    ),
    ("The applicant must reply within 14 months.", "Reply within 14 days.", "unsupported", "14 months"),
    ("申請人須於七日內回覆署方。", "申請人須於七星期內回覆署方。", "unsupported", "七日 (the source says 七星期)"),
    (
        "The office pays 20% of the cost.",
        "The office pays within 20 days.",
        "unsupported",
        "20% (the source says 20 days)",
    ),
    ("按金為人民幣25萬元，須先繳付。", "按金為25萬港元。", "unsupported", "人民幣25萬元 (the source says 25萬港元)"),
    ("The deposit is £500 for each stall.", "The deposit is HK$500.", "unsupported", "£500"),
    ("The deposit is US$500 for each stall.", "Deposit (HK$)\nStall | 500", "unsupported", "US$500"),
    ("通知期為14日，須以書面提出。", "見第14條的通知規定。", "unsupported", "14日"),
    ("處理需時七個工作天，不包括郵遞。", "處理需時七日。", "partly", "counts working days, the source days"),
    (
        "Processing takes seven days at most.",
        "Processing takes 7 working days.",
        "partly",
        "counts days, the source working days",
    ),
    ("處理需時七個工作天，不包括郵遞。", "處理需時八日。", "unsupported", "number not in the source: 七個工作天"),
    ("長者可獲八折優惠，須出示證件。", "Elderly persons receive a 30% discount.", "unsupported", "八折"),
    ("須獲三分之二成員同意，方可修訂。", "須獲四分之三成員同意。", "unsupported", "三分之二"),
    ("計劃於2023年5月2日推出，供市民參加。", "計劃於2023年5月推出。", "unsupported", "date not in the source"),
    ("該款項屬2022-23年度的開支。", "該款項屬2023-24年度的開支。", "unsupported", "date not in the source"),
    ("Pay the rent on the 26th of each month.", "租金於每月25日繳付。", "unsupported", "date not in the source"),
    # Limits turned round
    (
        "Apply after 30 September at the counter.",
        "Apply before 30 September.",
        "unsupported",
        "30 September as a lower limit",
    ),
    (
        "申請須於9月30日之後提交。",
        "申請須於9月30日之前提交。",
        "unsupported",
        "a lower limit, the source as an upper limit",
    ),
    ("申請須於9月30日之後提交。", "申請不得遲於2025年9月30日提交。", "unsupported", "a lower limit"),
    ("最少可借五本書，每次計算。", "每名讀者最多可借書五本。", "unsupported", "五本"[:1]),
    ("At most 14 days' notice is needed.", "須給予不少於14日的通知。", "unsupported", "14 days as an upper limit"),
    ("通知期不少於30日，以書面提出。", "通知期不超過30日。", "unsupported", "30日 as a lower limit"),
    (
        "Applicants must be under the limit of no more than $500.",
        "Applicants must hold at least $500.",
        "unsupported",
        "$500",
    ),
    (
        "假期須於3月31日或之後放取，否則即告失效。",
        "假期須於3月31日或之前放取，否則即告失效。",
        "unsupported",
        "3月31日 as a lower limit",
    ),
    (
        "Cancel at least 14 days after the event.",
        "Cancel at least 14 days before the event.",
        "unsupported",
        "14 days as time after, the source as time before",
    ),
    ("須於離港五天後申請漫遊服務。", "須於離港5天前申請漫遊服務。", "unsupported", "五天 as time after"),
    ("年滿18歲的人可以申請。", "未滿18歲的人可以申請。", "unsupported", "18歲"),
    # Small counts
    ("委員會將於第三次會議討論事項。", "委員會將於第二次會議討論事項。", "unsupported", "number not in the source: 三"),
    ("申請會在一天內處理完畢。", "申請會在三天內處理完畢。", "unsupported", "一天"),
    ("試用期為一年，其後可獲續聘。", "The probation period is 18 months.", "unsupported", "一年"),
    ("第47及49條適用於該等資料。", "Sections 47 and 48 apply to the data.", "unsupported", "legal reference"),
    ("申請人須提交一份副本。", "申請人須提交兩份副本。", "unsupported", "number not in the source: 一"),
    ("The applicant files one copy of it.", "The applicant files three copies of it.", "unsupported", "one"),
    # Names
    ("申請須送交入境處辦理。", "Apply to the Lands Department.", "partly", "入境處"),
    ("查詢可聯絡陳主任。", "The officer answers.", "partly", "陳主任"),
    ("主任秘書可批准該項申請。", "署長可批准申請。", "partly", "name not in the source: 主任秘書"),
    ("署長可批准該項申請。", "助理署長可批准申請。", "partly", "name not in the source: 署長"),
    ("助理署長可批准該項申請。", "The Secretary may approve the application.", "partly", "助理署長"),
    ("請聯絡環境保護署查詢詳情。", "查詢請致電漁農自然護理署。", "partly", "環境保護署"),
    ("申請須送交教育局辦理。", "申請須送交房屋局辦理。", "partly", "教育局"),
    ("表格由紀律委員會審批。", "表格由財務委員會審批。", "partly", "紀律委員會"),
    ("資料交由保險公司保存。", "資料由承辦商保存。", "partly", "保險公司"),
    ("查詢請聯絡人事部門職員。", "查詢請聯絡會計部門職員。", "partly", "人事部門"),
    ("陳大文先生負責處理查詢。", "黃大文先生負責處理查詢。", "partly", "陳大文先生"),
    ("王議員負責處理有關查詢。", "李議員負責處理有關查詢。", "partly", "王議員"),
    ("表格須由選舉主任簽署。", "行政主任須簽署表格。", "partly", "選舉主任"),
    ("The Lands Department handles the matter.", "有關事宜由屋宇署負責。", "partly", "Lands Department"),
]


@pytest.mark.parametrize(("claim", "source", "verdict", "reason"), NOT_SUPPORTED)
def test_what_differs_in_one_fact(claim: str, source: str, verdict: Verdict, reason: str) -> None:
    sentence = judged(claim, source)
    assert sentence.verdict == verdict
    assert any(reason in words for words in sentence.reasons), sentence.reasons


def test_what_is_late_is_refused_and_turns_no_limit_round() -> None:
    sentence = judged("9月30日之後提交的申請，不獲受理。", "申請須於9月30日之前提交，逾期申請一律退回。")
    assert sentence.verdict == "partly"
    assert sentence.reasons == ("one of sentence and source is negative, the other is not: compare them",)


@pytest.mark.parametrize(
    ("claim", "status", "verdict"),
    [
        ("This section is in operation throughout Hong Kong.", "pending", "unsupported"),
        ("This section is now in force throughout Hong Kong.", "repealed", "unsupported"),
        ("This section has effect throughout Hong Kong.", "expired", "unsupported"),
        ("該條文已經生效，全港適用。", "pending", "unsupported"),
        ("该条文现已实施，全港适用。", "omitted", "unsupported"),
        ("該條文已經生效，全港適用。", "operational", "supported"),
        ("該條文已經生效，全港適用。", None, "supported"),
        ("該條文將於日後生效，全港適用。", "pending", "supported"),
        ("This section applies throughout Hong Kong.", "pending", "supported"),
        ("This section will come into operation when the Secretary says so.", "pending", "supported"),
    ],
)
def test_what_is_said_to_be_in_force(claim: str, status: ProvisionStatus | None, verdict: Verdict) -> None:
    sentence = judged(claim, "本條適用於全港。 This section applies throughout Hong Kong.", status)
    assert sentence.verdict == verdict
    if verdict == "unsupported":
        assert "but the provision cited" in sentence.reasons[-1]


def test_one_source_in_force_is_enough() -> None:
    old = replace(PASSAGE, text="This section applies.", end=21, status="repealed")
    sentence = verify(
        Claim("This section is in force for all.", (1, 2)), [old, replace(old, id="p2", status=None)], lambda a, b: 1.0
    )
    assert sentence.verdict == "supported"
