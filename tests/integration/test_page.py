#!/usr/bin/python3
"""The customer's page over HTTP against real processes: each screen and each of its states, in Russian and
in English, without script.

usage: test_page.py BIN_DIRECTORY
"""
import hashlib
import html
import re
import sys
import urllib.parse

from page_rig import BONUS, GIFT, PERCENT, PROMO, World, check, equal, new_account, system, until

POLICY = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action 'self'{}; frame-ancestors 'none'; base-uri 'none'")


def shows(page, status, *texts):
    equal(f"status ({page.shown[:300]})", status, page.status)
    for text in texts:
        check(text in page.shown, f"{text!r} is not in {page.shown!r}")


def expect_sign_in(world):
    account = new_account()
    stranger = world.browser()
    for path in ("/balance", "/balance/lines", "/autopay", "/payments", "/payments/1"):
        shows(stranger.get(path), 401, "Вход")
    page = world.browser(language="en-GB").get("/balance")
    shows(page, 401, "Sign in again")
    token = world.token(account)
    first, second = world.browser(), world.browser()
    page = first.get(f"/enter?k={token}&return=/autopay")
    equal("a link leads where it says", (303, "/autopay"), (page.status, page.location))
    cookie = page.headers["Set-Cookie"]
    check(re.fullmatch("__Host-kopeck=[0-9a-f]{32}; Secure; HttpOnly; SameSite=Lax; Path=/", cookie), cookie)
    shows(second.get(f"/enter?k={token}"), 401, "действует минуту и один раз")
    now = __import__("time").time()
    for changed in ({"iat": int(now) - 100, "exp": int(now) + 400}, {"aud": "other"}, {"scope": "read", "exp": 1}):
        stranger = world.browser()
        shows(stranger.get(f"/enter?k={world.token(account, **changed)}"), 401)
        check(not stranger.cookies, "and no session comes of it")
    shows(world.browser().get(f"/enter?k={world.token(account)}", **{"Sec-Purpose": "prefetch"}), 403)


def expect_no_open_redirect(world):
    for address in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "/a%0d%0ab"):
        browser = world.browser()
        page = browser.get(f"/enter?k={world.token(new_account())}&return={address}")
        equal(f"return={address}", "/balance", page.location if "%" not in address else page.location[:8])


def expect_balance(world):
    account = new_account()
    browser, english = world.browser(account), world.browser(account, "en")
    shows(browser.get("/balance"), 200, "0,00 ₽", "Операций ещё не было", "Автоплатёж не подключён",
          "Ничего не работает")
    shows(english.get("/balance"), 200, "0.00 ₽", "No operations yet", "Autopay is off", "Nothing is running")
    world.give(account, 123456)
    page = browser.get("/balance")
    shows(page, 200, "1 234,56 ₽", "Деньги 1 234,56 ₽, бонусы 0,00 ₽", "+1 234,56 ₽", "банковский перевод",
          "Данные верны на запись №")
    equal("the policy", POLICY.format(f" http://{world.sim}"), page.headers["Content-Security-Policy"])
    for name, value in (("Cache-Control", "no-store"), ("Referrer-Policy", "same-origin"),
                        ("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Opener-Policy", "same-origin"),
                        ("Cross-Origin-Resource-Policy", "same-origin"), ("Vary", "Cookie, Accept-Language")):
        equal(name, value, page.headers[name])
    check("style=" not in page.text and not re.search(r"<script(?! src=)", page.text), "nothing is inline")
    check(not re.search('type="checkbox"[^>]* checked', page.text), "the box is not ticked")
    world.post(system(PROMO), account, 5000, BONUS)
    shows(english.get("/balance"), 200, "1,284.56 ₽", "Money 1,234.56 ₽, bonus 50.00 ₽")
    world.charge(account, 128456 - 9999)
    shows(until("99,99 is low", lambda: (page := browser.get("/balance")) and "Баланс ниже порога" in page.shown
                and page), 200, "99,99 ₽")
    world.charge(account, 10039)
    shows(until("-0,40 is a debt", lambda: (page := browser.get("/balance")) and "Долг" in page.shown and page),
          200, "−0,40 ₽", "Долг 0,40 ₽")
    check("−0,00" not in browser.get("/balance").shown, "there is no −0,00")
    page = until("the balance is streamed", lambda: (p := browser.look("/balance/stream")) and "data" in p.text and p)
    equal("as events", ("text/event-stream; charset=utf-8", "no-store"),
          (page.headers["Content-Type"], page.headers["Cache-Control"]))
    check(page.text.startswith("retry: 1000\n\ndata: −0,40"), page.text)
    equal("of him who is signed in", 401, world.browser().look("/balance/stream").status)


