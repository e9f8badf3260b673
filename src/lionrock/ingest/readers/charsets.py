"""Which character set bytes were written in, where nothing says so: the reading that a writer would most likely mean.

Every candidate reads the bytes, and each character that comes out has a cost: little for what is common in its
script, much for what nobody writes. The reading with the least cost in all wins; a wrong one shows at once, as it
makes rare ideographs of common ones. Costs are natural logarithms of rough frequencies; the tables of ideographs are
counts over Hong Kong's proceedings and talk, with the simplified form of each beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

__all__ = ["EIGHT_BIT", "WIDE", "cost", "known", "likeliest"]

_FIRST = (
    "㖞一三上下不与业两並个中为主之乜也了事二于些交亦产人今他代以们任会但位住体何作你佢使來例供便係保信修俾個們做先入"
    "內全兩公关其内冇再决况几出分划则別利别到制則前劃力加务动動務包区區十单即原去又及反发只可司合同后向吖吗否告员呢咁"
    "和咗哋員哦哩唔商啊問啲喀喇喎單喺嗎嗰嘅嘞嘢噉嚹囖回因国國在地场埋基報場士处外多大天头好如委学學安定实家實对将將對"
    "小少就局展工已市席常年并幾应府度建开当很律後得心性情想意應成我或所才报括持指据推提據支收改政数數文新方於施无日时"
    "明是時更最會月有服望期未本机条来果标样案條检業標樣機檢次正此每民求決沒没況法港点為無然物特现現理生產用由电當發的"
    "目相真睇知程立第等管經續经续考者而能自至與處行表要見規覺见规觉解言訂計討設話該認誒說請論講議计订认讨议讲论设话该"
    "说诶请費資费资跟路車车边过返这进這通進過道邊部都重金長长開間關问间電需非面項頭題项题香體高點𠮶𠻺𡃉"
)
_SECOND = (
    "七万专且世东严临举么义乎乐乘九习书买予争五亚亞亿介仍从仔付令件价份企休众优伟传估似低佔依俊候值倾假偉停健備储傳傾"
    "像僱價億優儲儿元充光免兒党八六共兴具典冊册写净准减击切刑列刚创初判刻剛剪創办功助励劳势勞勢勵化北医千升半华协協卖"
    "占印危却卻历参參友取受变口另叫台号各名吓君听呀周命咋咦咨咩咪品响哎哗唉唧售啫啱喂善嗯嗱嘩器嚴四团园围图圍園圖團土"
    "圣均坐型城執培境增声备复够夠太失套女她始子字存它宇守完宗官宜审客宣室害容密察審寫导專導尔尽尾层居屆届屋属層屬山岁"
    "岸差己巴布师希带師帮帶幅幫平广序底废庭康廢廣延廿式引张張強强录形影往待從復必志快态怎思急总息悉惊感愿態慧慮戏戲戶"
    "户房手打执扩批承技把投护担拉招拜拟拨择按换掂排採接控措換援揾搞撥擇擊擔擬擴攞放故效教整料断斷旅既旧早易星显晒晚普"
    "景智書曾朋术杀权李東极构林架某查校核根格桥梁梗楚極楼榮構樂樓模橋權款止步歲歷死段殺比气氣水沙治泊注洗洲活派流测济"
    "海消涉淨深清減測湾源準满滿澳濟灣火照營爭爾版牌牙牛独獨獲率玩环班球環甚田申男界留略疑疗病療登白百益监盖盡監直看眼"
    "眾着短码研确確碼示礼社神票禁福禮离私种科秘租积称稅稍税種稱積究空突站竞竟章童競笑符答策签简算節範簡籤类精系紀約納"
    "紙級素紧細終組結絕給統綠維網緊線總織繼约级纪纳纸线组细织终结给绝统继维绿网罚罪置罰署美義習老耐职联聖聯聲職聽肉肯"
    "育脑腦臨致興舉舊般色节花若苦英范草荣药获華营萬落蓋薪藥虑號虽蚊融術街衞补被裁装裏補裝製複西覆視觀观视角訊訓記許訴"
    "註評詢試詳語課調談諗諮謂謝謹證識警譬護讀變讓让训讯记许证评识诉试询详语读课谂调谈谓谢谨象負財貨責貴買貼貿賣質購贊"
    "负财责货质购贴贵贸赞走起超越足身較載輛輪輸轉转轮载较辆输辦辩辯达运近还远违连迫述追退适选透途造連遇遊運達違遠適選"
    "還那邮郑郭郵鄭配酒醒醫采释釋量針銀錄錢錯鍾鐘鐵针钟钱铁银错門门队防阵阶阻阿附际陈限院陣除险陳隊階随際障隧隨險隻难"
    "集雇雖離難零青靓靚音響須預領額願類顧顯须顾预领额風风飛飞食飲餐館饮馆首馬驗驚马验鬼麼黃黄黨鼓齊齐龍龙𠸏𠺢𠻹𡁵"
)
_THIRD = (
    "㗎丧丽久乡乱乳乾亂云互亡享京亲仅仪伤伦伯余佣佬佳併侦侵促倍倒借倫债偈偏偵偿傭債傷傻僅僭儀儘償兆克兰养军农冲冷冻凍"
    "凭凯凱刘券削剝剥剧剩副劇劉努劲勁勤匯午南博卡卢厂厅厉压厦厲叉双古句召史叶吁吔吧含启吸吹呃呈味呵呼哥哪唓唯唱啟啩喊"
    "喜喪喽嗌嘉嘍嘗嘴嘿嚇嚿困固圳坏块坚坡埔域堂堅堯塊塘塞填墙壓壞壮壯夜夫央夹夺夾奇奉契奖奪妇妈妥妹姐威娥婆婚婦婴媒媽"
    "嫲嬰嬲孟季宁宅宝宪宫宮宽宿寄富寧寬寶寻封射尊尋尖尚尝尤尧尼履屯屿岛岭岳峰島嶺嶼州巡左币帆帐帳幕幣干幹幼庄床库店座"
    "庫廈廉廖廠廳廸异弃弊弱弹彈归彩征径徑徒循微徵德忍忘忙忠忧念忽怀怕怖怪恐恢恩恶患悭悶惜惠惡惨惩惯愛慘慢慣慳憂憑憲懲"
    "懷战截戰戴托扣扰找抗抵抽拆拍拒拓拖拗拣拥拿挂挑挤挥振损授掉掌掛探揀握揭揮揸揿損搜搬搭摆摊撞撤播撳擁操擠擺擾攤救敢"
    "散斤斯旁旦旨旺昌映昨晰暂暑暖暢暫暴替朗朝木朱杂村束杨松板析染柜树框档梳棄植楊概樹檔櫃欠欢欧歉歌歐歡武歸殊残殘母毒"
    "毕毛毫氧永汇汉江池污汽沖沟油沿泛波泰泳洋洞津浩浪涂涌涵淑混渔渗渠渡温游溝溫滞滥滯滲漁漏演漢潛潜澄激濒濫瀕灯灵炎烂"
    "烈烟烦烧热焗煙煩熟熱燈燒爆爛爱爸牆片牵牽犀犯状狀狗猎猪獎獵王玻珠琴琼璃瓜畅畢番異畴疇疫疾症痛癌皇皮盘盛盟盤盧省督"
    "瞓石破础硬碌碍碎碟碧碳礎礙秀移稚稣稳稿穌穩端笔筆筑筹築簽籌籲米粉粒粗粤粵粹紅紐紓純索累紹絡綜編緩練縮績繁繫繳红纯"
    "纽纾练绍络绩综缓编缩缴缺罗羅群翻耗耶聆聊聘聚聞肆股肥胀胆背胡胶脚脹腳膠膽舍航船良艺艾苑苗茶荃荔莊莫葉葵蓉蓝藉藍藝"
    "蘭虐虚虛蛋蟹血衝衡衣衫衰袋褛褸親覽览触觸託訟訪診詞誉誕誠誤誰諾謀謙譚譯譴譽讼访诊词译诚诞误诺谁谋谦谭谴豁豪豬貢販"
    "貸賠賢賦賴賺賽贡贤贩贷赋赔赖赚赛赶趋趕趣趨跌距跨跳軍輔輕輯轄轻辅辑辖辛辞辣辭農迁迎迟送逐递速逢逻遍遗遞遭遲遵遷遺"
    "避邀邏邝邨邵郊鄉鄺酬里野鉴銷鋪鋼錦錶鏗鏡鑒钢铺铿销锦镜閉閘閱闆闭闷闸闻阅阴陆降陰陸隐隔隱雀雄雙雜雞雪雲露靈静靜靠"
    "革頁頂頃順頓頗页顶顷顺顿颇飯養餘饭駐駕駛驶驻驾骨髮鬆魚鱼鸡麗麥麦麻黎黑默鼎齡龄𠺝𪠳"
)
_KANJI = "発会図国実際対応関経済売買気営総続転読変権労働駅円広島県氏込戻払歩両専門辺沢浜検査録当単価値価帯残点"
_POINTS = "，。、「」：；？！（）《》『』—…‧・“”‘’　〇％．～／"
_ACCENTED = "éèàüöäßñçêíóáúãõåøæôîïâûëùìòœ"
_SIGNS = "£€–—…•®©™°·«»½¼¾§\u00a0¿¡×±²³ºª"
_HANGUL = "이다는에의을가고하지를한은로기사서도어있그나대자리일시인아해들만부정전수보제스라주여상안과구장거동었으게면적요원오조비것모성연우경신"
_CYRILLIC = "оеаинтсрвл"
_HEBREW = "יוהלארבתמש"
_LOST = 20.0

EIGHT_BIT: Mapping[str, float] = {
    "utf-8": 0.0,
    "big5hkscs": 0.0,
    "gb18030": 1.0,
    "cp1252": 1.0,
    "cp932": 5.0,
    "euc_jp": 6.0,
    "cp949": 6.0,
    "cp1255": 6.0,
    "cp1251": 6.0,
    "utf-16-le": 6.0,
    "utf-16-be": 6.0,
}
"""Candidates for bytes that are not whole UTF-8, each with what it costs to believe in it in an office of Hong Kong."""
WIDE: Mapping[str, float] = {"utf-16-le": 0.0, "utf-16-be": 0.0, "utf-32-le": 0.0, "utf-32-be": 0.0}
"""Candidates for bytes with many NULs among them."""
_SAID: Mapping[str, str] = {
    "big5": "big5hkscs",
    "big5-eten": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ms950": "big5hkscs",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf_8": "utf-8",
    "utf8": "utf-8",
    "unicode": "utf-16",
}
"""What a name in a file means in practice: the larger set that programs write under it."""
_NO_SETS = frozenset(
    ["idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "charmap", "mbcs", "oem"]
)
"""What Python decodes under a name, though no file is written in it."""
_NAME = re.compile(r"[A-Za-z0-9][\w.:()-]{1,40}")


def known(name: str | None) -> str | None:
    """The codec for a character set that a file names; None where there is none (or it is no set of characters)."""
    if not name or not _NAME.fullmatch(name.strip()):
        return None
    said = name.strip().lower()
    said = _SAID.get(said, said)
    if said.replace("-", "_") in _NO_SETS:
        return None
    try:
        # Of nothing Python does not look up the codec.
        b"a".decode(said)
    except UnicodeDecodeError:
        return said
    except (LookupError, ValueError):
        return None
    return said


def _costs() -> dict[str, float]:
    table = dict.fromkeys(map(chr, range(0x20)), 12.0)
    table |= dict.fromkeys("abcdefghijklmnopqrstuvwxyz \n\r\t0123456789", 3.0)
    table |= dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3.5)
    table |= dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\f", 4.0)
    for tier, price in ((_KANJI, 9.0), (_THIRD, 9.8), (_SECOND, 8.0), (_FIRST, 6.3)):
        table |= dict.fromkeys(tier, price)
    table |= dict.fromkeys(_ACCENTED, 5.0)
    table |= dict.fromkeys(_ACCENTED.upper(), 7.0)
    table |= dict.fromkeys(_SIGNS, 6.0)
    table |= dict.fromkeys(_POINTS, 5.0)
    table |= dict.fromkeys("，。\u2019", 4.0)
    table |= dict.fromkeys(_HANGUL, 6.0)
    table |= dict.fromkeys(_CYRILLIC + _HEBREW, 3.2)
    return table


_TABLE = _costs()
_RANGES = (
    (0x80, 0xA0, 14.0),
    (0xA0, 0x180, 9.0),
    (0x410, 0x430, 5.5),
    (0x430, 0x450, 4.4),
    (0x5D0, 0x5EB, 4.6),
    (0x2000, 0x2C00, 10.0),
    (0x3000, 0x3040, 8.0),
    (0x3041, 0x3094, 5.0),
    (0x30A1, 0x30FD, 5.8),
    (0x3400, 0x4E00, 14.0),
    (0x4E00, 0xA000, 13.0),
    (0xAC00, 0xD7A4, 9.0),
    (0xE000, 0xF900, 12.0),
    (0xFF01, 0xFF5F, 7.0),
    (0xFF61, 0xFFA0, 10.0),
    (0x1F000, 0x1FB00, 10.0),
    (0x20000, 0x32400, 14.0),
)
"""(first, end, cost) for what the table does not name; anything else costs as much as most lost characters."""
_ODD = 15.0
_MIXED = re.compile("[À-ÖØ-öø-ÿŒœŠšŽžŸƒ]{2,}|[а-я][А-Я]|[A-Za-z][А-яא-ת]|[А-яא-ת][A-Za-z]")
"""Accented letters in a row, capitals inside a word and two scripts in one are what a wrong reading looks like."""


def _price(char: str) -> float:
    found = _TABLE.get(char)
    if found is not None:
        return found
    if char == "\ufffd":
        return _LOST
    code = ord(char)
    return next((price for first, end, price in _RANGES if first <= code < end), _ODD)


def cost(text: str) -> float:
    """What a reading costs: the sum over its characters."""
    total = sum(_price(char) * count for char, count in Counter(text).items())
    return total + sum(4.0 * (len(found[0]) - 1) for found in _MIXED.finditer(text))


def likeliest(data: bytes, candidates: Mapping[str, float] | Sequence[str]) -> tuple[str, float]:
    """(codec, cost a character) of the best reading."""
    priors = candidates if isinstance(candidates, Mapping) else dict.fromkeys(candidates, 0.0)
    best: tuple[float, str, int] | None = None
    for codec, prior in priors.items():
        wide = 4 if codec.startswith("utf-32") else 2 if codec.startswith("utf-16") else 1
        if len(data) % wide:
            continue
        text = data.decode(codec, "replace")
        total = prior + cost(text)
        if best is None or total < best[0]:
            best = (total, codec, len(text))
    if best is None:
        return next(iter(priors)), _LOST
    return best[1], best[0] / max(best[2], 1)