def expect_static_files(world):
    browser = world.browser()
    page = browser.get("/balance")
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        answer = browser.get(path)
        equal(path, (200, "public, max-age=31536000, immutable"),
              (answer.status, answer.headers["Cache-Control"]))
        equal(f"{path} of another hash", 404, browser.get(path.replace(".", ".0", 1)).status)
    shows(browser.get("/nowhere"), 404, "Такой страницы нет")
    shows(world.browser(language="en").get("/%62alance"), 404, "There is no such page")
    equal("no such method", 405, browser.ask("PUT", "/balance").status)


def expect_lines(world):
    account = new_account()
    browser = world.browser(account)
    shows(browser.get("/balance/lines"), 200, "За этот период операций нет")
    world.give(account, 100000)
    for amount in range(1, 121):
        world.charge(account, amount)
    # The minute that runs is not over: ask for it too.
    period = "from=01.01.2026&to=01.01.2199"
    page = browser.get(f"/balance/lines?side=debits&{period}")
    shows(page, 200, "−1,20 ₽", "Списано 72,60 ₽ · Зачислено 1 000,00 ₽", "Было 0,00 ₽", "Стало 927,40 ₽", "Старее")
    shows(browser.get("/balance"), 200, "Списания по дням", "За 30 дней списано 72,60 ₽, больше всего 72,60 ₽")
    rows, pages = [], 0
    world.charge(account, 777)  # later: shifts no page
    shows(browser.get(f"/balance/lines?{period}"), 200, "−7,77 ₽")
    while True:
        rows += re.findall(r'<td class="number">(−[^<]*)</td>', page.text)[::1]
        pages += 1
        older = re.search(r'<a rel="next" href="([^"]*)"', page.text)
        if not older:
            break
        page = browser.get(older[1].replace("&amp;", "&"))
        shows(page, 200, "новых операций: 1")
    equal("pages", 3, pages)
    equal("every debit once", 120, len(rows))
    shows(browser.get(f"/balance/lines?side=credits&{period}"), 200, "+1 000,00 ₽")
    shows(browser.get("/balance/lines?from=yesterday"), 422, "Введите дату и время")
    shows(browser.get("/balance/lines?from=02.01.2026&to=01.01.2026"), 422, "Конец периода")
    for wrong in ("side=both", "x=1", "side=all&side=all", "at=-1", "period=year"):
        equal(wrong, 400, browser.get(f"/balance/lines?{wrong}").status)
    expect_files(world, browser, period, page)
    other = world.browser(new_account())
    at = re.search(r"at=(\d+)", page.text)[1]
    equal("another's head", 200, other.get(f"/balance/lines?at={at}&{period}").status)
    for word in ("−7,77", "1 000,00"):
        check(word not in other.get(f"/balance/lines?at={at}&{period}").shown, f"{word} is another's")


def expect_files(_world, browser, period, page):
    at = re.search(r"at=(\d+)", page.text)[1]
    answer = browser.get(f"/balance/lines.csv?form=data&side=all&{period}&at={at}")
    equal("a file", (200, "text/csv; charset=utf-8"), (answer.status, answer.headers["Content-Type"]))
    lines = answer.body.decode().split("\r\n")
    equal("its rows", (123, "time,kind,amount_kop,balance_kop,sequence", ""), (len(lines), lines[0], lines[-1]))
    sums = [int(line.split(",")[2]) for line in lines[1:-1]]
    equal("its sum is the balance", 92740, sum(sums))
    equal("and its parts what the page says", (-7260, 100000), (sum(n for n in sums if n < 0), sum(n for n in sums if n > 0)))
    answer = browser.get(f"/balance/lines.csv?form=excel&side=credits&{period}&at={at}")
    check(answer.body.startswith(b"\xef\xbb\xbf") and ";1000,00;1000,00;" in answer.text, answer.text)


def expect_topup(world):
    account = new_account()
    browser = world.browser(account)
    form = browser.get("/balance").forms()["/balance/topup"]
    for typed in ("100,5", "1e3", "+5", "٥", "", "0", "100001"):
        page = browser.post("/balance/topup", {**form, "amount": typed, "autopay": ""})
        if page.status == 429:
            browser = world.browser(account)
            break
        shows(page, 422, "Введите целое число рублей")
        check(not typed or f'value="{typed}"' in page.text, f"{typed}: what was typed is kept")
    account = new_account()
    browser = world.browser(account)
    form = browser.get("/balance").forms()["/balance/topup"]
    sent = {"ticket": form["ticket"], "amount": "1 000 ₽", "count": "3"}
    page = browser.post("/balance/topup", sent)
    check(page.status == 303 and page.location.startswith(f"http://{world.sim}/"), f"{page.status} {page.shown}")
    again = browser.post("/balance/topup", sent)
    equal("the same form is the same invoice", (303, page.location), (again.status, again.location))
    shows(browser.post("/balance/topup", {**sent, "amount": "500"}), 409, "уже отправлена")
    back = world.pay(page.location)
    invoice = re.search(r"InvId=(\d+)", back or page.location)[1]
    arrived = until("the payment is credited",
                    lambda: (p := browser.get(f"/payments/{invoice}?returned=1")) and "Зачислено" in p.shown and p)
    shows(arrived, 200, "Зачислено 1 000 ₽")
    shows(browser.get("/balance"), 200, "1 000,00 ₽")
    if back:
        returned = browser.get(back[back.index("/robokassa"):])
        equal("a return leads to the payment", (303, f"/payments/{invoice}?returned=1"),
              (returned.status, returned.location))
    expect_nothing_of_others(world, invoice)


def expect_nothing_of_others(world, invoice):
    other = world.browser(new_account())
    hers, nobodys = other.get(f"/payments/{invoice}"), other.get("/payments/1")
    hide = re.compile(r"v1\.[0-9a-f.]+|/payments/\d+")
    equal("another's invoice is as unknown", hide.sub("", nobodys.text), hide.sub("", hers.text))
    equal("and 404", (404, 404), (hers.status, nobodys.status))
    forged = world.browser().get(f"/robokassa/success?OutSum=1000&InvId={invoice}&SignatureValue=00")
    equal("a forged return", 400, forged.status)


def expect_bad_consents_refused(browser):
    form = browser.get("/balance").forms()["/balance/topup"]
    wanted = {"ticket": form["ticket"], "amount": "500", "autopay": "1", "count": "3"}
    shows(browser.post("/balance/topup", {**wanted, "count": "32"}), 422, "от 1 до 31")
    shows(browser.post("/balance/topup", {**wanted, "method": "foreign"}), 422, "С иностранной карты: 1 000 ₽ или больше")
    agreed = browser.post("/balance/topup", wanted).forms()["/balance/topup"]
    for field, value in (("below", "99999"), ("amount", "501")):
        shows(browser.post("/balance/topup", {**agreed, field: value}), 409, "данные изменились")


def expect_autopay(world):
    account = new_account()
    browser = world.browser(account)
    form = browser.get("/balance").forms()["/balance/topup"]
    wanted = {"ticket": form["ticket"], "amount": "500", "autopay": "1", "count": "3"}
    expect_bad_consents_refused(world.browser(new_account()))
    review = browser.post("/balance/topup", wanted)
    shows(review, 200, "Сейчас 500 ₽", "меньше 100 ₽, спишем 500 ₽", "не более 3 раз и не более 1 500 ₽",
          "Согласиться и оплатить")
    equal("nothing is made before it is agreed to", "", world.consent(account))
    agreed = review.forms()["/balance/topup"]
    shows(browser.post("/balance/topup", {**agreed, "ticket": form["ticket"]}), 409, "данные изменились")
    shows(browser.post("/balance/topup", {**agreed, "count": "31"}), 409, "данные изменились")
    page = browser.post("/balance/topup", agreed)
    equal(f"what was seen may be agreed to: {page.shown}", 303, page.status)
    shown = html.unescape(re.search('<p class="consent">(.*?)</p>', review.text)[1])
    equal("its hash is in the journal", hashlib.sha256(shown.encode()).hexdigest(), world.consent(account))
    invoice = re.search(r"InvId=(\d+)", page.location)[1]
    shows(browser.get("/balance"), 200, "Незавершённые платежи", "Ждём 500 ₽")
    shows(browser.get(f"/payments/{invoice}"), 200, "не завершён или ещё идёт", "Вернуться к оплате")
    back = browser.get(f"/payments/{invoice}/pay")
    equal("the same link again", (303, page.location), (back.status, back.location))
    equal("and nobody else's", 404, world.browser(new_account()).get(f"/payments/{invoice}/pay").status)
    world.pay(page.location)
    card = until("autopay is on", lambda: (p := browser.get("/autopay")) and "Когда баланс" in p.shown and p)
    shows(card, 200, "спишем 500 ₽", "В этом месяце: 0 из 3, 0 ₽ из 1 500 ₽", "Отключить автоплатёж")
    page = browser.post("/balance/topup", agreed)
    equal("paid, Back, sent again", (303, f"/payments/{invoice}"), (page.status, page.location))
    equal("and no way back to be paid", f"/payments/{invoice}", browser.get(f"/payments/{invoice}/pay").location)
    shows(browser.get("/payments"), 200, "деньги пришли", "500 ₽", invoice)
    expect_limits_of_autopay(world, account, browser)
    card = until("it is live", lambda: (p := browser.get("/autopay")) and "/autopay/off" in p.forms() and p)
    shows(world.browser(account, "en").get("/autopay"), 200, "we charge 500 ₽", "Turn autopay off")
    off = card.forms()["/autopay/off"]
    for _ in range(2):
        page = browser.post("/autopay/off", off)
        equal("off", (303, "/autopay?done=off"), (page.status, page.location))
    shows(browser.get("/autopay?done=off"), 200, "С карты больше ничего не спишем", "Автоплатёж отключён")
    check("больше ничего" not in world.browser(new_account()).get("/autopay?done=off").shown,
          "an address alone says nothing")


def expect_documents(world):
    account = new_account()
    browser, english = world.browser(account), world.browser(account, "en")
    shows(browser.get("/documents"), 200, "Счетов ещё не было", "Актов ещё нет")
    check("/documents/invoice" not in browser.get("/documents").forms(), "without a company there is no invoice")
    form = browser.get("/documents").forms()["/documents/company"]
    company = {**form, "name": "ООО Ромашка", "inn": "9999123456", "kpp": "999901001"}
    page = browser.post("/documents/company", {**company, "inn": "9999123457"})
    shows(page, 422, "Проверьте название, ИНН и КПП")
    check('value="9999123457"' in page.text, "what was typed is kept")
    page = browser.post("/documents/company", {**company, "ticket": page.forms()["/documents/company"]["ticket"]})
    equal("the company", (303, "/documents"), (page.status, page.location))
    form = browser.get("/documents").forms()["/documents/invoice"]
    made = [browser.post("/documents/invoice", {**form, "amount": "50 000 ₽"}) for _ in range(2)]
    equal("pressed twice, one invoice", (303, made[0].location), (made[0].status, made[1].location))
    number = re.fullmatch(r"/documents\?issued=(\d{11})", made[0].location)[1]
    shows(browser.get(made[0].location), 200, f"Счёт № {number} выставлен", "ждёт оплаты", "50 000 ₽",
          "ООО Ромашка, ИНН 9999123456, КПП 999901001")
    equal("one", 1, len(re.findall(number, english.get("/documents").shown)))
    check(number not in world.browser(new_account()).get(made[0].location).shown, "and nobody else's")


def enter(browser, code):
    form = browser.get("/balance").forms()["/balance/promo"]
    return browser.post("/balance/promo", {**form, "code": code})


def expect_promo_codes(world):
    world.promo(GIFT, 5000, ["GIFTWORD"])
    world.promo(PERCENT, 2000, ["SALEWORD"], cap=30000)
    account = new_account()
    world.give(account, 10000)
    first, second = world.browser(account), world.browser(account, "en")
    forms = [browser.get("/balance").forms()["/balance/promo"] for browser in (first, second)]
    page = first.post("/balance/promo", {**forms[0], "code": "gift word"})
    check(page.status == 303 and page.location.startswith("/balance?gift=5000&proof="), f"{page.status} {page.location}")
    shows(first.get(page.location.split("#")[0]), 200, "начислено 50 ₽ бонусов")
    check("начислено" not in world.browser(new_account()).get(page.location.split("#")[0]).shown, "to nobody else")
    again = first.post("/balance/promo", {**forms[0], "code": "gift word"})
    equal("pressed twice", (303, "/balance?gift=5000"), (again.status, again.location.split("&")[0]))
    other = second.post("/balance/promo", {**forms[1], "code": "GIFT-WORD"})
    shows(other, 422, "This code does not work")
    check('value="GIFT-WORD"' in other.text, "what was typed is kept")
    until("the gift is posted, once", lambda: "бонусы 50,00 ₽" in first.get("/balance").shown)
    equal("one bonus", 1, first.get("/balance/lines?side=credits&from=01.01.2026&to=01.01.2199").shown.count(" бонус "))
    page = enter(first, "SALEWORD")
    equal("what is reserved leads to the balance", (303, "/balance#promo"), (page.status, page.location))
    shows(first.get("/balance"), 200, "получите бонусом 20 % суммы, не больше 300 ₽")
    expect_guesses_limited(world)


def expect_guesses_limited(world):
    hide = re.compile(r'value="[^"]*"|Счёт \S+')
    browser = world.browser(new_account())
    pages = [enter(browser, f"NOSUCH{letter}") for letter in "ABCDEFGHIJ"]
    equal("ten guesses", [422] * 10, [page.status for page in pages])
    equal("of one answer", 1, len({hide.sub("", page.text) for page in pages}))
    used = enter(world.browser(new_account()), "GIFTWORD1")
    equal("for whatever reason", hide.sub("", pages[0].text), hide.sub("", used.text))
    page = enter(browser, "NOSUCHK")
    shows(page, 429, "через 60 минут")
    equal("when to come again", "3600", page.headers["Retry-After"])
    shows(enter(browser, "SALEWORD"), 429)  # a right one neither


def expect_limits_of_autopay(world, account, browser):
    shown = browser.get("/autopay").forms()["/autopay/limits"]
    equal("as they are", ("3", "1500"), (shown["count"], shown["sum"]))
    shows(browser.post("/autopay/limits", {**shown, "sum": "499"}), 422, "не меньше одного платежа: 500 ₽")
    page = browser.post("/autopay/limits", {**shown, "count": "9"})
    equal("up is a consent", (303, "/balance?amount=500&count=9&raise=1#topup"), (page.status, page.location))
    page = browser.get("/balance?amount=500&count=9&raise=1")
    shows(page, 200, "Чтобы увеличить лимит")
    check('value="9"' in page.text and 'type="checkbox" value="1" checked' not in page.text, "filled in, not ticked")
    for _ in range(2):
        page = browser.post("/autopay/limits", {**shown, "count": "2", "sum": "1 000"})
        equal("down is at once", (303, "/autopay?done=limits"), (page.status, page.location))
    shows(browser.get("/autopay?done=limits"), 200, "не более 2 раз и не более 1 000 ₽ за месяц", "0 из 2, 0 ₽ из 1 000 ₽")
    shows(browser.post("/autopay/limits", {**shown, "count": "1", "sum": "500"}), 409, "данные изменились")
    equal("one event", 1, sum(fields["account"] == account for fields in world.events("payment", "mandate.changed")))


def expect_forms_of_others_refused(world):
    account, other = new_account(), new_account()
    browser, attacker = world.browser(account), world.browser(other)
    form = browser.get("/balance").forms()["/balance/topup"]
    fields = {"ticket": form["ticket"], "amount": "500"}
    stolen = {"ticket": attacker.get("/balance").forms()["/balance/topup"]["ticket"], "amount": "500"}
    shows(browser.post("/balance/topup", stolen), 403, "с другого сайта")
    shows(browser.post("/balance/topup", fields, Sec_Fetch_Site="cross-site"), 403, "с другого сайта")
    shows(browser.post("/balance/topup", fields, Sec_Fetch_Site=None), 403)
    shows(browser.post("/balance/topup", fields, Sec_Fetch_Site=None, Origin="https://evil.example"), 403)
    equal("our own by Origin", 303, browser.post("/balance/topup", fields, Sec_Fetch_Site=None,
                                                 Origin=f"http://{world.address}").status)
    equal("another host", 421, browser.get("/balance", Host="evil.example").status)
    equal("another type", 415, browser.post("/balance/topup", fields, Content_Type="text/plain").status)
    equal("too much", 413, browser.post("/balance/topup", {"amount": "1" * 17000}).status)
    equal("twice a field", 400, browser.get("/balance?amount=1&amount=2").status)
    reader = world.browser(account, scope="read")
    shows(reader.post("/balance/topup", fields), 403)
    shows(world.browser().post("/balance/topup", fields), 401, "ничего не отправлено")
    leaves = browser.get("/balance").forms()["/sign-out"]
    shows(browser.post("/sign-out", leaves), 200, "Вы вышли")
    equal("signed out", 401, browser.get("/balance").status)


def expect_forms_to_outlive_a_restart(world):
    account = new_account()
    browser = world.browser(account)
    form = browser.get("/balance").forms()["/balance/topup"]
    fields = {"ticket": form["ticket"], "amount": "700"}
    first = browser.post("/balance/topup", fields)
    world.processes["web"].stop_whole()
    world.processes["web"].start_whole()
    equal("a restart signs out", 401, browser.post("/balance/topup", fields).status)
    again = until("signed in again", lambda: (b := world.browser(account)) and b)
    page = again.post("/balance/topup", fields)
    equal("the form is the same command", (303, first.location), (page.status, page.location))


def expect_typed_to_be_kept(world):
    account = new_account()
    browser = world.browser(account)
    form = browser.get("/balance").forms()["/balance/topup"]
    browser.cookies.clear()  # the session has ended
    page = browser.post("/balance/topup", {"ticket": form["ticket"], "amount": "1 700", "count": "5", "autopay": "1"})
    shows(page, 401, "Введённое сохранится, ничего не отправлено")
    page = browser.get(html.unescape(re.search('href="(/sign-in[^"]*)"', page.text)[1]))
    address = urllib.parse.urlsplit(page.location)
    equal("to the platform", "platform.test", address.netloc)
    back = urllib.parse.parse_qs(address.query)["return"][0]
    page = browser.get("/enter?" + urllib.parse.urlencode({"k": world.token(account), "return": back}))
    equal("and back", 303, page.status)
    page = browser.get(page.location)
    form = page.text[page.text.index('action="/balance/topup"'):]
    for name, value in (("amount", "1 700"), ("count", "5")):
        check(re.search(f'name="{name}"[^>]*value="{value}"', form), f"{name} is there again: {form}")
    check(not re.search('type="checkbox"[^>]* checked', form), "the box is not ticked by an address")
    check(not any(made["account"] == account for made in world.events("payment", "payment.created")), "nothing was done")


def link_card(world, browser):
    """A top-up with the box ticked, paid: the card is linked."""
    form = browser.get("/balance").forms()["/balance/topup"]
    review = browser.post("/balance/topup", {"ticket": form["ticket"], "amount": "500", "autopay": "1", "count": "3"})
    page = browser.post("/balance/topup", review.forms()["/balance/topup"])
    equal(f"the card is linked: {page.shown}", 303, page.status)
    back = world.pay(page.location)
    until("autopay is on", lambda: "Когда баланс" in browser.get("/autopay").shown)
    return re.search(r"InvId=(\d+)", back or page.location)[1]


def expect_silence_to_be_said(world):
    account = new_account()
    browser = world.browser(account)
    invoice = link_card(world, browser)
    until("the money is there", lambda: "500,00 ₽" in browser.get("/balance").shown)
    for name, marks in (("metering", {"metering"}), ("autopay", {"autopay"}), ("payment", {"payment"})):
        world.processes[name].kill()
        page = until(f"without {name} its block is silent",
                     lambda marks=marks: (p := browser.look("/balance")) and p.status == 200
                     and set(re.findall('data-silent="([a-z]*)"', p.text)) == marks and p)
        shows(page, 200, "500,00 ₽", "Сейчас не удаётся это показать")
        if name == "payment":
            shows(browser.look(f"/payments/{invoice}"), 200, "Сейчас не удаётся это показать")
            form = page.forms()["/balance/topup"]
            answer = browser.press("/balance/topup", {"ticket": form["ticket"], "amount": "500"})
            shows(answer, 503, "Ответ не пришёл", "Отправить ещё раз")
            equal("the same ticket", form["ticket"], answer.forms()["/balance/topup"]["ticket"])
        world.processes[name].start_whole()
        until(f"{name} is back", lambda: "data-silent" not in browser.look("/balance").text)
    world.processes["ledger"].kill()
    page = browser.look("/balance")
    shows(page, 503, "Временно недоступно. На деньги это не влияет")
    equal("when to come again", "60", page.headers["Retry-After"])
    world.processes["ledger"].start_whole()
    until("the ledger is back", lambda: browser.look("/balance").status == 200)


def expect_limits(world):
    other = world.browser(new_account())  # whose looks do not count for the next one's
    until("the page is served again", lambda: other.look("/autopay").status == 200)
    account = new_account()
    browser = world.browser(account)
    statuses = [browser.look("/autopay").status for _ in range(60)]
    check(429 in statuses and statuses[0] == 200, f"a crowd of one is held back: {statuses}")
    browser = world.browser()
    statuses = [browser.get("/enter?k=x").status for _ in range(7)]
    equal("links that are tried", [401] * 5 + [429] * 2, statuses)
    browser = world.browser(account)
    page = until("he is told when", lambda: (p := browser.look("/autopay")) and p.status == 429 and p)
    check(int(page.headers["Retry-After"]) >= 1 and "Попробуйте через" in page.shown, page.shown)


def expect_languages(world):
    browser = world.browser(new_account())
    page = browser.post("/language", {"return": "/autopay"})
    equal("back where it was", (303, "/autopay"), (page.status, page.location))
    shows(browser.get("/autopay"), 200, "Autopay is off")
    browser.post("/language", {"return": "/autopay"})
    shows(browser.get("/autopay"), 200, "Автоплатёж не подключён")


STEPS = [expect_sign_in, expect_balance, expect_static_files, expect_lines, expect_topup, expect_autopay,
         expect_promo_codes, expect_documents,
         expect_forms_of_others_refused, expect_languages, expect_forms_to_outlive_a_restart, expect_typed_to_be_kept,
         expect_silence_to_be_said, expect_limits, expect_no_open_redirect]


def main():
    wanted = sys.argv[2:]
    with World(sys.argv[1]) as world:
        for step in STEPS:
            if not wanted or step.__name__ in wanted:
                step(world)
                print(f"ok {step.__name__}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
